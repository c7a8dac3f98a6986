/** One thing that is wrong with a file. */
export interface Fault {
  /** From 1; undefined where it is about no line. */
  readonly line: number | undefined
  /** As a person would write it, `actors[0].at.node`; undefined where it is about the whole. */
  readonly field: string | undefined
  /** What is wrong, and what is allowed. */
  readonly reason: string
}

/** More faults than these tell nobody anything. */
const MOST_SHOWN = 20

/** Input that cannot be played: which file, and everything that is wrong with it, a line each. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
  readonly file: string
  readonly faults: readonly Fault[]

  constructor(file: string, faults: readonly Fault[]) {
    const lines = faults
      .slice(0, MOST_SHOWN)
      .map(({ line, field, reason }) =>
        [line === undefined ? file : `${file}:${line}`, ...(field === undefined ? [] : [field]), reason].join(
          ': ',
        ),
      )
    const more = faults.length - lines.length
    super([...lines, ...(more > 0 ? [`${file}: and ${more} more`] : [])].join('\n'))
    this.file = file
    this.faults = faults
  }
}

/** A list of words for a message: `a, b or c`. */
export const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
