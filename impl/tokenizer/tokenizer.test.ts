import { Tokenizer as Independent } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BYTE_CHARACTERS, fromByteAlphabet, toByteAlphabet } from './byteAlphabet.ts'
import { mergePairs } from './mergePairs.ts'
import { splitText } from './split.ts'
import { TINY_TOKENIZER } from './tiny.fixture.ts'
import { ChatTemplateError, tokenizerOf } from './tokenizer.ts'

const own = tokenizerOf(TINY_TOKENIZER)

/** The same vocabulary in Hugging Face's implementation. */
const independentOf = (ignoreMerges: boolean, further: readonly string[] = []) =>
  new Independent(
    {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: TINY_TOKENIZER.control.map((id) => ({
        id,
        content: TINY_TOKENIZER.tokens[id]!,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Digits', individual_digits: true },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
        ],
      },
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: ignoreMerges,
        vocab: Object.fromEntries([...TINY_TOKENIZER.tokens, ...further].map((token, id) => [token, id])),
        merges: TINY_TOKENIZER.merges.map((merge) => merge.split(' ')),
      },
    } as unknown as ConstructorParameters<typeof Independent>[0],
    {},
  )
const independent = independentOf(false)

const WORDS = [
  'the',
  'they’re',
  "they'll",
  'then',
  '1984',
  'naïve',
  'straße',
  '日本語',
  '😀',
  '🎉',
  'and',
  'it',
  "it's",
]
const piece = fc.oneof(
  fc.constantFrom(...WORDS, ' ', '  ', '\n', '\t', '\u00a0', '\r\n', '...', '!!', '\u0004', '\u0013'),
  fc.constantFrom(...TINY_TOKENIZER.control.map((id) => TINY_TOKENIZER.tokens[id]!)),
  // The two differ on white space that JavaScript sees otherwise than Unicode, and on numerals that are no digits.
  fc
    .string({ unit: 'grapheme', maxLength: 8 })
    .filter((text) => !/[\u0085\ufeff]|(?=\p{N})[^0-9]/u.test(text)),
)
const texts = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))

// Rationale: an id that differs is another question to the model; the vocabulary comes with a tokenizer of its own.
test('TOKENIZER-1 ids are those of an independent implementation', () => {
  let [merged, dropped, control] = [0, 0, 0]
  fc.assert(
    fc.property(texts, (text) => {
      const ids = own.encode(text)
      expect(ids).toEqual([...independent.encode(text).ids])
      const bytes = toByteAlphabet(text).length
      if (ids.length < bytes) merged++
      if (text !== withoutMissing(text)) dropped++
      if (ids.some((id) => id < 4)) control++
    }),
    { numRuns: 1000 },
  )
  expect(Math.min(merged, dropped, control)).toBeGreaterThan(100)
})

/** What TINY_TOKENIZER has no tokens for, as far as whole characters go. */
const withoutMissing = (text: string): string =>
  text.replaceAll('\u0004', '').replaceAll('\u0006', '').replaceAll('\u0013', '')

test('TOKENIZER-2 decoding gives the text back, without control tokens and without bytes that have no token', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const plain = TINY_TOKENIZER.control
        .map((id) => TINY_TOKENIZER.tokens[id]!)
        .sort((a, b) => b.length - a.length)
        .reduce((rest, token) => rest.replaceAll(token, '\u0004'), text)
      fc.pre(!/[\u{100000}-\u{10ffff}]/u.test(text))
      expect(own.decode(own.encode(text))).toBe(withoutMissing(plain))
      const decoder = own.decoder()
      expect(own.encode(text).map(decoder.push).join('') + decoder.end()).toBe(withoutMissing(plain))
    }),
  )
})

describe('TOKENIZER-3 what stands for itself', () => {
  test('the longest control token that fits is taken', () => {
    expect(own.encode('<|im_start|>x<|im_start|>')).toEqual([3, 1])
  })
  test('the control tokens of an answer are not in its text', () => {
    expect(own.decode([1, ...own.encode('it'), 2, 10 ** 6])).toBe('it')
  })
  test('a begin token stands in front only where the file asks for it', () => {
    expect(tokenizerOf({ ...TINY_TOKENIZER, addBegin: true }).encode('it')).toEqual([1, ...own.encode('it')])
    expect(tokenizerOf({ ...TINY_TOKENIZER, addBegin: true }).encode('')).toEqual([1])
    expect(own.encode('')).toEqual([])
  })
  test('a message is wrapped in the chat template', () => {
    expect(own.chat('Hi')).toBe('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n')
    expect(tokenizerOf({ ...TINY_TOKENIZER, chatTemplate: null }).chat('Hi')).toBeUndefined()
  })
})

describe('TOKENIZER-4 texts are cut as the name of the cut says', () => {
  test.each([
    ['smollm', " a 12½\n\n  b'll", [' a', ' ', '1', '2', '½', '\n\n ', ' b', "'ll"]],
    ['gpt-2', " a 12½\n\n  b'll", [' a', ' 12½', '\n\n ', ' b', "'ll"]],
    ['llama-bpe', " a 1234½\n\n  b'LL", [' a', ' ', '123', '4½', '\n\n', ' ', ' b', "'LL"]],
    ['smollm', 'a\u0085b\ufeffc', ['a', '\u0085', 'b', '\ufeff', 'c']],
  ] as const)('%s', (name, text, pieces) => {
    expect(splitText(name)(text)).toEqual(pieces)
  })
})

// Rationale: the heap is fast and easily wrong; this is the rule as it is told.
test('TOKENIZER-5 merging through the heap is merging the earliest pair, farthest left, one at a time', () => {
  const plainly = (symbols: readonly string[], merges: readonly string[]): readonly string[] => {
    const best = symbols
      .slice(1)
      .map((symbol, i) => ({ i, rank: merges.indexOf(`${symbols[i]} ${symbol}`) }))
      .filter(({ rank }) => rank >= 0)
      .sort((a, b) => a.rank - b.rank || a.i - b.i)[0]
    if (best === undefined) return symbols
    return plainly(
      [...symbols.slice(0, best.i), symbols[best.i]! + symbols[best.i + 1]!, ...symbols.slice(best.i + 2)],
      merges,
    )
  }
  const letters = fc.array(fc.constantFrom('a', 'b'), { maxLength: 24 })
  const merges: fc.Arbitrary<string[]> = fc.uniqueArray(
    fc.constantFrom(
      'a a',
      'a b',
      'b a',
      'b b',
      'aa a',
      'aa aa',
      'ab ab',
      'a ab',
      'ab a',
      'aab b',
      'ba ba',
      'bb bb',
    ),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(letters, merges, (symbols, list) => {
      const ranks = new Map(list.map((merge, i) => [merge, i]))
      expect(mergePairs(symbols, (pair) => ranks.get(pair))).toEqual(plainly(symbols, list))
    }),
    { numRuns: 2000 },
  )
})

// Rationale: Llama 3's vocabulary has tokens that no merges lead to.
test('TOKENIZER-8 where the file says so, a piece that is a token is that token, as in an independent implementation', () => {
  const further = ['Ġstraying', 'qzx', 'ĠĠqz']
  const tokens = [...TINY_TOKENIZER.tokens, ...further]
  const text = 'a straying qzx  qz astraying qzxqzx'
  const [plain, whole] = [false, true].map((wholePieces) =>
    tokenizerOf({ ...TINY_TOKENIZER, tokens, wholePieces }).encode(text),
  )
  expect(plain).toEqual([...independentOf(false, further).encode(text).ids])
  expect(whole).toEqual([...independentOf(true, further).encode(text).ids])
  expect(whole!.length).toBeLessThan(plain!.length)
})

test('TOKENIZER-9 a template that cannot be used is an error of the file, and a begin token stands in front once', () => {
  const withTemplate = (chatTemplate: string, addBegin = false) =>
    tokenizerOf({ ...TINY_TOKENIZER, chatTemplate, addBegin })
  for (const template of ['{% for m in', '{{ messages[0].content() }}', "{{ raise_exception('no users') }}"])
    expect(() => withTemplate(template).chat('Hi')).toThrow(ChatTemplateError)
  expect(() => withTemplate("{{ raise_exception('no users') }}").chat('Hi')).toThrow('no users')
  const [asked, alone] = [true, false].map((addBegin) => withTemplate('{{ bos_token }}it', addBegin))
  const once = [1, ...own.encode('it')]
  expect(asked!.encode(asked!.chat('Hi')!)).toEqual(once)
  expect(alone!.encode(alone!.chat('Hi')!)).toEqual(once)
})

test('TOKENIZER-6 a piece of 200,000 letters is encoded in seconds', () => {
  const ids = own.encode('e'.repeat(200_000))
  expect(own.decode(ids)).toBe('e'.repeat(200_000))
})

test('TOKENIZER-7 the byte-level alphabet has a character of its own for each byte', () => {
  expect(new Set(BYTE_CHARACTERS).size).toBe(256)
  expect([...fromByteAlphabet(BYTE_CHARACTERS.join(''))]).toEqual(
    Array.from({ length: 256 }, (_, byte) => byte),
  )
  expect([BYTE_CHARACTERS[0x20], BYTE_CHARACTERS[0x41], BYTE_CHARACTERS[0xad]]).toEqual(['Ġ', 'A', 'Ń'])
  expect([...fromByteAlphabet('Ġ日')]).toEqual([0x20, 0xe6, 0x97, 0xa5])
})
