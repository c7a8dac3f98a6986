import { type Bytes, wordAt } from '../../spec/commitments/bytes.ts'
import type { Executable } from './elf.ts'

/**
 * What a file says for people about its code: where the instructions are, and what they are called. Nothing of it
 * bears on a run, so whatever is malformed is as good as missing. Layout: System V ABI, chapters "Sections" and
 * "Symbol Table".
 */
export interface Listing {
  /** Ascending: from an address on, up to another. */
  readonly stretches: readonly (readonly [from: number, to: number])[]
  /** Ascending by address; functions before other names of theirs. */
  readonly symbols: readonly CodeSymbol[]
}

export interface CodeSymbol {
  readonly address: number
  /** Printable characters alone. */
  readonly name: string
}

interface Section {
  readonly type: number
  readonly flags: number
  readonly address: number
  readonly offset: number
  readonly bytes: number
  /** Of a symbol table: index of the section with its names. */
  readonly link: number
}

const FILE_HEADER_BYTES = 52
const SECTION_HEADER_BYTES = 40
const SYMBOL_BYTES = 16
const SECTION_PROGRAM = 1
const SECTION_SYMBOLS = 2
const FLAGS_CODE = 0x2 | 0x4
const SYMBOL_UNTYPED = 0
const SYMBOL_FUNCTION = 2

const halfAt = (file: Bytes, offset: number): number => wordAt(file, offset) & 0xffff

const sectionsOf = (file: Bytes): Section[] => {
  const [table, size, count] = [wordAt(file, 32), halfAt(file, 46), halfAt(file, 48)]
  if (size !== SECTION_HEADER_BYTES || table + size * count > file.length) return []
  return Array.from({ length: count }, (_, i) => {
    const word = (field: number): number => wordAt(file, table + size * i + 4 * field)
    return {
      type: word(1),
      flags: word(2),
      address: word(3),
      offset: word(4),
      bytes: word(5),
      link: word(6),
    }
  })
}

const decoder = new TextDecoder()
const MAX_NAME_BYTES = 256

/** The zero-terminated text at `offset`; a terminal obeys control characters, so they are written out. */
const nameAt = (file: Bytes, offset: number): string => {
  const bytes = file.subarray(offset, offset + MAX_NAME_BYTES)
  const end = bytes.indexOf(0)
  const text = decoder.decode(bytes.subarray(0, end < 0 ? bytes.length : end))
  return text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

/** Names that the assembler gives to stretches of code and data (RISC-V ELF psABI, "Mapping Symbol"), and its labels. */
const isInternal = (name: string): boolean => name === '' || name.startsWith('$') || name.startsWith('.L')

const symbolsOf = (file: Bytes, sections: readonly Section[]): CodeSymbol[] => {
  const table = sections.find(({ type }) => type === SECTION_SYMBOLS)
  const names = sections[table?.link ?? -1]
  if (table === undefined || names === undefined) return []
  const count = Math.floor(Math.min(table.bytes, Math.max(file.length - table.offset, 0)) / SYMBOL_BYTES)
  const symbols = Array.from({ length: count }, (_, i) => {
    const at = table.offset + SYMBOL_BYTES * i
    return {
      address: wordAt(file, at + 4),
      name: nameAt(file, names.offset + wordAt(file, at)),
      type: file[at + 12]! & 0xf,
      section: halfAt(file, at + 14),
    }
  })
  return symbols
    .filter(({ type, section, name }) => {
      const isOfCode = ((sections[section]?.flags ?? 0) & FLAGS_CODE) === FLAGS_CODE
      return isOfCode && (type === SYMBOL_FUNCTION || type === SYMBOL_UNTYPED) && !isInternal(name)
    })
    .sort((a, b) => a.address - b.address || b.type - a.type)
    .map(({ address, name }) => ({ address, name }))
}

/** What is left of [from, to) without the given stretches of it. */
const without = (
  whole: readonly [number, number],
  holes: readonly (readonly [number, number])[],
): [number, number][] =>
  holes.reduce<[number, number][]>(
    (rest, [holeFrom, holeTo]) =>
      rest
        .flatMap(([from, to]): [number, number][] => [
          [from, Math.min(to, holeFrom)],
          [Math.max(from, holeTo), to],
        ])
        .filter(([from, to]) => from < to),
    [[...whole]],
  )

/** Where sections of code are loaded; of a file without any, all of its executable segments but headers. */
const stretchesOf = (file: Bytes, { segments }: Executable, sections: readonly Section[]) => {
  const ofCode = sections
    .filter(({ type, flags }) => type === SECTION_PROGRAM && (flags & FLAGS_CODE) === FLAGS_CODE)
    .sort((a, b) => a.address - b.address)
  const [table, size, count] = [wordAt(file, 28), halfAt(file, 42), halfAt(file, 44)]
  return segments
    .filter(({ executable, bytes }) => executable && bytes.length > 0)
    .flatMap(({ address, offset, bytes }): [number, number][] => {
      const end = address + bytes.length
      if (ofCode.length > 0)
        return ofCode
          .map((section): [number, number] => [
            Math.max(address, section.address),
            Math.min(end, section.address + section.bytes),
          ])
          .filter(([from, to]) => from < to)
      const inMemory = address - offset
      return without(
        [address, end],
        [
          [inMemory, inMemory + FILE_HEADER_BYTES],
          [inMemory + table, inMemory + table + size * count],
        ],
      )
    })
}

/** Reads what `file` says about the code of the program that it loads. Never throws. */
export const listingOf = (file: Bytes, executable: Executable): Listing => {
  const sections = sectionsOf(file)
  return { stretches: stretchesOf(file, executable, sections), symbols: symbolsOf(file, sections) }
}
