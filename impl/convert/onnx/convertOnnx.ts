import type { ModelHeader } from '../../models/modelHeader.ts'
import type { Conversion, OnProgress } from '../convert.ts'
import { writeLowered } from '../graphPlan.ts'
import { lowerOnnx } from './lowerOnnx.ts'
import { measureOnnxFidelity, type OnnxFidelity } from './onnxFidelity.ts'
import type { OnnxModel } from './onnxFile.ts'

export interface OnnxConversion extends Conversion {
  readonly fidelity: OnnxFidelity
}

/**
 * Converts an ONNX model into a model file, and compares the two.
 *
 * @throws ConvertError, ModelFileError, InterruptedError
 */
export const convertOnnx = async (
  model: OnnxModel,
  output: string,
  format: ModelHeader['format'],
  provenance: ModelHeader['provenance'],
  onProgress: OnProgress,
): Promise<OnnxConversion> => {
  const lowered = lowerOnnx(model, format, provenance)
  const { plan, fills, values } = lowered
  const weights = fills.reduce((sum, fill) => sum + fill.weights, 0)
  await writeLowered(output, plan, fills, (done) => onProgress('weights', done, weights))
  const fidelity = await measureOnnxFidelity(model, lowered, output, (done, total) =>
    onProgress('comparing', done, total),
  )
  const bits = [...values.values()].map((value) => value.bits)
  return {
    name: plan.name,
    nodes: plan.nodes.length,
    weights,
    ...(format === 'fixed' ? { fractionBits: { least: Math.min(...bits), most: Math.max(...bits) } } : {}),
    tokenizerNote: null,
    fidelity,
  }
}
