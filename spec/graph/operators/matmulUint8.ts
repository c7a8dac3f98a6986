import { uint8Elements } from './elements.ts'
import { matmul } from './matmul.ts'

/**
 * `matmul` with uint8 activations.
 *
 * Bounds: a product is at most 128 x 255 in magnitude, so a sum of up to 2^14 columns stays below 2^29: the sum is
 * always exact.
 */
export const MATMUL_UINT8 = matmul(1, 'matmul-uint8', uint8Elements, 1)
