import fc from 'fast-check'
import type { Instruction } from '../../spec/machine/decode.ts'
import { encode } from '../../spec/machine/encode.ts'
import { arithmetic, CODE_BASE, DATA_BASE, instruction, word } from '../../spec/machine/machine.arbitrary.ts'
import { codeHeightFor } from '../../spec/machine/program.ts'
import type { VmRun } from './trace.ts'

/**
 * Random programs that run for long: functions that call each other, by name and through registers, loops in loops,
 * jumps into the middle of loops, accesses to a small piece of memory, and now and then any instruction. Where they
 * never end, the step limit ends them.
 */
const STEP_LIMIT = 4000

/** A jump or a link whose offset is known once all labels are. */
type Line =
  | { readonly kind: 'plain'; readonly instruction: Instruction }
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'to'; readonly name: string; readonly at: (offset: number) => Instruction }

const [RA, SP, DATA, COUNTER, TURN, INDEX, POINTER] = [1, 2, 8, 20, 29, 30, 31]

const plain = (given: Instruction): Line => ({ kind: 'plain', instruction: given })
const addi = (rd: number, rs1: number, immediate: number): Line =>
  plain({ kind: 'immediate', operation: 'add', rd, rs1, immediate })
const label = (name: string): Line => ({ kind: 'label', name })
const jal = (rd: number, name: string): Line => ({
  kind: 'to',
  name,
  at: (immediate) => ({ kind: 'jal', rd, immediate }),
})
const branch = (operation: 'beq' | 'bne' | 'bltu' | 'bge', rs1: number, rs2: number, name: string): Line => ({
  kind: 'to',
  name,
  at: (immediate) => ({ kind: 'branch', operation, rs1, rs2, immediate }),
})
const load = (rd: number, rs1: number, immediate: number): Line =>
  plain({ kind: 'load', operation: 'lw', rd, rs1, immediate })
const store = (rs2: number, rs1: number, immediate: number): Line =>
  plain({ kind: 'store', operation: 'sw', rs1, rs2, immediate })

type Access = Extract<Instruction, { kind: 'load' | 'store' }>

/** Statements are trees until labels are given out, so that shrinking drops whole statements. */
type Statement =
  | { readonly kind: 'plain'; readonly instruction: Instruction }
  /** An access at an address that is computed from a register. */
  | {
      readonly kind: 'computed'
      readonly mask: number
      readonly register: number
      readonly first: Access
      readonly second: Access
    }
  | { readonly kind: 'loop'; readonly times: number; readonly body: readonly Statement[] }
  /** A loop that is entered in its middle too. */
  | { readonly kind: 'tangle'; readonly register: number; readonly parts: readonly (readonly Statement[])[] }
  | { readonly kind: 'if'; readonly rs1: number; readonly rs2: number; readonly body: readonly Statement[] }
  | {
      readonly kind: 'switch'
      readonly register: number
      readonly cases: readonly (readonly Statement[])[]
    }
  | { readonly kind: 'call' | 'callThrough'; readonly callee: number }

const FUNCTIONS = 4

/** Registers that statements may use; the others keep a program going. */
const FREE = [0, 5, 6, 7, 9, 10, 11, 12, 13, 28]
const free = fc.constantFrom(...FREE)

const freeArithmetic = fc.tuple(arithmetic, free, free, free).map(([given, rd, rs1, rs2]): Instruction => {
  if (given.kind === 'register') return { ...given, rd, rs1, rs2 }
  if (given.kind === 'immediate') return { ...given, rd, rs1 }
  return 'rd' in given ? { ...given, rd } : given
})

/** An access of up to one word beyond the data, `oddity` times in a hundred by an offset that is no multiple of 4. */
const access = (oddity: number): fc.Arbitrary<Access> =>
  fc
    .record({
      store: fc.boolean(),
      width: fc.constantFrom(0, 1, 2),
      unsigned: fc.boolean(),
      word: fc.integer({ min: 0, max: 15 }),
      register: free,
      shift: fc.oneof(
        { weight: 100 - oddity, arbitrary: fc.constant(0) },
        { weight: oddity, arbitrary: fc.integer({ min: 1, max: 3 }) },
      ),
    })
    .map(({ store, width, unsigned, word, register, shift }): Access => {
      const immediate = 4 * word + shift
      if (store) {
        const operation = (['sb', 'sh', 'sw'] as const)[width]!
        return { kind: 'store', operation, rs1: DATA, rs2: register, immediate }
      }
      const operation = unsigned
        ? (['lbu', 'lhu', 'lw'] as const)[width]!
        : (['lb', 'lh', 'lw'] as const)[width]!
      return { kind: 'load', operation, rd: register, rs1: DATA, immediate }
    })

const computed = fc.record({
  kind: fc.constant('computed' as const),
  // Mostly aligned: a misaligned access ends the run.
  mask: fc.constantFrom(0x3c, 0x3c, 0x3c, 0x3c, 0x3e, 0x3f),
  register: free,
  first: access(20),
  second: access(20),
})

const simple: fc.Arbitrary<Statement> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc
      .oneof(
        { weight: 40, arbitrary: freeArithmetic },
        { weight: 20, arbitrary: access(1) },
        { weight: 1, arbitrary: instruction },
      )
      .map((given) => ({ kind: 'plain' as const, instruction: given })),
  },
  { weight: 8, arbitrary: computed },
)

const callee = fc.integer({ min: 0, max: FUNCTIONS - 1 })

const statements = (depth: number): fc.Arbitrary<readonly Statement[]> =>
  fc.array(
    depth === 0
      ? simple
      : fc.oneof(
          { weight: 6, arbitrary: simple },
          {
            weight: 2,
            arbitrary: fc.record({
              kind: fc.constant('loop' as const),
              times: fc.integer({ min: 1, max: 12 }),
              body: statements(depth - 1),
            }),
          },
          {
            weight: 1,
            arbitrary: fc.record({
              kind: fc.constant('tangle' as const),
              register: free,
              parts: fc.array(statements(depth - 1), { minLength: 2, maxLength: 4 }),
            }),
          },
          {
            weight: 1,
            arbitrary: fc.record({
              kind: fc.constant('switch' as const),
              register: free,
              cases: fc.array(statements(depth - 1), { minLength: 4, maxLength: 4 }),
            }),
          },
          {
            weight: 2,
            arbitrary: fc.record({
              kind: fc.constant('if' as const),
              rs1: free,
              rs2: free,
              body: statements(depth - 1),
            }),
          },
          {
            weight: 2,
            arbitrary: fc.record({
              kind: fc.constantFrom('call' as const, 'callThrough' as const),
              callee,
            }),
          },
        ),
    { maxLength: 6, size: 'max' },
  )

/** Gives out labels. `depth` counts loops, each of which has a counter of its own. */
const lower = (body: readonly Statement[], depth: number, fresh: () => string): Line[] =>
  body.flatMap((statement): Line[] => {
    switch (statement.kind) {
      case 'plain':
        return [plain(statement.instruction)]
      case 'computed': {
        const { mask, register, first, second } = statement
        return [
          plain({ kind: 'immediate', operation: 'and', rd: POINTER, rs1: register, immediate: mask }),
          plain({ kind: 'register', operation: 'add', rd: POINTER, rs1: POINTER, rs2: DATA }),
          // From memory, so that what is known of it comes from its uses alone.
          plain({ kind: 'store', operation: 'sw', rs1: DATA, rs2: POINTER, immediate: 64 }),
          load(POINTER, DATA, 64),
          plain({ ...first, rs1: POINTER }),
          plain({ ...second, rs1: POINTER }),
        ]
      }
      case 'loop': {
        const [top, counter] = [fresh(), COUNTER + depth]
        return [
          addi(counter, 0, statement.times),
          label(top),
          ...lower(statement.body, depth + 1, fresh),
          addi(counter, counter, -1),
          branch('bne', counter, 0, top),
        ]
      }
      case 'tangle': {
        const [counter, names, end] = [COUNTER + depth, statement.parts.map(fresh), fresh()]
        const parts = statement.parts.flatMap((part, i) => [
          label(names[i]!),
          ...lower(part, depth + 1, fresh),
        ])
        return [
          addi(counter, 0, 5),
          branch('bltu', statement.register, DATA, names.at(-1)!),
          ...parts,
          addi(counter, counter, -1),
          branch('bge', 0, counter, end),
          branch('bltu', statement.register, DATA, names[1]!),
          jal(0, names[0]!),
          label(end),
        ]
      }
      case 'if': {
        const end = fresh()
        return [
          branch('beq', statement.rs1, statement.rs2, end),
          ...lower(statement.body, depth, fresh),
          label(end),
        ]
      }
      case 'switch': {
        const [end, names] = [fresh(), statement.cases.map(fresh)]
        return [
          // Another case every time, as long as the register stays the same.
          addi(TURN, TURN, 4),
          plain({ kind: 'register', operation: 'add', rd: INDEX, rs1: TURN, rs2: statement.register }),
          plain({ kind: 'auipc', rd: POINTER, immediate: 0 }),
          plain({ kind: 'immediate', operation: 'and', rd: INDEX, rs1: INDEX, immediate: 12 }),
          plain({ kind: 'register', operation: 'add', rd: POINTER, rs1: POINTER, rs2: INDEX }),
          // To one of the four jumps that follow, the first one 16 bytes behind the AUIPC.
          plain({ kind: 'jalr', rd: 0, rs1: POINTER, immediate: 16 }),
          ...names.map((name) => jal(0, name)),
          ...statement.cases.flatMap((body, i) => [
            label(names[i]!),
            ...lower(body, depth, fresh),
            jal(0, end),
          ]),
          label(end),
        ]
      }
      case 'call':
        return [jal(RA, `f${statement.callee}`)]
      case 'callThrough':
        return [
          plain({ kind: 'auipc', rd: POINTER, immediate: 0 }),
          // The offset counts from the AUIPC, one instruction earlier.
          {
            kind: 'to',
            name: `f${statement.callee}`,
            at: (offset) => ({
              kind: 'immediate',
              operation: 'add',
              rd: POINTER,
              rs1: POINTER,
              immediate: offset + 4,
            }),
          },
          plain({ kind: 'jalr', rd: RA, rs1: POINTER, immediate: 0 }),
        ]
      default:
        return statement satisfies never
    }
  })

const functionLines = (index: number, body: readonly Statement[], fresh: () => string): Line[] => {
  // The counters of the loops, and the link.
  const saved = [RA, COUNTER, COUNTER + 1, COUNTER + 2]
  return [
    label(`f${index}`),
    addi(SP, SP, -16),
    ...saved.map((register, i) => store(register, SP, 4 * i)),
    ...lower(body, 0, fresh),
    ...saved.map((register, i) => load(register, SP, 4 * i)),
    addi(SP, SP, 16),
    plain({ kind: 'jalr', rd: 0, rs1: RA, immediate: 0 }),
  ]
}

const assemble = (lines: readonly Line[]): readonly number[] => {
  const labels = new Map<string, number>()
  let address = 0
  for (const line of lines) {
    if (line.kind === 'label') labels.set(line.name, address)
    else address += 4
  }
  const words: number[] = []
  for (const line of lines) {
    if (line.kind === 'plain') words.push(encode(line.instruction))
    if (line.kind === 'to') words.push(encode(line.at(labels.get(line.name)! - 4 * words.length)))
  }
  return words
}

const upper = (rd: number, immediate: number): Line => plain({ kind: 'lui', rd, immediate: immediate | 0 })

const li = (rd: number, value: number): Line[] => {
  const low = (value << 20) >> 20
  return [upper(rd, (value - low) & ~0xfff), addi(rd, rd, low)]
}

const programOf = (values: readonly number[], bodies: readonly (readonly Statement[])[]): VmRun => {
  let labels = 0
  const fresh = (): string => `l${labels++}`
  const lines = [
    ...li(SP, 0x0008_0000),
    ...li(DATA, DATA_BASE),
    ...FREE.slice(1).flatMap((register, i) => li(register, values[i]!)),
    label('again'),
    jal(RA, 'f0'),
    addi(10, 10, 1),
    branch('bne', 10, DATA, 'again'),
    addi(17, 0, 93),
    plain({ kind: 'ecall' }),
    ...bodies.flatMap((body, i) => functionLines(i, body, fresh)),
  ]
  const words = assemble(lines)
  const code = { base: CODE_BASE, height: codeHeightFor(words.length), words }
  return { code, entry: CODE_BASE, contents: [], stepLimit: STEP_LIMIT }
}

export const program: fc.Arbitrary<VmRun> = fc
  .tuple(
    fc.array(word, { minLength: FREE.length, maxLength: FREE.length }),
    fc.array(statements(2), { minLength: FUNCTIONS, maxLength: FUNCTIONS, size: 'max' }),
  )
  .map(([values, bodies]) => programOf(values, bodies))
