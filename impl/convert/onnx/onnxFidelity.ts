import {
  type Comparison,
  collectDeviations,
  collectOutputs,
  relativeDeviation,
} from '../../inference/deviations.ts'
import { openNative } from '../../inference/openNative.ts'
import { decodeEdge, encodeEdge } from '../../inference/runTensors.ts'
import type { TensorEdge } from '../../models/modelHeader.ts'
import { evaluate } from './evaluate.ts'
import { inNodeOf, type LoweredOnnx } from './lowerOnnx.ts'
import type { OnnxModel } from './onnxFile.ts'
import { openOnnxRuntime } from './onnxRuntime.ts'
import { inputsLike } from './valueRanges.ts'

/** How far a converted model is from the file that it was made of, on inputs that nothing was fitted to. */
export interface OnnxFidelity {
  readonly samples: number
  /** With double precision over the file, and with an independent runtime where one is installed. */
  readonly comparisons: readonly Comparison[]
}

const MOST_SAMPLES = 16
/** Beyond it no further sample is begun. */
const MILLIS = 20_000
const SEED = 77

/** @param file the converted model @param onProgress told the samples that are done */
export const measureOnnxFidelity = async (
  model: OnnxModel,
  { values, slotOf }: Pick<LoweredOnnx, 'values' | 'slotOf'>,
  file: string,
  onProgress: (done: number, total: number) => void,
): Promise<OnnxFidelity> => {
  const native = await openNative(file, 1)
  try {
    const { header, graph } = native
    const { input, output } = header.tensors!
    // Views of a value stand where it does; the node that made it is compared.
    const seen = new Set<number>()
    const watched = model.nodes.flatMap(({ name, operator, outputs }) => {
      const quantity = values.get(outputs[0]!)
      if (quantity === undefined || seen.has(slotOf(quantity.operand))) return []
      const slot = slotOf(quantity.operand)
      seen.add(slot)
      return [{ name, operator, value: outputs[0]!, slot, scale: 2 ** quantity.bits }]
    })
    const further = watched.map(({ value }) => value).filter((value) => value !== model.output)
    const runtime = await openOnnxRuntime(model, further)
    const inNode = inNodeOf(model)
    type Values = ReadonlyMap<string, ArrayLike<number>>
    const sources: readonly {
      readonly against: string
      readonly run: (x: Float32Array) => Promise<Values>
    }[] = [
      {
        against: 'double precision',
        run: async (x) =>
          new Map(
            [...evaluate(model, Float64Array.from(x), inNode)].map(([name, tensor]) => [name, tensor.values]),
          ),
      },
      ...(runtime === undefined ? [] : [{ against: runtime.name, run: runtime.run }]),
    ]
    const gathered = sources.map(() => ({ nodes: collectDeviations(), outputs: collectOutputs() }))

    const inputs = inputsLike(SEED, header.inputBytes / 4, MOST_SAMPLES)
    const started = performance.now()
    let samples = 0
    for (const x of inputs) {
      if (samples >= 2 && performance.now() - started > MILLIS) break
      const sample = Float32Array.from(x)
      graph.start(encodeEdge(sample, input))
      await graph.run(1)
      const found = (slot: number, scale: number, count: number): Float32Array =>
        decodeEdge(graph.value(slot), { ...output, scale, shape: [count] } satisfies TensorEdge)
      for (const [at, { run }] of sources.entries()) {
        const expected = await run(sample)
        const entry = gathered[at]!
        for (const { name, operator, value, slot, scale } of watched) {
          const own = expected.get(value)
          if (own !== undefined)
            entry.nodes.add(operator, name, relativeDeviation(own, found(slot, scale, own.length)))
        }
        const own = expected.get(model.output)!
        entry.outputs.add(own, found(header.outputSlot, output.scale, own.length))
      }
      onProgress(++samples, inputs.length)
    }
    return {
      samples,
      comparisons: gathered.map(({ nodes, outputs }, at) => ({
        against: sources[at]!.against,
        operators: nodes.report(),
        output: outputs.report(),
      })),
    }
  } finally {
    await native.graph.close()
  }
}
