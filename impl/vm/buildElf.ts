import { bigEndian, concat } from '../../spec/commitments/bytes.ts'

/** Builds the ELF files that tests load, damage and give to an outside emulator. */
export interface ElfSegment {
  readonly address: number
  readonly bytes: Uint8Array
  readonly memoryBytes?: number
  /** Bits: 1 execute, 2 write, 4 read. */
  readonly flags: number
}

const EXECUTABLE = 1
const PAGE = 4096

const little = (value: number, width: number): Uint8Array => bigEndian(value, width).reverse()
const words = (...values: readonly number[]): Uint8Array => concat(...values.map((value) => little(value, 4)))

export const codeBytes = (code: readonly number[]): Uint8Array => words(...code)

export const codeSegment = (address: number, code: readonly number[]): ElfSegment => ({
  address,
  bytes: codeBytes(code),
  flags: 4 | EXECUTABLE,
})

/** A static RV32 executable; segments start on a page of the file as they do in memory, which loaders ask for. */
export const buildElf = (entry: number, segments: readonly ElfSegment[]): Uint8Array => {
  const offsets: number[] = []
  let end = PAGE
  for (const { address, bytes } of segments) {
    const offset = end + (address % PAGE)
    offsets.push(offset)
    end = Math.ceil((offset + bytes.length) / PAGE) * PAGE
  }
  const file = new Uint8Array(end)
  const identification = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  const header = concat(
    identification,
    ...[2, 243].map((half) => little(half, 2)),
    words(1, entry, 52, 0, 0),
    ...[52, 32, segments.length, 0, 0, 0].map((half) => little(half, 2)),
  )
  const table = segments.map(({ address, bytes, memoryBytes = bytes.length, flags }, i) =>
    words(1, offsets[i]!, address, address, bytes.length, memoryBytes, flags, PAGE),
  )
  file.set(concat(header, ...table))
  segments.forEach(({ bytes }, i) => {
    file.set(bytes, offsets[i]!)
  })
  return file
}
