import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  instances,
  liePath,
  moveBound,
  parametersOf,
  playTask,
  START,
  serverOf,
  serverPlayer,
  setTable,
  verifierOf,
  verifierPlayer,
} from '../checks/properties/alphabetGame.ts'
import { BLOCK_SECONDS, type Player } from '../checks/properties/play.ts'
import { initialSeconds, type Seconds } from '../game/clocks.ts'
import { type TimingFault, timed } from './adversaries.ts'

const lies = fc.array(fc.nat(), { minLength: 3, maxLength: 3 })

const late = ({ address, act }: Player, fault: TimingFault): Player => ({ address, ...timed(act, fault) })

/** One party is right and the other lies; whoever is right has a fault of timing. */
const playLate = (
  instance: Parameters<typeof setTable>[0],
  path: readonly number[],
  right: 'server' | 'verifier',
  faultOf: (seconds: Seconds, moves: number) => TimingFault,
) => {
  const table = setTable(instance)
  const lie = liePath(table, path)
  const seconds = initialSeconds(instance.parameters, table.rules.phases.length)
  const fault = faultOf(seconds, Math.ceil(moveBound(instance) / 2))
  const [server, verifier] =
    right === 'server'
      ? [late(serverPlayer(serverOf(table)), fault), verifierPlayer(verifierOf(table, lie))]
      : [serverPlayer(serverOf(table, lie)), late(verifierPlayer(verifierOf(table)), fault)]
  const state = playTask(table, server, verifier)
  return { claim: [...state.claims.values()][0]!, disputes: [...state.disputes.values()] }
}

const rights = fc.constantFrom('server' as const, 'verifier' as const)

describe('faults of timing', () => {
  /** Rationale: a clock is for the whole dispute; whoever is slow in every move, and in time with all, must win. */
  test('TIMING-1 who is right and waits with every move, but not beyond its clock, wins', () => {
    fc.assert(
      fc.property(instances, lies, rights, (instance, path, right) => {
        const { claim, disputes } = playLate(instance, path, right, (seconds, moves) => ({
          delaySeconds: Math.floor(seconds / moves) - BLOCK_SECONDS,
        }))
        expect(claim.kind).toBe(right === 'server' ? 'Final' : 'Refuted')
        for (const dispute of disputes)
          expect(dispute).toMatchObject({ winner: right === 'server' ? 'asserter' : 'challenger' })
      }),
      { numRuns: 40 },
    )
  })

  /** Rationale: the assumption that the honest move within their clocks is one; where it fails, so must they. */
  test('TIMING-2 a server that is right and waits longer than its clock is refuted, by timeout', () => {
    fc.assert(
      fc.property(instances, lies, (instance, path) => {
        const { claim, disputes } = playLate(instance, path, 'server', (seconds) => ({
          delaySeconds: seconds + 1,
        }))
        // A liar may have opened with a move that decides; then nobody's clock has run.
        const byTimeout = disputes.some((dispute) => dispute.kind === 'Decided' && dispute.by === 'timeout')
        expect(claim.kind).toBe(byTimeout ? 'Refuted' : 'Final')
        expect(byTimeout || disputes.every(({ moves }) => moves === 1)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('TIMING-3 a verifier that opens later than the window lets a false claim stand', () => {
    fc.assert(
      fc.property(instances, lies, (instance, path) => {
        const { windowSeconds } = instance.parameters
        const { claim, disputes } = playLate(instance, path, 'verifier', () => ({
          delaySeconds: windowSeconds + 1,
        }))
        expect([claim.kind, disputes]).toEqual(['Final', []])
      }),
      { numRuns: 20 },
    )
  })

  test('TIMING-4 a party that falls silent says nothing more, however long the others wait', () => {
    fc.assert(
      fc.property(instances, lies, (instance, path) => {
        const { claim, disputes } = playLate(instance, path, 'verifier', () => ({ silentFrom: START }))
        expect([claim.kind, disputes]).toEqual(['Final', []])
      }),
      { numRuns: 20 },
    )
  })

  test('TIMING-5 silence begins in its very second, and not before', () => {
    const { state } = setTable({
      tower: { lengths: [], lastLengths: [2], stepLimit: 2 },
      parameters: parametersOf(2),
      seed: 1,
    })
    const wanted = { call: { kind: 'Withdraw' }, valueWei: 0n } as const
    const { act, wakesAt } = timed(() => wanted, { silentFrom: START })
    expect([START - 1, START, START + 1].map((now) => act({ state, now }))).toEqual([
      wanted,
      undefined,
      undefined,
    ])
    expect([START - 1, START].map((now) => wakesAt({ state, now }))).toEqual([START - 1, undefined])
  })
})
