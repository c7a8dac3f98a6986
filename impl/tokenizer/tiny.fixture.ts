import { BYTE_CHARACTERS, toByteAlphabet } from './byteAlphabet.ts'
import { mergePairs } from './mergePairs.ts'
import { splitText } from './split.ts'
import type { TokenizerData } from './tokenizerData.ts'

const TEXT = `It's a small text of which pairs are counted: the more often two neighbours stand together, the earlier
they're merged. They'll stand for words like the, and, there, then, these, 1984 and 2026; for naïve café, straße und
Füße, 日本語 and 中文, for 😀 and 🎉, for     runs of spaces,\n\n\nempty lines and ... punctuation!!! We've seen it, I'd say.`

/** Bytes without a token: as in SmolLM2's vocabulary, some control characters and all that UTF-8 has no use for. */
const MISSING: ReadonlySet<number> = new Set([4, 6, 0x13, 0xc0, 0xc1, 0xf5, 0xff])
const CONTROL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|im_start|>x']
const MERGES = 150

/** Merges learnt from the text above: the most frequent pair, the first in the alphabet among equals. */
const learn = (): string[] => {
  const pieces = splitText('gpt-2')(TEXT).map(toByteAlphabet)
  const merges: string[] = []
  while (merges.length < MERGES) {
    const counts = new Map<string, number>()
    for (const piece of pieces) {
      const symbols = mergePairs(piece, (pair) => {
        const rank = merges.indexOf(pair)
        return rank < 0 ? undefined : rank
      })
      for (let i = 0; i + 1 < symbols.length; i++) {
        const pair = `${symbols[i]} ${symbols[i + 1]}`
        counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
    }
    const best = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]
    merges.push(best![0])
  }
  return merges
}

const merges = learn()
const characters = BYTE_CHARACTERS.filter((_, byte) => !MISSING.has(byte))

/** A tokenizer small enough for tests, with all that a real one has. */
export const TINY_TOKENIZER: TokenizerData = {
  kind: 'byte-level-bpe',
  preTokenizer: 'smollm',
  tokens: [...CONTROL, ...characters, ...merges.map((merge) => merge.replace(' ', ''))],
  merges,
  control: CONTROL.map((_, id) => id),
  begin: 1,
  addBegin: false,
  end: [2],
  chatTemplate:
    "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
}
