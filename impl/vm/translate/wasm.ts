/**
 * WebAssembly's binary format, as much of it as translated code needs: opcodes, a buffer that instructions are written
 * to, and the sections of a module. Source: WebAssembly Core Specification 3.0, chapter "Binary Format".
 */
export const I32 = 0x7f
const FUNCREF = 0x70
const FUNCTION = 0x60
/** The type of a block without operands and results. */
export const EMPTY = 0x40

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  i32Load8S: 0x2c,
  i32Load8U: 0x2d,
  i32Load16S: 0x2e,
  i32Load16U: 0x2f,
  i32Store: 0x36,
  i32Store8: 0x3a,
  i32Store16: 0x3b,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GeS: 0x4e,
  i32GeU: 0x4f,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivS: 0x6d,
  i32DivU: 0x6e,
  i32RemS: 0x6f,
  i32RemU: 0x70,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,
  i32Rotr: 0x78,
  i64Mul: 0x7e,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32S: 0xac,
  i64ExtendI32U: 0xad,
} as const

/** Bytes of a LEB128 number that is written before it is known. */
const OPEN_BYTES = 4

/** A growing buffer of bytes. */
export class ByteWriter {
  private buffer = new Uint8Array(2 ** 16)
  private used = 0

  /** Makes it empty; what `written` gave before is overwritten. */
  clear(): void {
    this.used = 0
  }

  byte(value: number): void {
    if (this.used === this.buffer.length) this.grow()
    this.buffer[this.used++] = value
  }

  bytes(values: readonly number[]): void {
    for (const value of values) this.byte(value)
  }

  /** LEB128 of an unsigned 32-bit number. */
  unsigned(value: number): void {
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** LEB128 of a signed 32-bit number. */
  signed(value: number): void {
    let rest = value | 0
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.byte(rest & 0x7f)
  }

  /** A string of ASCII characters. */
  name(text: string): void {
    this.unsigned(text.length)
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i))
  }

  /** Starts something that has its size in bytes before it. @returns what `closeSized` is given at its end */
  openSized(): number {
    for (let i = 0; i < OPEN_BYTES; i++) this.byte(0)
    return this.used
  }

  /** Ends what was started, of less than 256 MiB. */
  closeSized(start: number): void {
    const size = this.used - start
    for (let i = 0; i < OPEN_BYTES; i++)
      this.buffer[start - OPEN_BYTES + i] = ((size >>> (7 * i)) & 0x7f) | (i < OPEN_BYTES - 1 ? 0x80 : 0)
  }

  /** What was written, a view. */
  written(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.used)
  }

  private grow(): void {
    const larger = new Uint8Array(2 * this.buffer.length)
    larger.set(this.buffer)
    this.buffer = larger
  }
}

export interface FunctionType {
  readonly parameters: number
  readonly results: number
}

export interface ModuleParts {
  /** Parameters and results of these types are all i32. */
  readonly types: readonly FunctionType[]
  /** Imported memories in the order of their indices, from the module "machine"; sizes in pages of 64 KiB. */
  readonly memories: readonly {
    readonly name: string
    readonly pages: number
    readonly isShared: boolean
  }[]
  /** Mutable i32 globals, x1 and so on: the module's own, which it exports, or imported. Own ones are faster. */
  readonly globals: { readonly count: number; readonly areOwn: boolean }
  /** Entries that the imported table has at least. */
  readonly tableEntries: number
  /** Index of a type, and what writes the body: locals, and instructions with the final `end`. */
  readonly functions: readonly { readonly type: number; readonly write: (to: ByteWriter) => void }[]
  /** The function that is exported, if one is. */
  readonly exported?: { readonly name: string; readonly function: number }
  /** The first so many functions are put into the table, the first one here. */
  readonly inTable: { readonly count: number; readonly firstEntry: number }
}

const EXTERNAL = { function: 0, table: 1, memory: 2, global: 3 } as const
const MUTABLE = 1
/** Bits of a memory's limits. */
const FIXED_SIZE = 1
const SHARED = 2
const SECTION = { types: 1, imports: 2, functions: 3, globals: 6, exports: 7, elements: 9, code: 10 } as const

const globalName = (i: number): string => `x${i + 1}`

/** Writes locals, all of them i32, as the start of a function's body. */
export const writeLocals = (to: ByteWriter, count: number): void => {
  to.unsigned(1)
  to.unsigned(count)
  to.byte(I32)
}

const section = (module: ByteWriter, id: number, write: (to: ByteWriter) => void): void => {
  module.byte(id)
  const start = module.openSized()
  write(module)
  module.closeSized(start)
}

/** Writes a module that imports memories, a table and perhaps globals, all from "machine". */
export const writeModule = (module: ByteWriter, parts: ModuleParts): void => {
  module.bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  const [ownGlobals, importedGlobals] = parts.globals.areOwn
    ? [parts.globals.count, 0]
    : [0, parts.globals.count]
  section(module, SECTION.types, (to) => {
    to.unsigned(parts.types.length)
    for (const { parameters, results } of parts.types) {
      to.byte(FUNCTION)
      for (const count of [parameters, results]) {
        to.unsigned(count)
        for (let i = 0; i < count; i++) to.byte(I32)
      }
    }
  })
  section(module, SECTION.imports, (to) => {
    to.unsigned(parts.memories.length + 1 + importedGlobals)
    for (const { name, pages, isShared } of parts.memories) {
      to.name('machine')
      to.name(name)
      to.byte(EXTERNAL.memory)
      to.byte(isShared ? FIXED_SIZE | SHARED : FIXED_SIZE)
      to.unsigned(pages)
      to.unsigned(pages)
    }
    to.name('machine')
    to.name('table')
    to.byte(EXTERNAL.table)
    to.byte(FUNCREF)
    to.byte(0)
    to.unsigned(parts.tableEntries)
    for (let i = 0; i < importedGlobals; i++) {
      to.name('machine')
      to.name(globalName(i))
      to.byte(EXTERNAL.global)
      to.byte(I32)
      to.byte(MUTABLE)
    }
  })
  section(module, SECTION.functions, (to) => {
    to.unsigned(parts.functions.length)
    for (const { type } of parts.functions) to.unsigned(type)
  })
  section(module, SECTION.globals, (to) => {
    to.unsigned(ownGlobals)
    for (let i = 0; i < ownGlobals; i++) to.bytes([I32, MUTABLE, OP.i32Const, 0, OP.end])
  })
  const { exported, inTable } = parts
  section(module, SECTION.exports, (to) => {
    to.unsigned((exported === undefined ? 0 : 1) + ownGlobals)
    if (exported !== undefined) {
      to.name(exported.name)
      to.byte(EXTERNAL.function)
      to.unsigned(exported.function)
    }
    for (let i = 0; i < ownGlobals; i++) {
      to.name(globalName(i))
      to.byte(EXTERNAL.global)
      to.unsigned(i)
    }
  })
  section(module, SECTION.elements, (to) => {
    to.unsigned(1)
    to.unsigned(0)
    to.byte(OP.i32Const)
    to.signed(inTable.firstEntry)
    to.byte(OP.end)
    to.unsigned(inTable.count)
    for (let i = 0; i < inTable.count; i++) to.unsigned(i)
  })
  section(module, SECTION.code, (to) => {
    to.unsigned(parts.functions.length)
    for (const { write } of parts.functions) {
      const start = to.openSized()
      write(to)
      to.closeSized(start)
    }
  })
}
