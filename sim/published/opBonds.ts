import { integer, mapping } from '../scenario/fields.ts'
import { model } from './model.ts'

/** OP's fault disputes: the bond of a claim pays for the gas of disputing it, which grows with its depth. */
const GAS_AT_DEPTH_0 = 400_000
const GROWTH = 1.09493
const GAS_PRICE_ETHER = 200e-9

/** The bonds along one line of claims, from depth 0 to `depth` - 1, in ether. */
export const opBondEther = ({ depth }: { readonly depth: number }): number => {
  let sum = 0
  for (let d = 0; d < depth; d++) sum += GAS_AT_DEPTH_0 * GROWTH ** d * GAS_PRICE_ETHER
  return sum
}

export const OP_BONDS = [
  model({
    id: 'op-bond-ether',
    title: 'OP: bonds of one line of claims, of depths below `depth`, in ether',
    source: 'ethereum-optimism/specs, bond incentives',
    parameters: mapping({ depth: integer(0, 1000) }),
    compute: opBondEther,
    // "Just over 631.2".
    figures: [{ parameters: { depth: 73 }, published: 631.2, within: 0.5 }],
  }),
]
