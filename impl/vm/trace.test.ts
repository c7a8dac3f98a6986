import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slotRoots, writeBytes } from '../../spec/commitments/memory.ts'
import type { Instruction } from '../../spec/machine/decode.ts'
import { encode } from '../../spec/machine/encode.ts'
import { step } from '../../spec/machine/execute.ts'
import { CODE_BASE, type Machine, startedMachine } from '../../spec/machine/machine.arbitrary.ts'
import {
  commitState,
  EXITED,
  isStable,
  type MachineState,
  type Processor,
  TRAPPED,
} from '../../spec/machine/state.ts'
import { stepWitness } from '../../spec/machine/witness.ts'
import { pageRoots } from '../keccak/treeRoot.ts'
import { type VmRun, VmTrace } from './trace.ts'

const STEP_LIMIT = 110

const runOf = ({ code, contents, state }: Machine): VmRun => ({
  code,
  contents,
  entry: state.pc,
  stepLimit: STEP_LIMIT,
})

/** All states of the specification's run, the start first, the stable one or the one at the limit last. */
const statesOf = ({ code, state }: Machine, changed = (_: number, s: MachineState) => s): MachineState[] => {
  const states = [state]
  while (states.length <= STEP_LIMIT && !isStable(states.at(-1)!)) {
    states.push(changed(states.length, step(code, states.at(-1)!)))
  }
  return states
}

const processorOf = ({ status, registers, pc }: Processor): Processor => ({ status, registers, pc })

/** A program of the given instructions, exiting at its end, with a step limit that it does not reach. */
const programOf = (...instructions: readonly Instruction[]): VmRun => {
  const exit: readonly Instruction[] = [
    { kind: 'immediate', operation: 'add', rd: 17, rs1: 0, immediate: 93 },
    { kind: 'ecall' },
  ]
  const words = [...instructions, ...exit].map(encode)
  return { code: { base: CODE_BASE, height: 4, words }, entry: CODE_BASE, contents: [], stepLimit: 1e9 }
}

const li = (rd: number, immediate: number): Instruction => ({
  kind: 'immediate',
  operation: 'add',
  rd,
  rs1: 0,
  immediate,
})

/** Stores the loop's counter to the word at x2, `count` times: four instructions a turn, after two. */
const countingLoop = (count: number): VmRun =>
  programOf(
    li(1, count),
    { kind: 'lui', rd: 2, immediate: 0x2000_0000 },
    { kind: 'store', operation: 'sw', rs1: 2, rs2: 1, immediate: 4 },
    { kind: 'load', operation: 'lw', rd: 3, rs1: 2, immediate: 4 },
    { kind: 'immediate', operation: 'add', rd: 1, rs1: 1, immediate: -1 },
    { kind: 'branch', operation: 'bne', rs1: 1, rs2: 0, immediate: -12 },
  )

describe('trace', () => {
  // Rationale: a party that computes one root otherwise than the specification loses disputes that it should win.
  test('VM-30 engine and spec agree on every root and witness of random runs, traps included', () => {
    let steps = 0
    const ends = new Set<number>()
    fc.assert(
      fc.property(startedMachine, (machine) => {
        const states = statesOf(machine)
        const trace = new VmTrace(runOf(machine))
        expect(trace.length).toBe(states.length - 1)
        for (const [n, state] of states.entries()) {
          // Every register is loaded by its first instructions; they are alike in all runs.
          if (n < 60) continue
          steps++
          expect(trace.rootAt(n)).toBe(commitState(state))
          expect(trace.stepWitness(n)).toEqual(stepWitness(machine.code, state))
        }
        ends.add(states.at(-1)!.status)
      }),
      { numRuns: 150 },
    )
    expect(steps).toBeGreaterThan(1000)
    expect(ends).toContain(TRAPPED)
  })

  // Rationale: a dispute jumps back and forth; the answer must not depend on what was asked before.
  test('VM-31 any question in any order has the answer of the spec run', () => {
    const asked = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 130 })), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(
        startedMachine,
        fc.integer({ min: 1, max: 40 }),
        asked,
        (machine, snapshotSteps, questions) => {
          const states = statesOf(machine)
          const trace = new VmTrace(runOf(machine), snapshotSteps)
          for (const [question, n] of questions) {
            const state = states[Math.min(n, states.length - 1)]!
            if (question === 0) expect(trace.rootAt(n)).toBe(commitState(state))
            else if (question === 1) expect(trace.stateAt(n)).toEqual(processorOf(state))
            else if (question === 2) expect(trace.slotRootsAt(n)).toEqual(slotRoots(state.memory))
            else if (question === 3) expect(trace.stepWitness(n)).toEqual(stepWitness(machine.code, state))
            else trace.lastStoreTo(0xe000_0040, 4)
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  // Rationale: the faults that simulated liars plant; only the planted bytes may be false, and what follows from them.
  test('VM-32 a patched trace is the spec run with the bytes changed once', () => {
    const edit = fc.record({
      address: fc.integer({ min: 0xe000_0030, max: 0xe000_0080 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    })
    fc.assert(
      fc.property(
        startedMachine,
        edit,
        fc.nat(),
        fc.integer({ min: 1, max: 40 }),
        (machine, patch, at, every) => {
          const trace = new VmTrace(runOf(machine), every)
          const n = 1 + (at % trace.length)
          const patched = trace.patched(n, patch)
          const states = statesOf(machine, (index, state) =>
            index === n ? { ...state, memory: writeBytes(state.memory, patch.address, patch.bytes) } : state,
          )
          expect(patched.length).toBe(states.length - 1)
          for (const index of [n, n - 1, n + 1, patched.length, 0, n, n + 7]) {
            const state = states[Math.min(index, states.length - 1)]!
            expect(patched.rootAt(index)).toBe(commitState(state))
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  test('VM-33 the last store to some bytes is found across snapshots, whether or not it changes them', () => {
    const run = countingLoop(50)
    for (const snapshotSteps of [3, 64, 1 << 18]) {
      const trace = new VmTrace(run, snapshotSteps)
      expect(trace.length).toBe(2 + 4 * 50 + 2)
      expect(trace.lastStoreTo(0x2000_0004, 4)).toBe(2 + 4 * 49)
      expect(trace.lastStoreTo(0x2000_0007, 1)).toBe(2 + 4 * 49)
      expect(trace.lastStoreTo(0x2000_0008, 4)).toBeUndefined()
      expect(trace.lastStoreTo(0x2000_0000, 4)).toBeUndefined()
      expect(trace.lastStoreTo(0x1fff_fff0, 64)).toBe(2 + 4 * 49)
      // Looking for a store runs the machine; what is asked next must not notice.
      const fresh = new VmTrace(run)
      for (const n of [100, trace.length]) {
        expect(trace.lastStoreTo(0x2000_0004, 4)).toBe(2 + 4 * 49)
        expect(trace.rootAt(n)).toBe(fresh.rootAt(n))
      }
    }
  })

  test('VM-34 a fault in an untouched word stays to the end', () => {
    const trace = new VmTrace(countingLoop(50), 16)
    const address = trace.untouchedWord()
    const patched = trace.patched(30, { address, bytes: Uint8Array.of(1) })
    expect(patched.rootAt(29)).toBe(trace.rootAt(29))
    for (const n of [30, 31, 100, trace.length]) {
      expect(patched.stateAt(n)).toEqual(trace.stateAt(n))
      expect(patched.rootAt(n)).not.toBe(trace.rootAt(n))
      expect(patched.bytesAt(n, address, 2)).toEqual(Uint8Array.of(1, 0))
    }
  })

  test('VM-35 a run ends at its step limit, stable or not, and beyond the end is the end', () => {
    const whole = new VmTrace(countingLoop(50))
    const cut = new VmTrace({ ...countingLoop(50), stepLimit: 77 }, 10)
    expect([cut.length, cut.stateAt(77).status]).toEqual([77, 0])
    expect(cut.rootAt(77)).toBe(whole.rootAt(77))
    expect(whole.stateAt(whole.length).status).toBe(EXITED)
    expect(whole.rootAt(whole.length + 5)).toBe(whole.rootAt(whole.length))
    expect(() => whole.patched(whole.length + 1, { address: 0, bytes: Uint8Array.of(1) })).toThrow(RangeError)
    expect(() => whole.patched(0, { address: 0, bytes: Uint8Array.of(1) })).toThrow(RangeError)
  })

  // Rationale: a model's largest weight would cost more to hash than its answer costs to compute; its file has the roots.
  test('VM-36 pages whose roots are known are not hashed, and every root and witness is the same', () => {
    const run = countingLoop(5)
    const bytes = Uint8Array.from({ length: 3 * 4096 - 100 }, (_, i) => (i * 5 + (i >> 8)) & 255)
    const weight = { address: 0x2000_0000, bytes }
    // Another part of the file's last page, and a page that is shared with other contents.
    const others = [
      { address: 0x2000_1ff0, bytes: new Uint8Array(8).fill(7) },
      { address: 0x4000_0000, bytes: new Uint8Array(9).fill(3) },
    ]
    const plain = new VmTrace({ ...run, contents: [weight, ...others] })
    const known = new VmTrace(
      { ...run, contents: [{ ...weight, pageRoots: pageRoots(bytes) }, ...others] },
      7,
    )
    for (const n of [0, 2, 3, 4, 9, plain.length, 3, 0]) {
      expect(known.rootAt(n)).toBe(plain.rootAt(n))
      expect(known.stepWitness(n)).toEqual(plain.stepWitness(n))
    }
    // They are taken as they are, but for pages that are written, or that others are in.
    const wrong = pageRoots(bytes).fill(1, 64)
    const trusted = new VmTrace({ ...run, contents: [{ ...weight, pageRoots: wrong }] })
    expect(trusted.rootAt(0)).not.toBe(new VmTrace({ ...run, contents: [weight] }).rootAt(0))
    const first = pageRoots(bytes).fill(1, 32, 64)
    const shared = new VmTrace({ ...run, contents: [{ ...weight, pageRoots: first }, ...others] })
    expect(shared.rootAt(0)).toBe(plain.rootAt(0))
  })
})
