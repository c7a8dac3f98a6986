import type { Wei } from '../spec/setting/parameters.ts'

/**
 * What gas and ether cost on pages: stated there, and round on purpose, since a reader will want to scale them. Nothing
 * is measured by them, and no rule depends on them.
 */
export const PRICES = { gasPriceGwei: 1, etherDollars: 3000 } as const

const WEI_A_GWEI = 1_000_000_000n
const WEI_AN_ETHER = 10n ** 18n

/** What so much gas costs at the stated price. */
export const gasWei = (gas: number): Wei => BigInt(gas) * BigInt(PRICES.gasPriceGwei) * WEI_A_GWEI

/** An amount in dollars at the stated price, to the cent. */
export const dollars = (wei: Wei): string => {
  const cents = (wei * BigInt(PRICES.etherDollars) * 100n) / WEI_AN_ETHER
  const magnitude = cents < 0n ? -cents : cents
  const whole = (magnitude / 100n).toLocaleString('en')
  const fraction = (magnitude % 100n).toString().padStart(2, '0')
  return `${cents < 0n ? '−' : ''}$${whole}.${fraction}`
}
