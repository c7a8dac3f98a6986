import { existsSync } from 'node:fs'
import { LanguageModel } from '../../inference/languageModel.ts'
import { type BenchModel, chooseModels, makeModels } from './benchModels.ts'
import { type DeterminismCost, measureDeterminism } from './determinism.ts'
import { waitForIdle } from './idle.ts'
import { buildLlamaCpp, runLlamaBench, type Speed } from './llamaCpp.ts'
import { measureCommitShare, measureNative, weightBytesRead } from './nativeSpeed.ts'
import { PeerError } from './peerFolder.ts'
import { measureReadBandwidth } from './readBandwidth.ts'
import { openWllama } from './wllama.ts'

/**
 * The native engine beside llama.cpp: its own bench on weights of the same shape in Q8_0, and its build for WebAssembly in
 * a browser. All take turns on the same threads, round by round; of each the best round counts, since whatever else runs
 * on a machine only ever slows down.
 */
export interface ModelSpeed extends Speed {
  readonly name: string
  readonly threads: number
  /** Ours divided by llama.cpp's; null where that is not there. */
  readonly ratioDecode: number | null
  readonly ratioPrompt: number | null
  readonly ratioDecodeWasm: number | null
  readonly ratioPromptWasm: number | null
  /** Bytes of weights that decoding reads a second, divided by what the same threads read from memory. */
  readonly readBandwidthShare: number
}

export interface InferFigures {
  readonly models: readonly ModelSpeed[]
  /** Time to commit to an answer's last state, divided by the time to compute it: of all models the largest. */
  readonly commitShare: number
  readonly determinismCost: DeterminismCost | null
  /** How idle the processors were before each measurement: least and mean. */
  readonly idle: { readonly least: number; readonly mean: number }
}

export interface InferBenchOptions {
  readonly threads: number
  readonly rounds: number
  /** Of those that the bench knows; all but the huge ones unless given. */
  readonly models?: readonly string[] | undefined
  readonly hasPeers: boolean
}

const PROMPT_TOKENS = 128
const DECODED_TOKENS = 32
const ANSWER_TOKENS = 128
const BANDWIDTH_ROUNDS = 5
const WAIT_SECONDS = 5
/** About as many tokens as the prompts of the others. */
const WASM_PROMPT = 'The quick brown fox jumps over the lazy dog. '.repeat(13)

type Best = { -readonly [key in keyof Speed]: number }

const better = (best: Best | undefined, speed: Speed): Best => ({
  promptTokensPerSecond: Math.max(best?.promptTokensPerSecond ?? 0, speed.promptTokensPerSecond),
  decodeTokensPerSecond: Math.max(best?.decodeTokensPerSecond ?? 0, speed.decodeTokensPerSecond),
})

/** What cannot be had is said, and left out. */
const orNothing = async <Result>(get: () => Promise<Result>): Promise<Result | undefined> => {
  try {
    return await get()
  } catch (error) {
    if (!(error instanceof PeerError)) throw error
    console.error(error.message)
    return undefined
  }
}

const ratio = (ours: number, theirs: number | undefined): number | null =>
  theirs === undefined ? null : ours / theirs

/** @param onRound told of each round, for whoever waits @throws PeerError, BadInputError */
export const measureInfer = async (
  { threads, rounds, models: names, hasPeers }: InferBenchOptions,
  onRound: (text: string) => void,
): Promise<InferFigures> => {
  const chosen = chooseModels(names)
  const hasLlama = hasPeers && (await orNothing(async () => buildLlamaCpp().then(() => true))) === true
  await makeModels(chosen, hasLlama)
  const idle: number[] = []
  const quiet = async (): Promise<void> => {
    idle.push(await waitForIdle(WAIT_SECONDS))
  }
  let bandwidth = 0

  const measureModel = async (bench: BenchModel): Promise<{ speed: ModelSpeed; commitShare: number }> => {
    const { gguf: file } = bench
    const gguf = hasLlama && file !== undefined && existsSync(file) ? file : undefined
    const wasm =
      hasPeers && bench.runsInBrowser && gguf !== undefined
        ? await orNothing(() => openWllama(gguf, threads))
        : undefined
    const model = await LanguageModel.open(bench.file, threads)
    try {
      // Twice, so that all is compiled and in memory.
      for (let warming = 0; warming < 2; warming++) await measureNative(model, PROMPT_TOKENS, DECODED_TOKENS)
      const best: { native?: Best; llama?: Best; wasm?: Best } = {}
      const commitShares: number[] = []
      for (let round = 0; round < rounds; round++) {
        await quiet()
        best.native = better(best.native, await measureNative(model, PROMPT_TOKENS, DECODED_TOKENS))
        if (gguf !== undefined) {
          await quiet()
          best.llama = better(best.llama, await runLlamaBench(gguf, threads, PROMPT_TOKENS, DECODED_TOKENS))
        }
        if (wasm !== undefined) {
          await quiet()
          best.wasm = better(best.wasm, await wasm.measure(WASM_PROMPT, DECODED_TOKENS))
        }
        bandwidth = Math.max(bandwidth, await measureReadBandwidth(threads, BANDWIDTH_ROUNDS))
        await quiet()
        commitShares.push(await measureCommitShare(model, PROMPT_TOKENS, ANSWER_TOKENS))
        onRound(`${bench.name}, round ${round + 1} of ${rounds}: ${told(best)}`)
      }
      const { promptTokensPerSecond, decodeTokensPerSecond } = best.native!
      return {
        commitShare: Math.min(...commitShares),
        speed: {
          name: bench.name,
          threads,
          decodeTokensPerSecond,
          promptTokensPerSecond,
          ratioDecode: ratio(decodeTokensPerSecond, best.llama?.decodeTokensPerSecond),
          ratioPrompt: ratio(promptTokensPerSecond, best.llama?.promptTokensPerSecond),
          ratioDecodeWasm: ratio(decodeTokensPerSecond, best.wasm?.decodeTokensPerSecond),
          ratioPromptWasm: ratio(promptTokensPerSecond, best.wasm?.promptTokensPerSecond),
          readBandwidthShare: (weightBytesRead(model) * decodeTokensPerSecond) / bandwidth,
        },
      }
    } finally {
      await model.close()
      await wasm?.close()
    }
  }

  const measured: { speed: ModelSpeed; commitShare: number }[] = []
  for (const bench of chosen) measured.push(await measureModel(bench))
  const determinismCost = await measureDeterminism(threads, rounds)
  return {
    models: measured.map(({ speed }) => speed),
    commitShare: Math.max(...measured.map(({ commitShare }) => commitShare)),
    determinismCost,
    idle: { least: Math.min(...idle), mean: idle.reduce((a, b) => a + b, 0) / idle.length },
  }
}

const told = (best: Readonly<Record<string, Best | undefined>>): string =>
  Object.entries(best)
    .map(
      ([who, speed]) =>
        `${who} ${speed!.decodeTokensPerSecond.toFixed(1)} and ${speed!.promptTokensPerSecond.toFixed(0)}`,
    )
    .join(', ')
