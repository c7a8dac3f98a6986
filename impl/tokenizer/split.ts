import type { PreTokenizer } from './tokenizerData.ts'

/** Unicode's white space; JavaScript's \s has U+FEFF and lacks U+0085. */
const SPACE = '\\p{White_Space}'

/** GPT-2's: contractions, then runs of letters, of numerals, of anything else, each with the space before it. */
const GPT_2 = `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|${SPACE}+(?![^${SPACE}])|${SPACE}+`

/** Llama 3's: contractions in either case, numerals by three, line ends by themselves. */
const LLAMA_BPE = [
  "'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])",
  '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+',
  '\\p{N}{1,3}',
  ` ?[^${SPACE}\\p{L}\\p{N}]+[\\r\\n]*`,
  `${SPACE}*[\\r\\n]+`,
  `${SPACE}+(?![^${SPACE}])`,
  `${SPACE}+`,
].join('|')

/** Patterns that a text is cut by, one after the other: each piece is cut into matches and what stands between them. */
const PATTERNS: Readonly<Record<PreTokenizer, readonly string[]>> = {
  smollm: ['\\p{N}', GPT_2],
  'gpt-2': [GPT_2],
  'llama-bpe': [LLAMA_BPE],
}

const cut = (text: string, pattern: RegExp): string[] => {
  const pieces: string[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) pieces.push(text.slice(end, match.index))
    end = match.index + match[0].length
    pieces.push(match[0])
  }
  if (end < text.length) pieces.push(text.slice(end))
  return pieces
}

/** Cuts a text into the pieces inside of which pairs are merged. */
export const splitText = (preTokenizer: PreTokenizer): ((text: string) => string[]) => {
  const patterns = PATTERNS[preTokenizer].map((pattern) => new RegExp(pattern, 'gu'))
  return (text) =>
    patterns.reduce((pieces, pattern) => pieces.flatMap((piece) => cut(piece, pattern)), [text])
}
