import type { ModelHeader } from '../../models/modelHeader.ts'
import type { Conversion } from '../convert.ts'
import { writeLowered } from '../graphPlan.ts'
import { lowerOnnx } from './lowerOnnx.ts'
import type { OnnxModel } from './onnxFile.ts'

/** Converts an ONNX model into a model file of the fixed format. @throws ConvertError, ModelFileError, InterruptedError */
export const convertOnnx = async (
  model: OnnxModel,
  output: string,
  provenance: ModelHeader['provenance'],
): Promise<Conversion> => {
  const { plan, fills, fractionBits } = lowerOnnx(model, provenance)
  await writeLowered(output, plan, fills, () => {})
  return {
    name: plan.name,
    nodes: plan.nodes.length,
    weights: fills.reduce((sum, { weights }) => sum + weights, 0),
    fractionBits: { values: fractionBits },
    tokenizerNote: null,
  }
}
