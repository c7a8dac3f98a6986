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

/**
 * The same kernels as they are, and built so that the compiler may add in any order it likes. Integer sums come out the
 * same in every order, so that in the fixed format there is nothing that it could gain.
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
      const best = [ordered, unordered].map(() => Number.POSITIVE_INFINITY)
      for (let round = 0; round <= rounds; round++)
        for (const [j, model] of [ordered, unordered].entries()) {
          const speed = await measureNative(model, PROMPT_TOKENS, DECODED_TOKENS)
          const seconds =
            PROMPT_TOKENS / speed.promptTokensPerSecond + DECODED_TOKENS / speed.decodeTokensPerSecond
          // The first round warms up.
          if (round > 0) best[j] = Math.min(best[j]!, seconds)
        }
      costs[format] = best[0]! / best[1]! - 1
    } finally {
      await ordered.close()
      await unordered.close()
    }
  }
  return costs as DeterminismCost
}
