import { Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 } from './blocks.ts'
import { BF16, F16, F32, F64 } from './scalars.ts'
import { Q4_K, Q5_K, Q6_K } from './superBlocks.ts'
import type { WeightFormat } from './weightFormat.ts'

/** GGUF's weight formats by the number that stands for them in a file. */
export const GGUF_FORMATS: ReadonlyMap<number, WeightFormat> = new Map([
  [0, F32],
  [1, F16],
  [2, Q4_0],
  [3, Q4_1],
  [6, Q5_0],
  [7, Q5_1],
  [8, Q8_0],
  [12, Q4_K],
  [13, Q5_K],
  [14, Q6_K],
  [28, F64],
  [30, BF16],
])

/** safetensors' element types that hold weights. */
export const SAFETENSORS_FORMATS: ReadonlyMap<string, WeightFormat> = new Map(
  [F64, F32, F16, BF16].map((format) => [format.name, format]),
)
