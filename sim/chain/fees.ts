import type { Chance } from '../chance.ts'

/** What a unit of gas costs at least, block after block, in gwei. */
export interface BaseFee {
  /** Of the block that is made next. */
  readonly gwei: number
  /**
   * The base fee of the block after one in which so much gas was used.
   *
   * @param usedGas gas of all its transactions, others' among them
   */
  readonly after: (usedGas: number) => BaseFee
  /** Whether it stays as it is, whatever happens: then blocks that nobody looks at need not be made. */
  readonly isConstant: boolean
}

export const constantFee = (gwei: number): BaseFee => {
  const fee: BaseFee = { gwei, after: () => fee, isConstant: true }
  return fee
}

/** A recorded series, one entry a block; behind its end it begins again. */
export const recordedFee = (series: readonly number[]): BaseFee => {
  const at = (index: number): BaseFee => ({
    gwei: series[index]!,
    after: () => at((index + 1) % series.length),
    isConstant: false,
  })
  return at(0)
}

/** A block is aimed at half of its limit, and one that is full or empty moves the fee by an eighth (EIP-1559). */
const ELASTICITY = 2
const LARGEST_CHANGE = 8

export interface Walk {
  readonly start: number
  readonly min: number
  readonly max: number
}

/** The fee that congestion drives, within bounds. */
export const walkingFee = ({ start, min, max }: Walk, blockGas: number): BaseFee => {
  const target = blockGas / ELASTICITY
  const at = (gwei: number): BaseFee => ({
    gwei,
    isConstant: false,
    after: (usedGas) =>
      at(Math.min(max, Math.max(min, gwei * (1 + (usedGas - target) / target / LARGEST_CHANGE)))),
  })
  return at(start)
}

/** Gas that others use in a block: on average so much of its limit, now more, now less. */
export const backgroundGas = (load: number, blockGas: number, chance: Chance): number => {
  // Uniform between bounds that are as far from the mean on both sides as the block allows.
  const spread = Math.min(load, 1 - load)
  return Math.round(blockGas * (load + spread * (2 * chance.next() - 1)))
}
