import { type Bytes, wordAt } from '../../spec/commitments/bytes.ts'
import type { MerkleRoot } from '../../spec/commitments/hash.ts'
import { EMPTY_MEMORY, LEAF_BYTES, leafPath, writeBytes } from '../../spec/commitments/memory.ts'
import { HALF_SLOT_HEIGHT, JOB_ADDRESS } from '../../spec/graph/descriptor.ts'
import { type Code, codeHeightFor, codeTree, type Program } from '../../spec/machine/program.ts'
import type { Contents } from './trace.ts'

/**
 * Loads programs for the machine: static 32-bit little-endian RISC-V executables without compressed instructions.
 * Executable segments make the code, all segments the memory. Layout: System V ABI, chapters "ELF Header" and
 * "Program Header"; RISC-V ELF psABI, chapter "File Header".
 */
export interface Executable {
  readonly code: Code
  /** What stands in memory when a run starts, ascending and apart from each other; all else is zero. */
  readonly segments: readonly Segment[]
  /** First pc, the address of a word of an executable segment. */
  readonly entry: number
}

export interface Segment extends Contents {
  /** Where its bytes stand in the file; any number where it has none. */
  readonly offset: number
  /** Size in memory; what the file does not give is zero. */
  readonly memoryBytes: number
  readonly executable: boolean
}

/** A program that a model runs: all of it lies in the lower half of memory slot 0, before any job. */
export interface GuestProgram {
  readonly program: Program
  readonly code: Code
  readonly segments: readonly Contents[]
}

/** A file that is not such an executable; the message says why. */
export class MalformedElf extends Error {
  override readonly name = 'MalformedElf'
}

const refuseIf = (condition: boolean, why: string): void => {
  if (condition) throw new MalformedElf(why)
}

const hex = (value: number): string => `0x${value.toString(16)}`

const FILE_HEADER_BYTES = 52
const PROGRAM_HEADER_BYTES = 32
const TYPE_EXECUTABLE = 2
const MACHINE_RISCV = 243
const FLAG_COMPRESSED = 0x1
const FLAGS_FLOAT_ABI = 0x6
const FLAG_EMBEDDED = 0x8
const SEGMENT_LOAD = 1
const SEGMENT_DYNAMIC = 2
const SEGMENT_INTERPRETER = 3
const SEGMENT_EXECUTABLE = 0x1

/** Largest span of code, in bytes: code is held word by word, gaps included. */
const MAX_CODE_BYTES = 2 ** 26
/** The same for a guest, whose code tree's levels cost gas: 17 of them. */
const MAX_GUEST_CODE_BYTES = 2 ** 22

const halfAt = (file: Bytes, offset: number): number => wordAt(file, offset) & 0xffff

const checkHeader = (file: Bytes): void => {
  refuseIf(file.length < FILE_HEADER_BYTES, `${file.length} bytes are too few for an ELF header`)
  refuseIf(wordAt(file, 0) !== 0x464c_457f, 'no ELF magic number')
  refuseIf(file[4] !== 1, `ELF class ${file[4]}, not 1 (32 bits)`)
  refuseIf(file[5] !== 1, `data encoding ${file[5]}, not 1 (little-endian)`)
  refuseIf(file[6] !== 1 || wordAt(file, 20) !== 1, 'ELF version is not 1')
  refuseIf(halfAt(file, 16) !== TYPE_EXECUTABLE, `file type ${halfAt(file, 16)}, not 2 (static executable)`)
  refuseIf(halfAt(file, 18) !== MACHINE_RISCV, `machine ${halfAt(file, 18)}, not 243 (RISC-V)`)
  const flags = wordAt(file, 36)
  refuseIf((flags & FLAG_COMPRESSED) !== 0, 'built with compressed instructions: use -march=rv32im')
  refuseIf((flags & FLAGS_FLOAT_ABI) !== 0, 'built for a floating-point ABI: use -mabi=ilp32')
  refuseIf((flags & FLAG_EMBEDDED) !== 0, 'built for RV32E')
}

/** Bounds concern bytes that are read: a segment without any may name whatever offset it likes. */
const readSegment = (file: Bytes, header: number): Segment => {
  const word = (field: number): number => wordAt(file, header + 4 * field)
  const [offset, address, fileBytes, memoryBytes, flags] = [word(1), word(2), word(4), word(5), word(6)]
  const name = `segment at ${hex(address)}`
  refuseIf(fileBytes > 0 && offset + fileBytes > file.length, `${name} runs past the end of the file`)
  refuseIf(fileBytes > memoryBytes, `${name} is larger in the file than in memory`)
  refuseIf(address + memoryBytes > 2 ** 32, `${name} reaches beyond the address space`)
  return {
    address,
    offset,
    bytes: file.slice(offset, offset + fileBytes),
    memoryBytes,
    executable: (flags & SEGMENT_EXECUTABLE) !== 0,
  }
}

/** No program is loaded by its section headers; that they are there tells a whole file from a truncated one. */
const checkSectionHeaders = (file: Bytes): void => {
  const [table, size, count] = [wordAt(file, 32), halfAt(file, 46), halfAt(file, 48)]
  refuseIf(
    size * count > 0 && table + size * count > file.length,
    'the section headers run past the end of the file',
  )
}

const readSegments = (file: Bytes): Segment[] => {
  const [table, size, count] = [wordAt(file, 28), halfAt(file, 42), halfAt(file, 44)]
  refuseIf(count === 0, 'no program headers')
  refuseIf(size !== PROGRAM_HEADER_BYTES, `program headers of ${size} bytes, not ${PROGRAM_HEADER_BYTES}`)
  refuseIf(table + size * count > file.length, 'the program headers run past the end of the file')
  const headers = Array.from({ length: count }, (_, i) => table + size * i)
  const type = (header: number): number => wordAt(file, header)
  refuseIf(
    headers.some((header) => type(header) === SEGMENT_DYNAMIC || type(header) === SEGMENT_INTERPRETER),
    'dynamically linked',
  )
  const segments = headers
    .filter((header) => type(header) === SEGMENT_LOAD)
    .map((header) => readSegment(file, header))
    .filter(({ memoryBytes }) => memoryBytes > 0)
    .sort((a, b) => a.address - b.address)
  refuseIf(segments.length === 0, 'no segment to load')
  segments.reduce((before, segment) => {
    const end = before.address + before.memoryBytes
    refuseIf(end > segment.address, `segments at ${hex(before.address)} and ${hex(segment.address)} overlap`)
    return segment
  })
  return segments
}

/** The words from the first executable segment to the last, zero between them; the base is a leaf's start. */
const codeOf = (segments: readonly Segment[]): Code => {
  const executable = segments.filter((segment) => segment.executable && segment.bytes.length > 0)
  const first = executable[0]
  const last = executable.at(-1)
  if (first === undefined || last === undefined) throw new MalformedElf('no executable segment')
  const base = first.address - (first.address % LEAF_BYTES)
  const span = last.address + last.bytes.length - base
  refuseIf(span > MAX_CODE_BYTES, `code spans ${span} bytes, more than ${MAX_CODE_BYTES}`)
  const bytes = new Uint8Array(span)
  for (const segment of executable) bytes.set(segment.bytes, segment.address - base)
  const words = Array.from({ length: Math.ceil(span / 4) }, (_, i) => wordAt(bytes, 4 * i))
  return { base, height: codeHeightFor(words.length), words }
}

/** Reads a program that may lie anywhere in the memory. Error: `MalformedElf`, for every file that is not one. */
export const readExecutable = (file: Bytes): Executable => {
  checkHeader(file)
  checkSectionHeaders(file)
  const segments = readSegments(file)
  const code = codeOf(segments)
  const entry = wordAt(file, 24)
  const inCode = segments.some(
    ({ address, bytes, executable }) => executable && entry >= address && entry < address + bytes.length,
  )
  refuseIf(!inCode, `entry ${hex(entry)} is in no executable segment`)
  refuseIf(entry % 4 !== 0, `entry ${hex(entry)} is not aligned`)
  return { code, segments, entry }
}

/** Root of the lower half of slot 0: the sibling of the half that the job page is in. */
const imageRootOf = (segments: readonly Contents[]): MerkleRoot => {
  const memory = segments.reduce((m, { address, bytes }) => writeBytes(m, address, bytes), EMPTY_MEMORY)
  return leafPath(memory, JOB_ADDRESS / LEAF_BYTES)[HALF_SLOT_HEIGHT] as MerkleRoot
}

/** Reads a guest program. Error: `MalformedElf`, for every file that is not one. */
export const parseElf = (file: Bytes): GuestProgram => {
  const { code, segments: loaded, entry } = readExecutable(file)
  for (const { address, memoryBytes } of loaded) {
    const end = address + memoryBytes
    refuseIf(
      end > JOB_ADDRESS,
      `segment at ${hex(address)} reaches ${hex(end)}, beyond the program's half of slot 0 (${hex(JOB_ADDRESS)})`,
    )
  }
  const codeBytes = 4 * code.words.length
  refuseIf(
    codeBytes > MAX_GUEST_CODE_BYTES,
    `code spans ${codeBytes} bytes, more than ${MAX_GUEST_CODE_BYTES}`,
  )
  const segments = loaded.map(({ address, bytes }) => ({ address, bytes }))
  const program: Program = {
    codeBase: code.base,
    codeHeight: code.height,
    codeRoot: codeTree(code).root,
    imageRoot: imageRootOf(segments),
    entry,
  }
  return { program, code, segments }
}
