import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wordAt } from '../../spec/commitments/bytes.ts'
import type { Instruction } from '../../spec/machine/decode.ts'
import { encode } from '../../spec/machine/encode.ts'
import { arithmetic, word } from '../../spec/machine/machine.arbitrary.ts'
import { hasQemu, outputInQemu } from '../conformance/qemu.ts'
import { buildElf, codeSegment } from './buildElf.ts'
import { parseElf } from './elf.ts'
import { VmTrace } from './trace.ts'

/**
 * An outside oracle: the same instructions in qemu's user-mode emulator. The program under test runs in both; qemu's
 * goes on to store its registers and to write them to its output, a call that our machine does not have.
 */
const CODE_ADDRESS = 0x0001_0000
const DATA_ADDRESS = 0x0002_0000
/** Holds the data's address throughout; the registers beyond it are used to write the others out. */
const BASE = 29

const isMissing = !hasQemu()
if (isMissing)
  console.log('skipped: the comparison with qemu, since qemu-riscv32 (Debian: qemu-user) is not installed')

const li = (rd: number, value: number): Instruction[] => {
  const low = (value << 20) >> 20
  return [
    { kind: 'lui', rd, immediate: (value - low) & ~0xfff },
    { kind: 'immediate', operation: 'add', rd, rs1: rd, immediate: low },
  ]
}

const addi = (rd: number, immediate: number): Instruction => ({
  kind: 'immediate',
  operation: 'add',
  rd,
  rs1: 0,
  immediate,
})
const offset = fc.integer({ min: 64, max: 80 }).map((index) => 4 * index)
const register = fc.integer({ min: 0, max: BASE - 1 })
const byteOffset = fc.integer({ min: 256, max: 320 })

const body: fc.Arbitrary<Instruction> = fc.oneof(
  {
    weight: 3,
    arbitrary: arithmetic.filter((instruction) => !('rd' in instruction) || instruction.rd < BASE),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      operation: fc.constant('sw' as const),
      rs1: fc.constant(BASE),
      rs2: register,
      immediate: offset,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      operation: fc.constant('sb' as const),
      rs1: fc.constant(BASE),
      rs2: register,
      immediate: byteOffset,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('load' as const),
      operation: fc.constantFrom('lb' as const, 'lbu' as const),
      rd: register,
      rs1: fc.constant(BASE),
      immediate: byteOffset,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('load' as const),
      operation: fc.constantFrom('lw' as const, 'lh' as const, 'lhu' as const),
      rd: register,
      rs1: fc.constant(BASE),
      immediate: offset,
    }),
  },
)

describe('qemu', () => {
  test.skipIf(isMissing)('VM-44 registers after random straight-line programs are those of qemu', () => {
    const programs = fc.tuple(
      fc.array(word, { minLength: 28, maxLength: 28 }),
      fc.array(body, { minLength: 400, maxLength: 400 }),
    )
    for (const [values, instructions] of fc.sample(programs, 10)) {
      const tested = [
        ...values.flatMap((value, i) => li(i + 1, value)),
        ...li(BASE, DATA_ADDRESS),
        ...instructions,
      ]
      const dump: Instruction[] = [
        ...Array.from(
          { length: BASE },
          (_, rs2): Instruction => ({ kind: 'store', operation: 'sw', rs1: BASE, rs2, immediate: 4 * rs2 }),
        ),
        addi(10, 1),
        { kind: 'immediate', operation: 'add', rd: 11, rs1: BASE, immediate: 0 },
        addi(12, 4 * BASE),
        addi(17, 64),
        { kind: 'ecall' },
        addi(10, 0),
        addi(17, 93),
        { kind: 'ecall' },
      ]
      const file = buildElf(CODE_ADDRESS, [
        codeSegment(CODE_ADDRESS, [...tested, ...dump].map(encode)),
        { address: DATA_ADDRESS, bytes: new Uint8Array(4096), flags: 6 },
      ])
      const written = outputInQemu(file)
      expect(written.length).toBe(4 * BASE)

      const { code, segments, program } = parseElf(file)
      const trace = new VmTrace({ code, contents: segments, entry: program.entry, stepLimit: tested.length })
      const { registers } = trace.stateAt(tested.length)
      expect(registers.slice(0, BASE)).toEqual(Array.from({ length: BASE }, (_, i) => wordAt(written, 4 * i)))
    }
  })
})
