/** Input that cannot be played: which file, which field of it, why, and what is allowed. */
export class BadInput extends Error {
  readonly file: string
  readonly field: string | undefined

  constructor(file: string, field: string | undefined, reason: string) {
    super(field === undefined ? `${file}: ${reason}` : `${file}: ${field}: ${reason}`)
    this.name = 'BadInput'
    this.file = file
    this.field = field
  }
}

/** A list of words for a message: `a, b or c`. */
export const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
