/** What some random populations came to, all of them together. */
export interface Tally {
  readonly runs: number
  /** Runs for which nothing is promised: an assumption did not hold. */
  readonly outside: number
  /** In all others: false claims that became final, and bonds and stakes that honest parties lost. */
  readonly falseFinals: number
  readonly honestLosses: number
  /** In all runs: wei that are nowhere any more, or came from nowhere. */
  readonly missingWei: bigint
  /** What everybody but the requesters brought. */
  readonly broughtWei: bigint
  /** Seeds of the runs in which a promise failed. */
  readonly faults: readonly number[]
  /** What was reached. */
  readonly refuted: number
  readonly final: number
  readonly disputes: number
  readonly refusals: number
  readonly unpaid: number
  readonly delegated: number
  readonly reorganisations: number
}

export const NOTHING: Tally = {
  runs: 0,
  outside: 0,
  falseFinals: 0,
  honestLosses: 0,
  missingWei: 0n,
  broughtWei: 0n,
  faults: [],
  refuted: 0,
  final: 0,
  disputes: 0,
  refusals: 0,
  unpaid: 0,
  delegated: 0,
  reorganisations: 0,
}

const added = (a: Tally[keyof Tally], b: Tally[keyof Tally]): Tally[keyof Tally] => {
  if (typeof a === 'bigint') return a + (b as bigint)
  return typeof a === 'number' ? a + (b as number) : [...a, ...(b as readonly number[])]
}

export const together = (a: Tally, b: Tally): Tally => {
  const keys = Object.keys(NOTHING) as (keyof Tally)[]
  return Object.fromEntries(keys.map((key) => [key, added(a[key], b[key])])) as unknown as Tally
}

/** Amounts as decimal digits. */
export const tallyJson = (tally: Tally, beside: object = {}): string =>
  JSON.stringify({ ...beside, ...tally }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
