import { type InferBenchOptions, type ModelSpeed, measureInfer } from './inferBench.ts'

const rounded = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '-'

const COLUMNS: readonly (readonly [string, number, (speed: ModelSpeed) => string])[] = [
  ['model', 12, ({ name }) => name],
  ['threads', 7, ({ threads }) => String(threads)],
  ['decode /s', 10, ({ decodeTokensPerSecond }) => rounded(decodeTokensPerSecond, 1)],
  ['prompt /s', 10, ({ promptTokensPerSecond }) => rounded(promptTokensPerSecond, 0)],
  ['x llama.cpp', 12, ({ ratioDecode }) => rounded(ratioDecode, 2)],
  ['prompt', 7, ({ ratioPrompt }) => rounded(ratioPrompt, 2)],
  ['x its wasm', 11, ({ ratioDecodeWasm }) => rounded(ratioDecodeWasm, 2)],
  ['prompt', 7, ({ ratioPromptWasm }) => rounded(ratioPromptWasm, 2)],
  ['bandwidth', 10, ({ readBandwidthShare }) => rounded(readBandwidthShare, 2)],
]

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`

/** Measures inference beside llama.cpp and prints the figures. */
export const printInferBench = async (options: InferBenchOptions, json: boolean): Promise<void> => {
  const figures = await measureInfer(options, (text) => console.error(text))
  if (json) {
    console.log(JSON.stringify(figures))
    return
  }
  console.log(COLUMNS.map(([title, width]) => title.padStart(width)).join(' '))
  for (const speed of figures.models)
    console.log(COLUMNS.map(([, width, text]) => text(speed).padStart(width)).join(' '))
  const { commitShare, determinismCost, idle } = figures
  console.log(`commitments take ${percent(commitShare)} of the time of an answer`)
  if (determinismCost !== null)
    console.log(
      `fixed order of sums costs ${percent(determinismCost.fixed)} in the fixed format, ${percent(determinismCost.f32)} in f32`,
    )
  console.log(
    `the processors were ${percent(idle.mean)} idle before measurements, ${percent(idle.least)} at least`,
  )
}
