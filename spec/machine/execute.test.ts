import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_MEMORY, type Memory, memoryRoot, readBytes, writeBytes } from '../commitments/memory.ts'
import type { AluOperation, Instruction, LoadOperation } from './decode.ts'
import { encode } from './encode.ts'
import { compute, run, step } from './execute.ts'
import { CODE_BASE, DATA_BASE, machine } from './machine.arbitrary.ts'
import { commitState, EXITED, isStable, type MachineState, RUNNING, TRAPPED } from './state.ts'

const memory = (): Memory =>
  writeBytes(
    writeBytes(EMPTY_MEMORY, DATA_BASE, Uint8Array.of(0x80, 0x81, 0x7f, 0xff, 5, 6, 7, 8)),
    0,
    Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd),
  )

/** Executes one instruction at `CODE_BASE` (or `at`) with the given registers. */
const execute = (
  instruction: Instruction | number,
  registers: Readonly<Record<number, number>> = {},
  at = CODE_BASE,
): MachineState => {
  const word = typeof instruction === 'number' ? instruction : encode(instruction)
  const code = { base: at & ~31, height: 0, words: Array.from({ length: 8 }, () => word) }
  const values = Array.from({ length: 32 }, (_, i) => registers[i] ?? 0)
  return step(code, { memory: memory(), status: RUNNING, registers: values, pc: at })
}

const load = (operation: LoadOperation, immediate: number): Instruction => ({
  kind: 'load',
  operation,
  rd: 1,
  rs1: 2,
  immediate,
})

describe('machine', () => {
  // Rationale: the edges of two's complement, of shifts and of division are where implementations differ.
  test.each([
    ['add wraps', 'add', 0xffff_ffff, 1, 0],
    ['sub wraps', 'sub', 0, 1, 0xffff_ffff],
    ['sll takes the low five bits', 'sll', 1, 33, 2],
    ['sll by 31', 'sll', 3, 31, 0x8000_0000],
    ['srl by 0 keeps the sign bit', 'srl', 0x8000_0000, 0, 0x8000_0000],
    ['srl by 31', 'srl', 0x8000_0000, 31, 1],
    ['srl takes the low five bits', 'srl', 0x8000_0000, 0xffff_ffff, 1],
    ['sra fills with the sign', 'sra', 0x8000_0000, 31, 0xffff_ffff],
    ['sra takes the low five bits', 'sra', 0x8000_0000, 32, 0x8000_0000],
    ['slt is signed', 'slt', 0x8000_0000, 0x7fff_ffff, 1],
    ['sltu is unsigned', 'sltu', 0x8000_0000, 0x7fff_ffff, 0],
    ['slt of equals', 'slt', 5, 5, 0],
    ['sltu of a smaller one', 'sltu', 4, 0x8000_0000, 1],
    ['sltu of equals', 'sltu', 5, 5, 0],
    ['xor', 'xor', 0xf0f0_ff00, 0xff00_0ff0, 0x0ff0_f0f0],
    ['or', 'or', 0xf0f0_ff00, 0xff00_0ff0, 0xfff0_fff0],
    ['and', 'and', 0xf0f0_ff00, 0xff00_0ff0, 0xf000_0f00],
    ['mul keeps the low half', 'mul', 0xffff_ffff, 0xffff_ffff, 1],
    ['mul of large odd numbers', 'mul', 0x1234_5679, 0x8765_4321, 0xf81d_d099],
    ['mulh of -1 and -1', 'mulh', 0xffff_ffff, 0xffff_ffff, 0],
    ['mulh of the least number squared', 'mulh', 0x8000_0000, 0x8000_0000, 0x4000_0000],
    ['mulhsu of -1 and the greatest', 'mulhsu', 0xffff_ffff, 0xffff_ffff, 0xffff_ffff],
    ['mulhu of the greatest squared', 'mulhu', 0xffff_ffff, 0xffff_ffff, 0xffff_fffe],
    ['div rounds toward zero', 'div', 0xffff_fff9, 2, 0xffff_fffd],
    ['div by zero', 'div', 7, 0, 0xffff_ffff],
    ['div overflow', 'div', 0x8000_0000, 0xffff_ffff, 0x8000_0000],
    ['divu by zero', 'divu', 7, 0, 0xffff_ffff],
    ['divu of the greatest', 'divu', 0xffff_ffff, 2, 0x7fff_ffff],
    ['rem has the sign of the dividend', 'rem', 0xffff_fff9, 2, 0xffff_ffff],
    ['rem by zero', 'rem', 0x8000_0000, 0, 0x8000_0000],
    ['rem overflow', 'rem', 0x8000_0000, 0xffff_ffff, 0],
    ['remu by zero', 'remu', 7, 0, 7],
    ['remu of the greatest', 'remu', 0xffff_ffff, 10, 5],
  ] as const)('VM-5 %s', (_, operation, a, b, expected) => {
    expect(compute(operation, a, b)).toBe(expected)
    const after = execute({ kind: 'register', operation, rd: 3, rs1: 1, rs2: 2 }, { 1: a, 2: b })
    expect(after.registers[3]).toBe(expected)
    expect(after.pc).toBe(CODE_BASE + 4)
  })

  // Rationale: a load narrower than a word extends its sign or zeros, from the byte that the address names.
  test.each([
    ['lb extends the sign', load('lb', 0), 0xffff_ff80],
    ['lb of a positive byte', load('lb', 2), 0x7f],
    ['lbu does not', load('lbu', 1), 0x81],
    ['lh extends the sign', load('lh', 2), 0xffff_ff7f],
    ['lhu does not', load('lhu', 2), 0xff7f],
    ['lw is little-endian', load('lw', 4), 0x0807_0605],
    ['lw of absent memory is zero', load('lw', 1024), 0],
  ] as const)('VM-6 %s', (_, instruction, expected) => {
    expect(execute(instruction, { 2: DATA_BASE }).registers[1]).toBe(expected)
  })

  // Rationale: whoever takes a branch at equality that another does not, or compares signs where there are none, is
  // in another program from there on.
  test.each([
    ['beq', [false, true, false, false, false]],
    ['bne', [true, false, true, true, true]],
    ['blt', [true, false, false, true, false]],
    ['bge', [false, true, true, false, true]],
    ['bltu', [true, false, false, false, true]],
    ['bgeu', [false, true, true, true, false]],
  ] as const)('VM-63 %s is taken where it says, forwards and backwards', (operation, taken) => {
    const pairs = [
      [1, 2],
      [2, 2],
      [2, 1],
      [0x8000_0000, 1],
      [1, 0x8000_0000],
    ] as const
    for (const immediate of [8, -12]) {
      const branch = { kind: 'branch', operation, rs1: 5, rs2: 6, immediate } as const
      const targets = pairs.map(([a, b]) => execute(branch, { 5: a, 6: b }).pc - CODE_BASE)
      expect(targets).toEqual(taken.map((isTaken) => (isTaken ? immediate : 4)))
    }
  })

  test('VM-64 an operation with an immediate takes it with its sign, and LUI takes nothing else', () => {
    const immediate = (operation: AluOperation, value: number) =>
      execute({ kind: 'immediate', operation, rd: 1, rs1: 2, immediate: value }, { 2: 0x0f }).registers[1]
    expect(immediate('add', -16)).toBe(0xffff_ffff)
    expect(immediate('xor', -1)).toBe(0xffff_fff0)
    expect(immediate('sltu', -1)).toBe(1)
    expect(immediate('slt', -1)).toBe(0)
    expect(immediate('sll', 4)).toBe(0xf0)
    expect(execute({ kind: 'lui', rd: 1, immediate: 0x5000 }).registers[1]).toBe(0x5000)
    expect(execute({ kind: 'auipc', rd: 1, immediate: 0x5000 }).registers[1]).toBe(CODE_BASE + 0x5000)
  })

  /** Rationale: a run is cut off at the step limit; one step more or less is another state. */
  test('VM-65 a run of so many steps is so many steps, and a stable machine is left as it is', () => {
    const increment = encode({ kind: 'immediate', operation: 'add', rd: 1, rs1: 1, immediate: 1 })
    const words = [...Array.from({ length: 7 }, () => increment), encode({ kind: 'ebreak' })]
    const code = { base: CODE_BASE, height: 0, words }
    const start: MachineState = { ...execute({ kind: 'fence' }), pc: CODE_BASE }
    for (const steps of [0, 1, 3, 7]) {
      const after = run(code, start, steps)
      expect([after.registers[1], after.status]).toEqual([steps, RUNNING])
    }
    const trapped = run(code, start, 8)
    expect([trapped.registers[1], trapped.status]).toEqual([7, TRAPPED])
    expect(run(code, start, 100)).toEqual(trapped)
    expect(run(code, trapped, 100)).toBe(trapped)
  })

  test('VM-7 addresses wrap at 2^32', () => {
    expect(execute(load('lw', 4), { 2: 0xffff_fffc }).registers[1]).toBe(0xddcc_bbaa)
    expect(execute(load('lw', -4), { 2: 4 }).registers[1]).toBe(0xddcc_bbaa)
    const last = execute(
      { kind: 'immediate', operation: 'add', rd: 1, rs1: 1, immediate: 1 },
      {},
      0xffff_fffc,
    )
    expect(last.pc).toBe(0)
    expect(execute({ kind: 'jal', rd: 1, immediate: 8 }, {}, 0xffff_fffc).pc).toBe(4)
    expect(execute({ kind: 'auipc', rd: 1, immediate: 0x1000 }, {}, 0xffff_fffc).registers[1]).toBe(0xffc)
  })

  test('VM-8 a store writes its own bytes only', () => {
    const store = (operation: 'sb' | 'sh' | 'sw', immediate: number): Uint8Array =>
      readBytes(
        execute({ kind: 'store', operation, rs1: 2, rs2: 3, immediate }, { 2: DATA_BASE, 3: 0x1122_3344 })
          .memory,
        DATA_BASE,
        8,
      )
    expect(store('sb', 3)).toEqual(Uint8Array.of(0x80, 0x81, 0x7f, 0x44, 5, 6, 7, 8))
    expect(store('sh', 2)).toEqual(Uint8Array.of(0x80, 0x81, 0x44, 0x33, 5, 6, 7, 8))
    expect(store('sw', 4)).toEqual(Uint8Array.of(0x80, 0x81, 0x7f, 0xff, 0x44, 0x33, 0x22, 0x11))
  })

  test('VM-9 x0 stays zero', () => {
    for (const instruction of [
      { kind: 'immediate', operation: 'add', rd: 0, rs1: 0, immediate: 5 },
      { kind: 'lui', rd: 0, immediate: 0x1000 },
      { kind: 'jal', rd: 0, immediate: 8 },
      { ...load('lw', 4), rd: 0 },
    ] as const) {
      const after = execute(instruction as Instruction, { 2: DATA_BASE })
      expect(after.registers[0]).toBe(0)
      expect(after.status).toBe(RUNNING)
    }
  })

  test('VM-10 JALR clears bit 0, reads rs1 before it writes rd, and links', () => {
    const after = execute({ kind: 'jalr', rd: 5, rs1: 5, immediate: 1 }, { 5: CODE_BASE + 8 })
    expect([after.pc, after.registers[5], after.status]).toEqual([CODE_BASE + 8, CODE_BASE + 4, RUNNING])
  })

  // Rationale: a trap changes the status and nothing else, whatever the instruction would have written.
  test.each<[string, Instruction | number, number?]>([
    ['JAL to a misaligned target writes no rd', { kind: 'jal', rd: 1, immediate: 6 }],
    ['JALR to a misaligned target writes no rd', { kind: 'jalr', rd: 1, rs1: 2, immediate: 2 }],
    [
      'a taken branch to a misaligned target',
      { kind: 'branch', operation: 'beq', rs1: 2, rs2: 2, immediate: 6 },
    ],
    ['a misaligned lw', load('lw', 2)],
    ['a misaligned lh', load('lh', 1)],
    ['a misaligned lhu', load('lhu', 3)],
    ['a misaligned sw', { kind: 'store', operation: 'sw', rs1: 2, rs2: 3, immediate: 1 }],
    ['a misaligned sh', { kind: 'store', operation: 'sh', rs1: 2, rs2: 3, immediate: 1 }],
    ['EBREAK', { kind: 'ebreak' }],
    ['ECALL with another a7', { kind: 'ecall' }],
    ['an illegal word', 0xffff_ffff],
    ['a misaligned pc', { kind: 'fence' }, CODE_BASE + 2],
  ])('VM-11 %s traps and changes nothing but the status', (_, instruction, at = CODE_BASE) => {
    const after = execute(instruction, { 1: 77, 2: DATA_BASE, 3: 88 }, at)
    expect(after.status).toBe(TRAPPED)
    expect(after.pc).toBe(at)
    expect(after.registers.slice(0, 4)).toEqual([0, 77, DATA_BASE, 88])
    expect(memoryRoot(after.memory)).toBe(memoryRoot(memory()))
  })

  test('VM-12 a branch that is not taken ignores its misaligned target', () => {
    const after = execute({ kind: 'branch', operation: 'bne', rs1: 2, rs2: 2, immediate: 6 })
    expect([after.status, after.pc]).toEqual([RUNNING, CODE_BASE + 4])
  })

  test('VM-13 a jump out of the code is a step, the fetch there traps', () => {
    const code = { base: CODE_BASE, height: 0, words: [encode({ kind: 'jal', rd: 1, immediate: 32 })] }
    const start: MachineState = execute({ kind: 'fence' })
    const jumped = step(code, { ...start, pc: CODE_BASE })
    expect([jumped.status, jumped.pc, jumped.registers[1]]).toEqual([RUNNING, CODE_BASE + 32, CODE_BASE + 4])
    expect(step(code, jumped)).toEqual({ ...jumped, status: TRAPPED })
    // An absent word inside the tree is zero, which is illegal.
    expect(step(code, { ...jumped, pc: CODE_BASE + 4 }).status).toBe(TRAPPED)
  })

  test('VM-14 ECALL 93 exits and changes nothing but the status', () => {
    const after = execute({ kind: 'ecall' }, { 10: 0x8000_0001, 17: 93 })
    expect([after.status, after.pc, after.registers[10]]).toEqual([EXITED, CODE_BASE, 0x8000_0001])
  })

  // Rationale: runs of any length at least the true one must end in the same state, or a dispute's end is not unique.
  test('VM-15 a stable machine steps to itself, whatever its status byte', () => {
    fc.assert(
      fc.property(machine, fc.integer({ min: 1, max: 255 }), ({ code, state }, status) => {
        const stable = { ...state, status }
        expect(isStable(stable)).toBe(true)
        expect(commitState(step(code, stable))).toBe(commitState(stable))
      }),
    )
  })

  test('VM-16 every machine steps, and registers, pc and status stay in range', () => {
    fc.assert(
      fc.property(machine, ({ code, state }) => {
        const after = run(code, state, 40)
        for (const value of [...after.registers, after.pc]) expect(value).toBe(value >>> 0)
        expect(after.registers[0]).toBe(0)
        expect([RUNNING, EXITED, TRAPPED]).toContain(after.status)
        expect(memoryRoot(after.memory)).toHaveLength(66)
      }),
    )
  })
})
