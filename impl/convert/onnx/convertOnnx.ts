import type { ModelHeader } from '../../models/modelHeader.ts'
import { openModelWriter } from '../../models/modelWriter.ts'
import type { Conversion } from '../convert.ts'
import { fillWeights } from '../graphPlan.ts'
import { lowerOnnx } from './lowerOnnx.ts'
import type { OnnxModel } from './onnxFile.ts'

/** Converts an ONNX model into a model file of the fixed format. @throws ConvertError, ModelFileError */
export const convertOnnx = (
  model: OnnxModel,
  output: string,
  provenance: ModelHeader['provenance'],
): Conversion => {
  const { plan, fills, fractionBits } = lowerOnnx(model, provenance)
  const writer = openModelWriter(output, plan)
  try {
    fillWeights(fills, writer, () => {})
    writer.finish()
  } catch (error) {
    writer.abort()
    throw error
  }
  return {
    name: plan.name,
    nodes: plan.nodes.length,
    weights: fills.reduce((sum, { weights }) => sum + weights, 0),
    fractionBits: { values: fractionBits },
    tokenizerNote: null,
  }
}
