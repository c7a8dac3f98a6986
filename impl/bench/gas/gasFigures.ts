/** What calls cost: gas of whole transactions, on a chain that has the rules of Osaka. */
export interface GasFigures {
  /** One instruction, on a contract that only arbitrates: the dearest of each kind that was measured, and of all. */
  readonly step: Readonly<Record<StepKind | 'worst', number>>
  /** A dissection, by the arity of the deployment: the dearest segment. */
  readonly move: Readonly<Record<string, number>>
  /** A descent, by the phases that it joins, at arity 16. */
  readonly descend: Readonly<Record<string, number>>
  /** The dearest that was measured of each. */
  readonly request: number
  readonly claim: number
  readonly seal: number
  readonly reveal: number
  readonly open: number
  readonly timeout: number
  /** A claim becomes final. */
  readonly settle: number
  readonly attend: number
  /** The other calls of these tasks, by the specification's names of calls and replies. */
  readonly others: Readonly<Record<string, number>>
  readonly disputes: readonly DisputeFigures[]
}

export interface DisputeFigures {
  readonly name: string
  /** Phases. */
  readonly k: number
  /** Instructions of the run of the machine that the dispute came down to. */
  readonly steps: number
  /** From the opening to the verdict. */
  readonly gas: number
  readonly transactions: number
}

export const STEP_KINDS = ['alu', 'load', 'store', 'div', 'branch'] as const
export type StepKind = (typeof STEP_KINDS)[number]
