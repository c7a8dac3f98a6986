import type { Mutant } from './mutant.ts'

/** What vitest's JSON reporter says of one test file, as far as it matters here. */
export interface TestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

export type Outcome = 'passed' | 'failed' | 'absent'

/** What became of the tests whose title begins so. A file that cannot be loaded has no tests at all. */
export const outcomeOf = (report: TestReport | undefined, killedBy: string): Outcome => {
  const named = (report?.testResults ?? [])
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ title, status }) => title.startsWith(killedBy) && (status === 'passed' || status === 'failed'))
  if (named.length === 0) return 'absent'
  return named.some(({ status }) => status === 'failed') ? 'failed' : 'passed'
}

export interface Survivor extends Pick<Mutant, 'name' | 'file' | 'killedBy'> {
  readonly reason: string
}

/** Undefined where the mutant is dead: the named test fails for it, no other will do. */
export const survivorOf = (
  { name, file, killedBy }: Mutant,
  outcome: Outcome,
  timedOut: boolean,
): Survivor | undefined => {
  if (outcome === 'failed') return undefined
  const why = outcome === 'passed' ? 'the test passes' : 'the test did not run'
  return { name, file, killedBy, reason: timedOut ? 'the test did not end in time' : why }
}
