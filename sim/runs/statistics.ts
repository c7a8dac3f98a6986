/** Order statistics of numbers or of amounts, in the numbers' own unit. */
export interface Spread<Amount> {
  readonly min: Amount
  readonly median: Amount
  readonly p99: Amount
  readonly max: Amount
}

/**
 * The least value that at least this share of them does not exceed (nearest rank), so that every figure is one that
 * occurred.
 *
 * @param sorted ascending, not empty
 * @param share above 0, at most 1
 */
export const quantile = <Amount>(sorted: readonly Amount[], share: number): Amount =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!

/** Undefined where there are none. */
export const spreadOf = <Amount extends number | bigint>(
  values: readonly Amount[],
): Spread<Amount> | undefined => {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return {
    min: sorted[0]!,
    median: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1)!,
  }
}

/** Mean, least and most of amounts in wei; the mean is rounded towards zero. */
export const meanOf = (values: readonly bigint[]): { mean: bigint; min: bigint; max: bigint } | undefined => {
  const spread = spreadOf(values)
  if (spread === undefined) return undefined
  const sum = values.reduce((total, value) => total + value, 0n)
  return { mean: sum / BigInt(values.length), min: spread.min, max: spread.max }
}
