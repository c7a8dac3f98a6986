import { int16Elements } from './elements.ts'
import { matmul } from './matmul.ts'

/**
 * `matmul` with int16 activations.
 *
 * Bounds: the sum is exact while columns x max|weight| x max|activation| < 2^31: for weights within +-127 and
 * activations of full 15 bits that is up to 516 columns. Whoever quantises a model keeps to that.
 */
export const MATMUL_INT16 = matmul(2, 'matmul-int16', int16Elements, 2)
