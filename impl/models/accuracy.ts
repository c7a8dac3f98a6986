import { wordAt } from '../../spec/commitments/bytes.ts'
import { NativeGraph } from '../graph/native/nativeGraph.ts'
import { encodeEdge } from '../inference/runTensors.ts'
import { type Digits, pixelsOf } from './mnist/data.ts'
import type { StoredModel } from './modelFile.ts'

export interface Accuracy {
  readonly model: string
  readonly images: number
  readonly correct: number
  /** correct / images */
  readonly accuracy: number
}

/**
 * Runs a model over the first `images` digits, on the native engine.
 *
 * @param model pixels from 0 to 1 in, the digit out
 * @param onProgress told the number of images done, after each
 */
export const measureAccuracy = async (
  model: StoredModel,
  digits: Digits,
  images: number,
  onProgress: (done: number) => void,
): Promise<Accuracy> => {
  const { name, header, outputSlot } = model
  const graph = await NativeGraph.create(model, { threads: 1 })
  try {
    let correct = 0
    for (let image = 0; image < images; image++) {
      graph.start(encodeEdge(pixelsOf(digits, image), header.tensors!.input))
      await graph.run()
      if (wordAt(graph.value(outputSlot), 0) === digits.labels[image]) correct++
      onProgress(image + 1)
    }
    return { model: name, images, correct, accuracy: correct / images }
  } finally {
    await graph.close()
  }
}
