import type { Bytes } from '../../spec/commitments/bytes.ts'

/**
 * The byte-level alphabet: bytes that print in Latin-1 stand for themselves, the others, in their order, for the
 * characters from U+0100 on. So every text is a string without spaces or control characters.
 */
const prints = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad)

/** By byte. */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(prints(byte) ? byte : next++))
})()
const BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
)

/** The characters of a text's UTF-8 bytes, one a byte. */
export const toByteAlphabet = (text: string): string[] =>
  Array.from(new TextEncoder().encode(text), (byte) => BYTE_CHARACTERS[byte]!)

/** The bytes that a token of the alphabet stands for; a character outside of it stands for its own UTF-8. */
export const fromByteAlphabet = (token: string): Bytes => {
  const bytes: number[] = []
  for (const character of token) {
    const byte = BYTES.get(character)
    if (byte === undefined) bytes.push(...new TextEncoder().encode(character))
    else bytes.push(byte)
  }
  return new Uint8Array(bytes)
}
