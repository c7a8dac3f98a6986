/**
 * What a terminal or a browser obeys instead of showing: control characters, format characters (text that runs
 * backwards, characters of no width), separators of lines and paragraphs, halves of pairs (Unicode Standard, general
 * categories Cc, Cf, Zl, Zp and Cs).
 */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const codePoint = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`

/** Text of one line as a reader may see it: each character that would be obeyed stands as its number, `\u{1b}`. */
export const visible = (text: string): string => text.replace(OBEYED, codePoint)

/** The same for text of several lines, whose ends and tabs stay. */
export const visibleLines = (text: string): string =>
  text.replace(OBEYED, (character) => (/[\n\t]/.test(character) ? character : codePoint(character)))

/** JSON that reads back the same and that no terminal obeys. */
export const visibleJson = (value: unknown): string =>
  JSON.stringify(value).replace(OBEYED, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  )
