import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cachedFile, MODEL_FOLDER } from '../../models/catalogue.ts'
import { fetchedFile } from '../../models/fetchModel.ts'
import { BadInputError } from '../../models/modelCommand.ts'
import { requantise } from './llamaCpp.ts'
import { PEER_FOLDER, runProgram } from './peerFolder.ts'

/** A model as we have it, and as llama.cpp does. */
export interface BenchModel {
  readonly name: string
  /** In the fixed format. */
  readonly file: string
  /** GGUF with matrices in Q8_0; none where the model is too large to have twice. */
  readonly gguf?: string
  /** Whether it is compared with llama.cpp in WebAssembly too. */
  readonly runsInBrowser: boolean
}

export interface Recipe extends BenchModel {
  /** Of `npm run models`, which makes our file, and for synthetic models the other one. */
  readonly command: readonly string[]
  /** So large that it is measured only where it is asked for. */
  readonly isHuge?: true
}

const SYNTHETIC_GGUF = join(MODEL_FOLDER, 'llama-1.1b.gguf')

const RECIPES: readonly Recipe[] = [
  {
    name: 'smollm2',
    file: cachedFile('smollm2', 'fixed'),
    gguf: join(PEER_FOLDER, 'smollm2.q8_0.gguf'),
    runsInBrowser: true,
    command: ['fetch', 'smollm2'],
  },
  {
    name: 'llama-1.1b',
    file: cachedFile('llama-1.1b', 'fixed'),
    gguf: SYNTHETIC_GGUF,
    runsInBrowser: false,
    command: ['synth', 'llama', '--size', '1.1b', '--gguf', SYNTHETIC_GGUF],
  },
  {
    name: 'llama-7b',
    file: cachedFile('llama-7b', 'fixed'),
    runsInBrowser: false,
    command: ['synth', 'llama', '--size', '7b'],
    isHuge: true,
  },
]

export const BENCH_MODELS: readonly string[] = RECIPES.map(({ name }) => name)

const MODELS_COMMAND = join(import.meta.dirname, '..', '..', 'models', 'modelsMain.ts')

/** @param names all but the huge ones unless given @throws BadInputError where one is not known */
export const chooseModels = (names: readonly string[] | undefined): readonly Recipe[] => {
  const unknown = names?.find((name) => !BENCH_MODELS.includes(name))
  if (unknown !== undefined)
    throw new BadInputError(`unknown model ${JSON.stringify(unknown)}; known: ${BENCH_MODELS.join(', ')}`)
  return RECIPES.filter(({ name, isHuge }) => names?.includes(name) ?? !isHuge)
}

/** Makes models where they are not there yet: minutes. @param hasLlama whether llama.cpp is to have its files @throws PeerError */
export const makeModels = async (chosen: readonly Recipe[], hasLlama: boolean): Promise<void> => {
  mkdirSync(PEER_FOLDER, { recursive: true })
  for (const { name, file, gguf, command } of chosen) {
    const isSynthetic = command[0] === 'synth'
    if (!existsSync(file) || (isSynthetic && gguf !== undefined && !existsSync(gguf))) {
      console.error(`making ${name}: npm run models -- ${command.join(' ')}`)
      await runProgram(process.execPath, [...process.execArgv, MODELS_COMMAND, ...command], process.cwd())
    }
    if (hasLlama && gguf !== undefined && !existsSync(gguf)) await requantise(fetchedFile(name), gguf, 'Q8_0')
  }
}
