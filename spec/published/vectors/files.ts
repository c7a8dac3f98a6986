import { commitmentVectors } from './commitmentVectors.ts'
import { decoderVectors } from './decoderVectors.ts'
import { descentVectors } from './descentVectors.ts'
import { descriptorVectors } from './descriptorVectors.ts'
import { gameVectors } from './gameVectors.ts'
import { idVectors } from './idVectors.ts'
import { printVectors, type VectorFile } from './json.ts'
import { stepVectors } from './stepVectors.ts'
import { toyVectors } from './toyVectors.ts'

const VECTORS: Readonly<Record<string, () => VectorFile>> = {
  commitments: commitmentVectors,
  descriptors: descriptorVectors,
  decoder: decoderVectors,
  steps: stepVectors,
  descents: descentVectors,
  ids: idVectors,
  games: gameVectors,
  toys: toyVectors,
}

export interface GoldenFile {
  readonly name: string
  readonly text: () => string
}

/** All golden files, by name; the text is computed when somebody asks. */
export const GOLDEN_FILES: readonly GoldenFile[] = Object.entries(VECTORS).map(([name, vectors]) => ({
  name: `${name}.json`,
  text: () => printVectors(vectors()),
}))
