import type { Wei } from '../spec/setting/parameters.ts'

/** What gas and ether cost on a page, and who says so. */
export interface Prices {
  readonly gasPriceGwei: number
  readonly etherDollars: number
  /** Whether the scenario's file states each; else it is one of `ASSUMED`. */
  readonly isStated: { readonly gas: boolean; readonly ether: boolean }
}

/**
 * Where a scenario states no prices: round on purpose, since a reader will want to scale them. Nothing is measured by
 * them, and no rule depends on them.
 */
const ASSUMED = { gasPriceGwei: 1, etherDollars: 3000 } as const

/** The prices that a scenario's file states, as far as it does. */
export const pricesOf = ({
  baseFeeGwei,
  etherUsd,
}: {
  readonly baseFeeGwei?: number | undefined
  readonly etherUsd?: number | undefined
}): Prices => ({
  gasPriceGwei: baseFeeGwei ?? ASSUMED.gasPriceGwei,
  etherDollars: etherUsd ?? ASSUMED.etherDollars,
  isStated: { gas: baseFeeGwei !== undefined, ether: etherUsd !== undefined },
})

const WEI_A_GWEI = 1e9
const WEI_AN_ETHER = 10n ** 18n
/** Prices are exact to so many parts of a dollar. */
const PARTS = 1_000_000

/** What so much gas costs. */
export const gasWei = (gas: number, { gasPriceGwei }: Prices): Wei =>
  BigInt(gas) * BigInt(Math.round(gasPriceGwei * WEI_A_GWEI))

/** An amount in dollars, to the cent. */
export const dollars = (wei: Wei, { etherDollars }: Prices): string => {
  const price = BigInt(Math.round(etherDollars * PARTS))
  const cents = (wei * price * 100n) / WEI_AN_ETHER / BigInt(PARTS)
  const magnitude = cents < 0n ? -cents : cents
  const whole = (magnitude / 100n).toLocaleString('en')
  const fraction = (magnitude % 100n).toString().padStart(2, '0')
  return `${cents < 0n ? '−' : ''}$${whole}.${fraction}`
}
