import type { Bytes } from '../../../spec/commitments/bytes.ts'

/** Weights as a file of groups has them: `scale q + minimum`, one scale and one minimum a group. */
export interface Groups {
  /** One a weight. */
  readonly quants: Int8Array
  /** One a group. */
  readonly scales: Float64Array
  /** One a group; absent where the format has none. */
  readonly minimums?: Float64Array
}

/** How the weights of a row are stored. A row is a whole number of blocks. */
export interface WeightFormat {
  readonly name: string
  readonly blockElements: number
  readonly blockBytes: number
  /** Weights a group; absent where every weight stands for itself. */
  readonly groupElements?: number
  /** @param bytes whole blocks */
  readonly groups?: (bytes: Bytes) => Groups
  /** The weights, rounded to single precision once. @param bytes whole blocks */
  readonly decode: (bytes: Bytes) => Float32Array
}

/** What a format of groups decodes to follows from its groups. */
export const groupFormat = (
  name: string,
  [blockElements, blockBytes, groupElements]: readonly [number, number, number],
  groups: (bytes: Bytes) => Groups,
): WeightFormat => ({
  name,
  blockElements,
  blockBytes,
  groupElements,
  groups,
  decode: (bytes) => {
    const { quants, scales, minimums } = groups(bytes)
    const weights = new Float32Array(quants.length)
    for (let group = 0; group < scales.length; group++) {
      const [scale, minimum] = [scales[group]!, minimums === undefined ? 0 : minimums[group]!]
      const end = (group + 1) * groupElements
      for (let i = group * groupElements; i < end; i++) weights[i] = scale * quants[i]! + minimum
    }
    return weights
  },
})
