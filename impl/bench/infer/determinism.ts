import { existsSync } from 'node:fs'
import { LanguageModel } from '../../inference/languageModel.ts'
import { buildNative, hasNativeCompiler } from '../../kernels/nativeBuild.ts'
import { VECTOR_MODULE } from '../../kernels/nativeModules.ts'
import { cachedFile, MODEL_FORMATS, type NumericFormat } from '../../models/catalogue.ts'
import { measureNative } from './nativeSpeed.ts'

/** What it costs that every sum has its order: time with it divided by time without it, less one. */
export type DeterminismCost = Readonly<Record<NumericFormat, number>>

const NAME = 'smollm2'
const [PROMPT_TOKENS, DECODED_TOKENS] = [32, 32]
/** What is looked for is smaller than the difference of two rounds. */
const LEAST_ROUNDS = 10

/**
 * The same kernels as they are, and built so that the compiler may add in any order it likes. Integer sums come out the
 * same in every order, so that in the fixed format there is nothing that it could gain.
 *
 * They take turns, each first in every other round, and a round counts as the quotient of the two: the median of those.
 *
 * @returns null where the compiler or a model is missing
 */
export const measureDeterminism = async (
  threads: number,
  rounds: number,
): Promise<DeterminismCost | null> => {
  const files = MODEL_FORMATS.map((format) => cachedFile(NAME, format))
  if (!hasNativeCompiler() || !files.every(existsSync)) return null
  const built = buildNative({ ...VECTOR_MODULE, flags: [...VECTOR_MODULE.flags, '-ffast-math'] })
  const free = new WebAssembly.Module(Uint8Array.from(built))
  const costs: Partial<Record<NumericFormat, number>> = {}
  for (const [i, format] of MODEL_FORMATS.entries()) {
    const ordered = await LanguageModel.open(files[i]!, threads)
    const unordered = await LanguageModel.open(files[i]!, threads, { kernels: free })
    try {
      const quotients: number[] = []
      // The first round warms up.
      for (let round = 0; round <= Math.max(rounds, LEAST_ROUNDS); round++) {
        const isTurned = round % 2 === 1
        const first = await secondsOf(isTurned ? unordered : ordered)
        const second = await secondsOf(isTurned ? ordered : unordered)
        if (round > 0) quotients.push(isTurned ? second / first : first / second)
      }
      costs[format] = median(quotients) - 1
    } finally {
      await ordered.close()
      await unordered.close()
    }
  }
  return costs as DeterminismCost
}

/** A prompt and an answer. */
const secondsOf = async (model: LanguageModel): Promise<number> => {
  const speed = await measureNative(model, PROMPT_TOKENS, DECODED_TOKENS)
  return PROMPT_TOKENS / speed.promptTokensPerSecond + DECODED_TOKENS / speed.decodeTokensPerSecond
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
}
