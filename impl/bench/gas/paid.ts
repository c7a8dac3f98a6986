/** A call of a dispute as it was paid for. */
export interface Paid {
  /** `Dissect`, `Descend graph/vm`, …: what the call did; for a move, what it answered with. */
  readonly what: string
  readonly isMove: boolean
  readonly gas: number
}

export interface PaidDispute {
  readonly name: string
  readonly k: number
  readonly steps: number
  readonly calls: readonly Paid[]
}
