import { type Bytes, concat, littleEndian } from '../../spec/commitments/bytes.ts'
import { type Random, random } from '../models/mnist/random.ts'
import { codeBytes } from '../vm/buildElf.ts'
import { add, addi, assemble, branch, ecall, jal, type Line, la, label, line, lw, word } from './assemble.ts'

/**
 * Executables of random layouts, each a function of its seed, whose program exits with a checksum of what stands in
 * its segments: the same number wherever the file is loaded as it should be. What they have in common is what a
 * loader that maps pages of a file can do at all: where segments share a page, they share it in the file too.
 */
export interface ElfLayout {
  readonly file: Bytes
  /** Unsigned, 32 bits: what the program exits with. */
  readonly checksum: number
  readonly features: readonly LayoutFeature[]
}

export const LAYOUT_FEATURES = [
  ...['starts within a page', 'adjacent', 'shares a page', 'zeros across pages', 'only zeros'],
  ...['up to the last page that qemu maps', 'headers among the code', 'headers at the end', 'unsorted'],
  ...['empty segment', 'header of another type', 'offset beyond the file'],
] as const
export type LayoutFeature = (typeof LAYOUT_FEATURES)[number]

/** A program header of a segment to load. */
interface Loaded {
  readonly offset: number
  readonly address: number
  readonly fileBytes: number
  readonly memoryBytes: number
  readonly flags: number
}

const PAGE = 4096
const [READ, WRITE, EXECUTE] = [4, 2, 1]
const [LOAD, NOTE, NULL] = [1, 4, 0]
const FILE_HEADER_BYTES = 52
const PROGRAM_HEADER_BYTES = 32
/** The program, its table of ranges included. */
const PROGRAM_BYTES = 2048
const ADDRESS_SPACE = 2 ** 32

/** Apart from each other by more than a cluster takes, and so high that no file is as long. */
const LOW_CODE_AREA = 0x0040_0000
const CODE_AREAS = [LOW_CODE_AREA, 0x5000_0000, 0x9abc_d000]
const DATA_AREAS = [0x0200_0000, 0x1234_5000, 0x7ff0_e000, 0x8000_0000, 0xc000_0000]
/** qemu maps what lies as high as this only beside a low segment, and the last page of the address space never. */
const HIGH_AREA = 0xfff0_0000
const TOP = 0xffff_f000

/** x5 and x6 go through the table, x7 and x8 through a range; x10 is the checksum. */
const checksumProgram = (ranges: readonly (readonly [address: number, length: number])[]): Line[] => [
  ...la(5, 'table'),
  ...la(6, 'end'),
  addi(10, 0, 0),
  addi(9, 0, 31),
  label('range'),
  lw(7, 5, 0),
  lw(8, 5, 4),
  add(8, 8, 7),
  label('byte'),
  line({ kind: 'load', operation: 'lbu', rd: 11, rs1: 7, immediate: 0 }),
  line({ kind: 'register', operation: 'mul', rd: 10, rs1: 10, rs2: 9 }),
  add(10, 10, 11),
  addi(7, 7, 1),
  branch('bne', 7, 8, 'byte'),
  addi(5, 5, 8),
  branch('beq', 5, 6, 'exit'),
  jal(0, 'range'),
  label('exit'),
  addi(17, 0, 93),
  ecall,
  label('table'),
  ...ranges.flat().map(word),
  label('end'),
]

/** Where a segment is looked at: all of a short one, else its ends, and around the end of what the file gives. */
const rangesOf = ({ address, fileBytes, memoryBytes }: Loaded): [address: number, length: number][] => {
  if (memoryBytes <= 256) return [[address, memoryBytes]]
  const middle = Math.min(Math.max(fileBytes - 32, 0), memoryBytes - 64)
  return [0, middle, memoryBytes - 64].map((at) => [address + at, 64])
}

class LayoutWriter {
  private readonly choose: Random
  private readonly features = new Set<LayoutFeature>()
  private readonly segments: Loaded[] = []
  private fileEnd: number
  /** In the file and in memory. */
  private program = { offset: 0, address: 0 }

  constructor(seed: number) {
    this.choose = random(seed)
    const headersAmongCode = this.oneIn(3)
    this.fileEnd = headersAmongCode ? 0 : PAGE
    this.code(headersAmongCode)
    const isLow = this.program.address < DATA_AREAS[0]!
    const areas = isLow ? [...DATA_AREAS, HIGH_AREA] : DATA_AREAS
    for (const area of this.shuffled(areas).slice(0, 1 + this.choose.below(4))) {
      if (this.oneIn(3)) this.zeros(area)
      else this.data(area)
    }
  }

  private oneIn(n: number): boolean {
    return this.choose.below(n) === 0
  }

  private pick<Value>(values: readonly Value[]): Value {
    return values[this.choose.below(values.length)]!
  }

  private shuffled<Value>(values: readonly Value[]): Value[] {
    return values
      .map((value) => ({ value, key: this.choose.below(2 ** 32) }))
      .sort((a, b) => a.key - b.key)
      .map(({ value }) => value)
  }

  private add(segment: Loaded): void {
    if (segment.address % PAGE !== 0) this.features.add('starts within a page')
    this.segments.push(segment)
  }

  /** So many bytes from `offset` on are the file's. */
  private extendFile(end: number): void {
    this.fileEnd = Math.ceil(end / PAGE) * PAGE
  }

  /** A segment and, with or without a gap, others behind it; the file has them as the memory does, page by page. */
  private cluster(area: number, sizes: readonly number[], flags: number, grain: number): Loaded[] {
    const fileBase = this.fileEnd
    let at = sizes.length > 1 || this.oneIn(2) ? grain * this.choose.below(PAGE / grain) : 0
    if (fileBase === 0) at = 0
    const segments = sizes.map((size, index) => {
      if (index > 0) {
        const gap = this.pick([0, 0, grain, grain * this.choose.below(100), PAGE])
        if (gap === 0) this.features.add('adjacent')
        if (Math.floor((at - 1) / PAGE) === Math.floor((at + gap) / PAGE)) this.features.add('shares a page')
        at += gap
      }
      const segment = {
        offset: fileBase + at,
        address: area + at,
        fileBytes: size,
        memoryBytes: size,
        flags,
      }
      at += size
      return segment
    })
    this.extendFile(fileBase + at)
    return segments
  }

  private size(): number {
    return this.pick([1 + this.choose.below(40), 1 + this.choose.below(3 * PAGE), PAGE])
  }

  /** The program stands in the last segment, so that it is found by its end. */
  private code(headersAmongCode: boolean): void {
    const before = Array.from({ length: this.choose.below(3) }, () => 32 * Math.ceil(this.size() / 32))
    if (headersAmongCode) {
      this.features.add('headers among the code')
      before.unshift(PAGE)
    }
    const segments = this.cluster(
      this.oneIn(2) ? LOW_CODE_AREA : this.pick(CODE_AREAS),
      [...before, PROGRAM_BYTES],
      READ | EXECUTE,
      32,
    )
    for (const segment of segments) this.add(segment)
    this.program = segments.at(-1)!
  }

  private data(area: number): void {
    const sizes = Array.from({ length: 1 + this.choose.below(3) }, () => this.size())
    const isWritable = this.oneIn(2)
    const segments = this.cluster(area, sizes, isWritable ? READ | WRITE : READ, 1)
    const last = segments.pop()!
    for (const segment of segments) this.add(segment)
    const zeros = isWritable ? this.pick([0, 1 + this.choose.below(60), this.choose.below(5 * PAGE)]) : 0
    if (zeros > 2 * PAGE) this.features.add('zeros across pages')
    this.add({ ...last, memoryBytes: last.fileBytes + zeros })
  }

  private zeros(area: number): void {
    this.features.add('only zeros')
    const memoryBytes = this.size()
    const isAtTop = area === HIGH_AREA
    if (isAtTop) this.features.add('up to the last page that qemu maps')
    const address = isAtTop ? TOP - memoryBytes : area + this.choose.below(PAGE)
    this.add({ offset: this.absurdOffset(address), address, fileBytes: 0, memoryBytes, flags: READ | WRITE })
  }

  /** Beyond the address too: qemu reserves memory from the least difference of the two on. */
  private absurdOffset(address: number): number {
    if (this.oneIn(4)) return 0
    this.features.add('offset beyond the file')
    return address + 1 + this.choose.below(ADDRESS_SPACE - address - 1)
  }

  /** Segments in any order, but those with zeros after the others of their page: qemu maps what comes last. */
  private ordered(): Loaded[] {
    const shuffled = this.oneIn(4) ? this.segments : this.shuffled(this.segments)
    const ordered = [
      ...shuffled.filter(({ fileBytes, memoryBytes }) => fileBytes === memoryBytes),
      ...shuffled.filter(({ fileBytes, memoryBytes }) => fileBytes < memoryBytes),
    ]
    const isSorted = ordered.every(({ address }, i) => i === 0 || ordered[i - 1]!.address < address)
    if (!isSorted) this.features.add('unsorted')
    return ordered
  }

  /** Program headers, in words: the segments', and others that nothing is read of. */
  private headers(): number[][] {
    const headers = this.ordered().map(({ offset, address, fileBytes, memoryBytes, flags }) => [
      ...[LOAD, offset, address, address, fileBytes, memoryBytes, flags, PAGE],
    ])
    const insert = (header: number[]) => headers.splice(this.choose.below(headers.length + 1), 0, header)
    if (this.oneIn(2)) {
      const { address } = this.pick(this.segments)
      this.features.add('empty segment')
      insert([LOAD, this.absurdOffset(address), address, address, 0, 0, READ | WRITE, PAGE])
    }
    if (this.oneIn(2)) {
      this.features.add('header of another type')
      const absurd = ADDRESS_SPACE - 1 - this.choose.below(2 ** 20)
      insert([this.pick([NOTE, NULL]), absurd, absurd, absurd, absurd, absurd, READ, 4])
    }
    return headers
  }

  layout(): ElfLayout {
    const headers = this.headers()
    const atEnd = !this.features.has('headers among the code')
    if (atEnd) this.features.add('headers at the end')
    // Not even aligned.
    const table = atEnd ? this.fileEnd + 1 + this.choose.below(50) : FILE_HEADER_BYTES
    const length = Math.max(this.fileEnd, table + PROGRAM_HEADER_BYTES * headers.length)
    const file = Uint8Array.from({ length }, () => this.choose.below(256))
    const { offset, address } = this.program
    const program = checksumProgram(this.segments.flatMap(rangesOf))
    const bytes = codeBytes(assemble(address, program).words)
    if (bytes.length > PROGRAM_BYTES) throw new Error(`a program of ${bytes.length} bytes`)
    const words = (...values: readonly number[]): Bytes =>
      concat(...values.map((value) => littleEndian(value, 4)))
    const halves = (...values: readonly number[]): Bytes =>
      concat(...values.map((value) => littleEndian(value, 2)))
    const identification = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    // No section headers, wherever they are said to be.
    const sections = this.choose.below(ADDRESS_SPACE)
    file.set(
      concat(
        identification,
        halves(2, 243),
        words(1, address, table, sections, 0),
        halves(FILE_HEADER_BYTES, PROGRAM_HEADER_BYTES, headers.length, 40, 0, 0),
      ),
    )
    file.set(words(...headers.flat()), table)
    file.set(bytes, offset)
    return { file, checksum: this.checksum(file), features: [...this.features] }
  }

  /** Of the segments as they must stand in memory. */
  private checksum(file: Bytes): number {
    let sum = 0
    for (const segment of this.segments)
      for (const [address, length] of rangesOf(segment))
        for (let at = address - segment.address; at < address - segment.address + length; at++)
          sum = (Math.imul(sum, 31) + (at < segment.fileBytes ? file[segment.offset + at]! : 0)) | 0
    return sum >>> 0
  }
}

export const elfLayout = (seed: number): ElfLayout => new LayoutWriter(seed).layout()
