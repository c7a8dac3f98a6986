import { wordAt } from '../../spec/commitments/bytes.ts'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import { infer } from '../graph/executor.ts'
import { type Digits, imageOf } from './mnist/data.ts'

export interface Accuracy {
  readonly model: string
  readonly images: number
  readonly correct: number
  /** correct / images */
  readonly accuracy: number
}

/**
 * Runs a model over the first `images` digits, through the integer engine.
 *
 * @param onProgress told the number of images done, after each
 */
export const measureAccuracy = (
  model: GraphModel,
  digits: Digits,
  images: number,
  onProgress: (done: number) => void,
): Accuracy => {
  let correct = 0
  for (let image = 0; image < images; image++) {
    const answer = wordAt(infer(model, imageOf(digits, image)), 0)
    if (answer === digits.labels[image]) correct++
    onProgress(image + 1)
  }
  return { model: model.name, images, correct, accuracy: correct / images }
}
