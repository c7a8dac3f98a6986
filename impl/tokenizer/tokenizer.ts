import { Template } from '@huggingface/jinja'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import { fromByteAlphabet, toByteAlphabet } from './byteAlphabet.ts'
import { mergePairs } from './mergePairs.ts'
import { splitText } from './split.ts'
import type { TokenizerData } from './tokenizerData.ts'

export interface Tokenizer {
  /** Ids of a text. Control tokens in it are recognised; bytes that no token stands for are dropped. */
  readonly encode: (text: string) => number[]
  /** The text of some ids; control tokens and ids outside the vocabulary are left out. */
  readonly decode: (ids: readonly number[]) => string
  /** The same text in parts, one for each id. */
  readonly pieces: (ids: readonly number[]) => string[]
  /** Decodes ids as they come: a character is given once all of its bytes are there, and what is left at the end. */
  readonly decoder: () => { readonly push: (id: number) => string; readonly end: () => string }
  /**
   * A user's message in the file's chat template, up to where the answer begins. Undefined where it has none.
   *
   * @throws ChatTemplateError
   */
  readonly chat: (message: string) => string | undefined
  /** Ids that end an answer. */
  readonly endTokens: readonly number[]
}

/** A file's chat template that is none, or that asks for what it is not given. */
export class ChatTemplateError extends Error {
  constructor(reason: string) {
    super(`the chat template cannot be used: ${reason}`)
    this.name = 'ChatTemplateError'
  }
}

const render = (template: string, given: Readonly<Record<string, unknown>>): string => {
  try {
    return new Template(template).render(given)
  } catch (error) {
    throw new ChatTemplateError((error as Error).message)
  }
}

/** Pieces repeat; so many of them are remembered with their ids. */
const REMEMBERED_PIECES = 2 ** 16

/** Cuts a text at control tokens, the longest that fits first. */
const controlSplitter = (control: ReadonlyMap<string, number>): ((text: string) => (string | number)[]) => {
  if (control.size === 0) return (text) => [text]
  const escaped = [...control.keys()]
    .sort((a, b) => b.length - a.length)
    .map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  const pattern = new RegExp(`(${escaped.join('|')})`, 'u')
  return (text) =>
    text
      .split(pattern)
      .filter((part) => part !== '')
      .map((part) => control.get(part) ?? part)
}

export const tokenizerOf = (data: TokenizerData): Tokenizer => {
  const controlIds = new Set(data.control)
  const textOf = (id: number): string => data.tokens[id] ?? ''
  const control = new Map(
    data.control.filter((id) => textOf(id) !== '').map((id) => [textOf(id), id] as const),
  )
  const ids = new Map<string, number>()
  data.tokens.forEach((token, id) => {
    if (!controlIds.has(id) && !ids.has(token)) ids.set(token, id)
  })
  const ranks = new Map(data.merges.map((merge, rank) => [merge, rank]))
  const rank = (pair: string): number | undefined => ranks.get(pair)
  const split = splitText(data.preTokenizer)
  const splitControl = controlSplitter(control)
  const begin = data.addBegin && data.begin !== null ? [data.begin] : []

  const remembered = new Map<string, readonly number[]>()
  const encodePiece = (piece: string): readonly number[] => {
    const known = remembered.get(piece)
    if (known !== undefined) return known
    const bytes = toByteAlphabet(piece)
    const whole = data.wholePieces === true ? ids.get(bytes.join('')) : undefined
    const symbols = whole === undefined ? mergePairs(bytes, rank) : [bytes.join('')]
    const found = symbols.flatMap(
      (symbol) => ids.get(symbol) ?? [...symbol].flatMap((byte) => ids.get(byte) ?? []),
    )
    if (remembered.size < REMEMBERED_PIECES) remembered.set(piece, found)
    return found
  }

  const bytesOf = (id: number): Bytes =>
    controlIds.has(id) ? new Uint8Array(0) : fromByteAlphabet(textOf(id))

  const decoder = () => {
    const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
    return { push: (id: number) => utf8.decode(bytesOf(id), { stream: true }), end: () => utf8.decode() }
  }

  const pieces = (encoded: readonly number[]): string[] => {
    const stream = decoder()
    return encoded.map((id, i) => stream.push(id) + (i === encoded.length - 1 ? stream.end() : ''))
  }

  return {
    encode: (text) => {
      const encoded: number[] = [...begin]
      for (const part of splitControl(text)) {
        if (typeof part === 'number') encoded.push(part)
        else for (const piece of split(part)) for (const id of encodePiece(piece)) encoded.push(id)
      }
      return encoded
    },
    decode: (encoded) => pieces(encoded).join(''),
    pieces,
    decoder,
    chat: (message) => {
      if (data.chatTemplate === null) return undefined
      const beginText = data.begin === null ? '' : textOf(data.begin)
      const wrapped = render(data.chatTemplate, {
        messages: [{ role: 'user', content: message }],
        add_generation_prompt: true,
        bos_token: beginText,
        eos_token: data.end.length === 0 ? '' : textOf(data.end[0]!),
      })
      // Where encoding puts the begin token in front, the template's own would be a second one.
      return data.addBegin && wrapped.startsWith(beginText) ? wrapped.slice(beginText.length) : wrapped
    },
    endTokens: data.end,
  }
}
