/**
 * A specification with one thing wrong, as text: what stands once in the file, and what stands there instead. Only a
 * property that fails for it shows that the property holds anything.
 */
export interface Mutant {
  /** What is wrong, in the words of whoever would have made the mistake. */
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** How the title of the test begins that must fail. */
  readonly killedBy: string
  readonly test: string
}

/** The specification has changed since the mutant was written: its text is not there, or more than once. */
export const staleness = (source: string, { find }: Pick<Mutant, 'find'>): string | undefined => {
  const count = source.split(find).length - 1
  return count === 1 ? undefined : `the text to replace occurs ${count} times, not once`
}

/** The broken file. The text is taken as it stands: a `$` in it means nothing. */
export const plant = (source: string, { find, replace }: Pick<Mutant, 'find' | 'replace'>): string =>
  source.split(find).join(replace)
