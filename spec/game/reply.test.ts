import { describe, expect, test } from 'vitest'
import { parametersOf, setTable } from '../checks/properties/alphabetGame.ts'
import { concat, fromHex } from '../commitments/bytes.ts'
import { type Hash, keccak, type StateRoot } from '../commitments/hash.ts'
import { commitLetter, letterBytes } from '../tower/phases/alphabet.ts'
import { applyReply, type Reply, type Segment } from './reply.ts'

const ARITY = 3

/** Six steps, each a run of at most twenty below. */
const tower = () =>
  setTable({
    tower: { lengths: [6], lastLengths: [9], stepLimit: 20 },
    parameters: parametersOf(ARITY),
    seed: 7,
  })

const root = (name: number): StateRoot => keccak(new Uint8Array([name]))

/** One step of the top phase, from the run's start: what must be descended into. */
const single = () => {
  const { rules, trueRun } = tower()
  if (trueRun.kind !== 'upper') throw new Error('a tower of two phases')
  const [start, end] = trueRun.rootsAt([0, 1])
  const { below, witness } = trueRun.descend(0)
  const descent: Reply & { kind: 'Descend' } = {
    kind: 'Descend',
    length: below.length,
    roots: below.rootsAt([3, 6, 9]),
    witness,
  }
  const segment: Segment = { phase: 0, length: 1, start: start!, end: root(1), at: [4] }
  return { rules, segment, descent, below, trueEnd: end! }
}

describe('what a reply is refused for', () => {
  /** Rationale: what each kind of segment can be replied to with is the game's whole grammar; nothing else may pass. */
  test('REPLY-1 a segment of several steps is dissected, a single one descended into or arbitrated', () => {
    const { rules, segment, descent } = single()
    const refusal = (given: Segment, reply: Reply) => applyReply(rules, ARITY, given, reply)
    const dissection: Reply = { kind: 'Dissect', roots: [root(2)] }
    const arbitration: Reply = { kind: 'Arbitrate', witness: new Uint8Array() }
    expect(refusal(segment, dissection)).toEqual({
      ok: false,
      rejection: { reason: 'CannotDissect', details: { length: 1 } },
    })
    for (const [phase, length] of [
      [0, 2],
      [1, 1],
      [1, 2],
    ] as const)
      expect(refusal({ ...segment, phase, length }, descent)).toEqual({
        ok: false,
        rejection: { reason: 'CannotDescend', details: { phase, length } },
      })
    for (const [phase, length] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const)
      expect(refusal({ ...segment, phase, length }, arbitration)).toEqual({
        ok: false,
        rejection: { reason: 'CannotArbitrate', details: { phase, length } },
      })
  })

  test('REPLY-2 a dissection has as many roots as segments and an end of its own', () => {
    const { rules, segment } = single()
    for (const [length, expected] of [
      [2, 2],
      [3, 3],
      [5, 3],
    ] as const) {
      const long = { ...segment, length }
      const dissect = (roots: readonly StateRoot[]) =>
        applyReply(rules, ARITY, long, { kind: 'Dissect', roots })
      const roots = Array.from({ length: expected }, (_, i) => root(10 + i))
      expect(dissect(roots)).toEqual({
        ok: true,
        value: { kind: 'Continues', position: { phase: 0, length, roots: [long.start, ...roots], at: [4] } },
      })
      for (const wrong of [roots.slice(1), [...roots, root(9)], []])
        expect(dissect(wrong)).toEqual({
          ok: false,
          rejection: { reason: 'RootCountMismatch', details: { expected, given: wrong.length } },
        })
      expect(dissect([...roots.slice(0, -1), long.end])).toEqual({
        ok: false,
        rejection: { reason: 'SameEnd', details: { end: long.end } },
      })
    }
  })

  test('REPLY-3 a descent has as many roots as segments and leads to another end', () => {
    const { rules, segment, descent, below, trueEnd } = single()
    expect(applyReply(rules, ARITY, segment, descent)).toEqual({
      ok: true,
      value: {
        kind: 'Continues',
        position: {
          phase: 1,
          length: 9,
          roots: below.rootsAt([0, 3, 6, 9]),
          at: [4, 0],
        },
      },
    })
    expect(applyReply(rules, ARITY, segment, { ...descent, roots: [] })).toEqual({
      ok: false,
      rejection: { reason: 'RootCountMismatch', details: { expected: 1, given: 0 } },
    })
    for (const roots of [descent.roots.slice(1), [root(9), ...descent.roots]])
      expect(applyReply(rules, ARITY, segment, { ...descent, roots })).toEqual({
        ok: false,
        rejection: { reason: 'RootCountMismatch', details: { expected: 3, given: roots.length } },
      })
    expect(applyReply(rules, ARITY, { ...segment, end: trueEnd }, descent)).toEqual({
      ok: false,
      rejection: { reason: 'SameEnd', details: { end: trueEnd } },
    })
  })

  /** Rationale: the verdict is the chain's own; what the mover wishes for plays no part in it. */
  test('REPLY-4 an arbitration is won where the true end is not the opponent’s, and lost where it is', () => {
    const { rules } = tower()
    const letter = { count: 3, value: keccak(new Uint8Array([3])) }
    const after = commitLetter(1, { count: 2, value: keccak<Hash>(fromHex(letter.value)) })
    const segment: Segment = {
      phase: 1,
      length: 1,
      start: commitLetter(1, letter),
      end: root(1),
      at: [0, 0],
    }
    const arbitrate = (given: Segment, witness: Uint8Array) =>
      applyReply(rules, ARITY, given, { kind: 'Arbitrate', witness })
    const witness = letterBytes(letter)
    expect(arbitrate(segment, witness)).toEqual({ ok: true, value: { kind: 'Decided', moverWins: true } })
    expect(arbitrate({ ...segment, end: after }, witness)).toEqual({
      ok: true,
      value: { kind: 'Decided', moverWins: false },
    })
    expect(arbitrate(segment, concat(witness, new Uint8Array(1)))).toMatchObject({
      rejection: { reason: 'WitnessMalformed' },
    })
  })
})
