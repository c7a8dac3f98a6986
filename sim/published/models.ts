import { BOLD } from './bold.ts'
import { CENSORSHIP } from './censorship.ts'
import { DAVE } from './dave.ts'
import type { Model, Values } from './model.ts'
import { OP_BONDS } from './opBonds.ts'
import { PRT } from './prt.ts'
import { WINDOWS } from './windows.ts'

export const MODELS: readonly Model[] = [...DAVE, ...PRT, ...BOLD, ...CENSORSHIP, ...OP_BONDS, ...WINDOWS]

/** A published figure beside what its model computes, in the keys that `--json` prints. */
export interface Comparison {
  readonly id: string
  readonly source: string
  readonly parameters: Values
  readonly published: number
  readonly computed: number
  /** Whether the two differ by no more than the published figure was rounded by. */
  readonly agrees: boolean
}

export const comparisons = (): Comparison[] =>
  MODELS.flatMap(({ id, source, compute, figures }) =>
    figures.map(({ parameters, published, within }) => {
      const computed = compute(parameters)
      return { id, source, parameters, published, computed, agrees: Math.abs(computed - published) <= within }
    }),
  )
