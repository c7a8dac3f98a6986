import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigEndian } from '../../commitments/bytes.ts'
import { type Id, keccak, type StateRoot } from '../../commitments/hash.ts'
import { honestCalls } from '../../game/bounds.ts'
import { deadline } from '../../game/clocks.ts'
import { openSegment } from '../../game/position.ts'
import { DESCRIPTOR_BYTES, OPERAND_COUNT } from '../../graph/descriptor.ts'
import { decode } from '../../machine/decode.ts'
import { encode } from '../../machine/encode.ts'
import { MAX_CODE_HEIGHT } from '../../machine/program.ts'
import { STATE_BYTES } from '../../machine/state.ts'
import { VM_MODEL, VM_STOREY, vmStart } from '../../published/vectors/smallModel.ts'
import type { Applied } from '../../service/applied.ts'
import { applyCall } from '../../service/apply.ts'
import type { Call, Context } from '../../service/calls.ts'
import { CALL_TABLE } from '../../service/callTable.ts'
import { stateHash } from '../../service/stateHash.ts'
import { type Address, claimId, type Dispute, disputeId, taskId } from '../../service/task.ts'
import { MAX_ARITY } from '../../setting/parameters.ts'
import { TEST } from '../../setting/presets.ts'
import { settingOf } from '../../setting/setting.ts'
import { honestReply } from '../../strategies/honest.ts'
import { requesterActs } from '../../strategies/parties.ts'
import { descriptorLevels } from '../../tower/phases/nodeOpening.ts'
import { towerRules } from '../../tower/towerRules.ts'
import {
  type Instance,
  instances,
  liePath,
  moveBound,
  OUTSIDER,
  playTask,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  serverPlayer,
  setTable,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from './alphabetGame.ts'
import { accepted, at, refused } from './attempt.ts'
import { disputeFault } from './invariants.ts'
import { type Player, play, type Step } from './play.ts'
import { tally } from './tally.ts'

/**
 * What has gone wrong elsewhere, in dispute games that were published, deployed or audited: for each incident the
 * property that excludes it here. What concerns contracts and nodes is tested there too.
 */
const FAR = 2 ** 39

const lies = fc.array(fc.nat(), { minLength: 3, maxLength: 3 })

/** A whole task with a false claim, or a true one and a challenger that lies. */
const stepsOf = (instance: Instance, path: readonly number[], liar: 'server' | 'verifier') => {
  const table = setTable(instance)
  const lie = liePath(table, path)
  const steps: Step[] = []
  const end = playTask(
    table,
    serverPlayer(serverOf(table, liar === 'server' ? lie : undefined)),
    verifierPlayer(verifierOf(table, liar === 'verifier' ? lie : undefined)),
    (step) => steps.push(step),
  )
  return { table, steps, end }
}

/** What random games are played with, without seals and attention: claims are open. */
const { seals: _, attention: __, ...OPEN } = TEST.parameters

const games = fc
  .record({ instance: instances, path: lies, liar: fc.constantFrom('server' as const, 'verifier' as const) })
  .map(({ instance, path, liar }) => stepsOf(instance, path, liar))

const moveOf = ({ intent }: Step): (Call & { kind: 'Move' }) | undefined =>
  intent.call.kind === 'Move' ? intent.call : undefined

describe('incidents', () => {
  test('INCIDENT-1 a descent is the mover’s own, from the agreed pre-state, to an end that its witness shows', () => {
    fc.assert(
      fc.property(games, ({ steps }) => {
        for (const step of steps) {
          const call = moveOf(step)
          if (call?.reply.kind !== 'Descend') continue
          const { before, context } = step
          expect(refused(before, call, { ...context, sender: OUTSIDER })).toBe('NotYourTurn')
          const { reply } = call
          const chosen = keccak<StateRoot>(Uint8Array.of(7))
          const otherEnd = { ...reply, roots: [...reply.roots.slice(0, -1), chosen] }
          expect(refused(before, { ...call, reply: otherEnd }, context)).toBe('EndMismatch')
          const witness = Uint8Array.from(reply.witness, (byte, i) => (i === 9 ? byte ^ 1 : byte))
          expect(refused(before, { ...call, reply: { ...reply, witness } }, context)).toBe('PreStateMismatch')
        }
      }),
      { numRuns: 15 },
    )
  })

  test('INCIDENT-2 an output is compared, only a server uploads its own, and nothing leaves before it is settled', () => {
    fc.assert(
      fc.property(games, ({ table, steps, end }) => {
        const { before, context, intent } = steps.find((step) => step.intent.call.kind === 'Claim')!
        const { call } = intent
        if (call.kind !== 'Claim') throw new Error('no claim')
        const output = Uint8Array.from(call.output, (byte) => byte ^ 1)
        expect(refused(before, { ...call, output }, context)).toBe('OutputMismatch')
        // Whoever sends it, it is that account's claim and that account's bond.
        const other = accepted(before, call, { ...context, sender: OUTSIDER })
        expect(other.state.claims.get(other.id!)!.claim.server).toBe(OUTSIDER)
        for (const [claim, { kind }] of end.claims) {
          expect(['Final', 'Refuted']).toContain(kind)
          expect(refused(end, { kind: 'Finalize', claimId: claim }, at(SERVER, FAR))).toBe('ClaimNotOpen')
        }
        expect(refused(end, { kind: 'Expire', taskId: table.task }, at(REQUESTER, FAR))).toBe('TaskNotOpen')
      }),
      { numRuns: 12 },
    )
  })

  test('INCIDENT-2 a server whose claim is disputed has nothing to withdraw', () => {
    fc.assert(
      fc.property(games, ({ steps }) => {
        for (const { before } of steps) {
          const pending = [...before.claims.values()].some(
            ({ kind, claim }) => kind === 'Pending' && claim.server === SERVER,
          )
          const hasWon = [...before.disputes.values()].some((dispute) => dispute.kind === 'Decided')
          if (pending && !hasWon)
            expect(refused(before, { kind: 'Withdraw' }, at(SERVER, FAR))).toBe('NothingToWithdraw')
        }
      }),
      { numRuns: 12 },
    )
  })

  test('INCIDENT-3 after a reorganisation a move, an opening and a claim find what they reply to, or are refused', () => {
    fc.assert(
      fc.property(instances, lies, lies, (instance, one, other) => {
        const [here, there] = [stepsOf(instance, one, 'server'), stepsOf(instance, other, 'server')]
        // Every state of the other branch, and every call of this one.
        for (const { before } of there.steps)
          for (const { intent, context } of here.steps) {
            const { call } = intent
            const result = applyCall(before, call, context)
            if (!result.ok) continue
            if (call.kind === 'Move') {
              const dispute = before.disputes.get(call.disputeId)!
              if (dispute.kind !== 'Running') throw new Error('a move in a dispute that is over')
              expect(openSegment(dispute.position, call.opening.segment)).toEqual(call.opening)
            }
            if (call.kind === 'Open') expect(before.claims.get(call.claimId)).toBeDefined()
            if (call.kind === 'Claim') expect(before.tasks.get(call.taskId)).toBeDefined()
          }
      }),
      { numRuns: 10 },
    )
  })

  test('INCIDENT-4 no number is narrowed, no two things share an id, and who pays is who is named', () => {
    const table = setTable({
      tower: { lengths: [], lastLengths: [4], stepLimit: 4 },
      parameters: OPEN,
      seed: 1,
    })
    const { request } = table.requester
    const asked = (change: Partial<typeof request>) =>
      refused(table.state, { ...request, ...change }, at(REQUESTER, START, 1n))
    expect(asked({})).toBe('accepted')
    for (const beyond of [2 ** 40, Number.MAX_SAFE_INTEGER, 2 ** 256 - 1, Number.NaN, -1, 1.5])
      expect(asked({ deadline: beyond })).toBe('CallMalformed')
    for (const beyond of [2 ** 48, 2 ** 53, 2 ** 64, Number.NaN, -1, 1.5])
      expect(asked({ nonce: beyond })).toBe('CallMalformed')
    expect(refused(table.state, request, at(REQUESTER, 2 ** 40, 1n))).toBe('CallMalformed')
    const [root, id] = [keccak<StateRoot>(Uint8Array.of(1)), keccak<Id>(Uint8Array.of(2))]
    const task = {
      requester: REQUESTER,
      nonce: 1,
      modelId: id,
      inputRoot: root as never,
      iterations: 1,
      attentionWei: 1n,
      feeWei: 1n,
      deadline: 1,
    }
    const claim = {
      taskId: id,
      modelId: id,
      server: SERVER,
      nonce: 1,
      length: 1,
      startRoot: root,
      endRoot: root,
      outputRoot: root as never,
    }
    const dispute: Dispute = { claimId: id, asserter: SERVER, challenger: SERVER, nonce: 1 }
    const other = keccak<Id>(Uint8Array.of(3))
    const changed = <Thing extends object>(thing: Thing, of: (thing: Thing) => Id) =>
      Object.keys(thing).map((field) => {
        const value = (thing as Record<string, unknown>)[field]
        const next =
          typeof value === 'number'
            ? value + 1
            : typeof value === 'bigint'
              ? value + 1n
              : String(value).length === 42
                ? OUTSIDER
                : other
        return of({ ...thing, [field]: next })
      })
    const ids = [
      taskId(task),
      ...changed(task, taskId),
      claimId(claim),
      ...changed(claim, claimId),
      disputeId(dispute),
      ...changed(dispute, disputeId),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('INCIDENT-5 towers of single steps, and a single step in any phase, end like all others', () => {
    const towers = [
      { lengths: [], lastLengths: [1], stepLimit: 1 },
      { lengths: [1], lastLengths: [1], stepLimit: 1 },
      { lengths: [1, 1, 1], lastLengths: [1], stepLimit: 1 },
      { lengths: [3, 1], lastLengths: [2], stepLimit: 2 },
      { lengths: [1, 3], lastLengths: [1], stepLimit: 5 },
    ]
    for (const tower of towers)
      for (const liar of ['server', 'verifier'] as const) {
        const { end } = stepsOf({ tower, parameters: OPEN, seed: 3 }, [0, 0, 0, 0], liar)
        expect([...end.claims.values()].map(({ kind }) => kind)).toEqual([
          liar === 'server' ? 'Refuted' : 'Final',
        ])
      }
    const empty = { ...VM_MODEL, nodeCount: 0 }
    const table = setTable({ tower: towers[0]!, parameters: OPEN, seed: 1 })
    expect(refused(table.state, { kind: 'RegisterModel', model: empty }, at(OUTSIDER, START))).toBe(
      'ProgramUnknown',
    )
  })

  test('INCIDENT-6 once a payout is decided no call says otherwise', () => {
    fc.assert(
      fc.property(games, ({ steps, end }) => {
        const again = steps.map(({ intent, context }) => ({ ...intent, ...context, now: FAR }))
        for (const { call, sender, valueWei, now } of again) {
          const result = applyCall(end, call, { sender, valueWei, now })
          expect([call.kind, result.ok]).toEqual([call.kind, false])
        }
      }),
      { numRuns: 15 },
    )
  })

  test('INCIDENT-7 a verdict follows from state and call alone: the same twice, whatever was tried between', () => {
    fc.assert(
      fc.property(games, fc.nat(), ({ steps }, seed) => {
        const [a, b] = [steps[seed % steps.length]!, steps[(7 * seed + 1) % steps.length]!]
        const once = applyCall(a.before, a.intent.call, a.context)
        applyCall(a.before, b.intent.call, b.context)
        const twice = applyCall(a.before, a.intent.call, a.context)
        expect(once.ok && twice.ok && stateHash(once.value.state) === stateHash(twice.value.state)).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  test('INCIDENT-8 ties: the first difference is replied to, and the last second is in time', () => {
    fc.assert(
      fc.property(games, ({ table, steps, end }) => {
        const isFalse = [...end.claims.values()][0]!.kind === 'Refuted'
        for (const step of steps) {
          const call = moveOf(step)
          const dispute = call && step.before.disputes.get(call.disputeId)
          if (call === undefined || dispute?.kind !== 'Running') continue
          // The honest mover: the challenger of a false claim, the asserter of a true one.
          if ((dispute.clocks.turn === 'challenger') === isFalse) {
            const picked = honestReply(dispute.position, table.instance.parameters.arity, table.trueRun)!
            expect(picked.segment).toBe(call.opening.segment)
          }
          const last = deadline(dispute.clocks)
          const timeout: Call = { kind: 'Timeout', disputeId: call.disputeId }
          const verdicts = [last, last + 1].map((now) => [
            refused(step.before, call, { ...step.context, now }),
            refused(step.before, timeout, at(OUTSIDER, now)),
          ])
          expect(verdicts).toEqual([
            ['accepted', 'ClockNotExpired'],
            ['ClockExpired', 'accepted'],
          ])
        }
      }),
      { numRuns: 12 },
    )
  })

  test('INCIDENT-9 each dispute that a richer attacker loses leaves the honest party richer, its calls paid', () => {
    fc.assert(
      fc.property(instances, fc.array(lies, { minLength: 1, maxLength: 4 }), (instance, paths) => {
        const callWei = 50n
        const moves = moveBound(instance)
        // Half of a bond is left: that of a dispute covers its calls.
        const disputeBondWei = 2n * callWei * BigInt(honestCalls(moves))
        const bonds = { disputeBondWei, claimBondWei: 2n * disputeBondWei }
        const { parameters } = settingOf({
          parameters: { ...instance.parameters, ...bonds },
          lengths: [...instance.tower.lengths, instance.tower.stepLimit],
          costs: { callWei, runWei: 0n, gainWei: 0n, interestBasisPoints: 0 },
          world: {
            inclusionSeconds: 0,
            recomputeSeconds: [0, ...instance.tower.lengths].map(() => 0),
            watchers: 0,
          },
        })
        const table = setTable({ ...instance, parameters })
        const spent = new Map<Address, bigint>()
        const attacker = (n: number): Address => `0x${n.toString(16).padStart(40, 'a')}`
        const players: Player[] = [
          serverPlayer(serverOf(table)),
          ...paths.map((path, n) =>
            verifierPlayer({ ...verifierOf(table, liePath(table, path)), address: attacker(n) }),
          ),
          { address: REQUESTER, act: (view) => requesterActs(view, table.requester) },
        ]
        play(table.state, START, table.task, players, ({ context, applied }) => {
          const change = applied.paidWei - context.valueWei
          spent.set(context.sender, (spent.get(context.sender) ?? 0n) + change - callWei)
        })
        // What its claim costs whether or not anybody disputes it: to claim, to finalize, to withdraw.
        const undisputed = table.requester.feeWei - 3n * callWei
        expect(spent.get(SERVER)!).toBeGreaterThanOrEqual(undisputed)
        for (const n of paths.keys()) expect(spent.get(attacker(n))!).toBeLessThan(0n)
      }),
      { numRuns: 15 },
    )
  })

  test('INCIDENT-10 a word is an instruction exactly where that instruction’s own word is it', () => {
    const word = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      // Opcodes that mean something, with every reserved field.
      fc
        .tuple(
          fc.constantFrom(0x03, 0x0f, 0x13, 0x17, 0x23, 0x33, 0x37, 0x63, 0x67, 0x6f, 0x73),
          fc.integer({ min: 0, max: 2 ** 25 - 1 }),
        )
        .map(([opcode, rest]) => rest * 128 + opcode),
    )
    fc.assert(
      fc.property(word, (given) => {
        const instruction = decode(given)
        if (instruction.kind === 'illegal') return
        // FENCE has fields that mean nothing, and is the only one.
        if (instruction.kind === 'fence') expect(given & 0x707f).toBe(0x0f)
        else expect(encode(instruction)).toBe(given)
      }),
      { numRuns: 5000 },
    )
  })

  test('INCIDENT-11 what a party can witness is all that the rules ask for, at every step of a run', () => {
    const rules = towerRules(VM_MODEL)
    if (!rules.ok) throw new Error(rules.rejection.reason)
    const trace = VM_STOREY.run(vmStart(bigEndian(0x0403_0201, 4)))
    if (trace.kind !== 'last') throw new Error('a machine has no phase below')
    for (let n = 0; n <= trace.length; n++) {
      const [pre, post] = trace.rootsAt([n, n + 1])
      expect(rules.value.arbiter.stepRoot(pre!, trace.stepWitness(n))).toEqual({ ok: true, value: post })
    }
  })

  test('INCIDENT-12 a verifier that could not compute the run leaves every claim alone', () => {
    fc.assert(
      fc.property(instances, lies, (instance, path) => {
        const table = setTable(instance)
        for (const lie of [undefined, liePath(table, path)]) {
          const blind = verifierPlayer({ address: VERIFIER, task: table.task, traceAgainst: () => undefined })
          const end = playTask(table, serverPlayer(serverOf(table, lie)), blind)
          expect([...end.disputes]).toEqual([])
          expect(end.credits.get(VERIFIER)).toBeUndefined()
        }
      }),
      { numRuns: 12 },
    )
  })

  test('INCIDENT-13 a copy of a call that is sent first takes nothing from whoever meant it', () => {
    fc.assert(
      fc.property(games, ({ steps }) => {
        for (const { before, intent, context } of steps) {
          const copied = applyCall(before, intent.call, { ...context, sender: OUTSIDER })
          if (!copied.ok) continue
          const own = applyCall(copied.value.state, intent.call, context)
          if (own.ok) continue
          // What anyone may say, and somebody has said: the same has come of it.
          const alone = accepted(before, intent.call, context)
          expect(['Finalize', 'Timeout', 'Draw', 'Expire']).toContain(intent.call.kind)
          expect(stateHash(copied.value.state)).toBe(stateHash(alone.state))
        }
      }),
      { numRuns: 15 },
    )
  })

  test('INCIDENT-14 a timeout can be claimed for ever, and then pays as in the first second', () => {
    fc.assert(
      fc.property(games, ({ steps }) => {
        for (const { before } of steps)
          for (const [id, dispute] of before.disputes) {
            if (dispute.kind !== 'Running') continue
            const timeout: Call = { kind: 'Timeout', disputeId: id }
            const [first, late] = [deadline(dispute.clocks) + 1, FAR].map((now) =>
              accepted(before, timeout, at(OUTSIDER, now)),
            )
            const money = ({ state }: Applied) => [state.credits, state.burnedWei, state.balanceWei]
            expect(money(late!)).toEqual(money(first!))
          }
      }),
      { numRuns: 12 },
    )
  })

  test('INCIDENT-15 every move of the honest strategy keeps the invariant by which it wins', () => {
    fc.assert(
      fc.property(games, ({ table, steps, end }) => {
        const isFalse = [...end.claims.values()][0]!.kind === 'Refuted'
        for (const { applied } of steps)
          for (const dispute of applied.state.disputes.values()) {
            if (dispute.kind !== 'Running') continue
            // Who posted the vector that stands is not to move.
            const poster = dispute.clocks.turn === 'asserter' ? 'challenger' : 'asserter'
            const isHonest = (poster === 'challenger') === isFalse
            expect(disputeFault(dispute.position, isHonest, table.trueRun)).toBeUndefined()
          }
      }),
      { numRuns: 15 },
    )
  })

  test('INCIDENT-16 the largest call of the largest model fits a transaction many times over', () => {
    const GAS_LIMIT = 16_777_216
    /** The floor price of calldata (EIP-7623), the dearest that a byte can be. */
    const GAS_PER_BYTE = 40
    const largest = {
      ...VM_MODEL,
      phases: ['graph', 'vm'] as const,
      nodeCount: 2 ** 24 - 1,
      valueHeight: 24,
      weightHeight: 24,
    }
    // Every word of the proofs that there can be: of the descriptor, of operands and output, of the machine's memory.
    const words =
      descriptorLevels(largest.nodeCount).length + (OPERAND_COUNT + 1) * (1 + largest.valueHeight) + 1 + 3
    const descent = 4 + (32 + 1) * words + STATE_BYTES + 32 * MAX_ARITY
    const step = STATE_BYTES + 32 * (2 + MAX_CODE_HEIGHT) + 2 * 32 * (1 + 27)
    const opening = 32 * (2 + 2 * 7)
    for (const bytes of [descent + opening, step + opening, 32 * MAX_ARITY + opening, 4 * DESCRIPTOR_BYTES])
      expect(bytes * GAS_PER_BYTE).toBeLessThan(GAS_LIMIT / 10)
  })
})

/** Anything that is not what a field should be. */
const junk = fc.constantFrom<unknown>(
  undefined,
  null,
  '',
  '0x',
  '0xzz',
  `0x${'g'.repeat(64)}`,
  Number.NaN,
  -1,
  1.5,
  2 ** 60,
  Number.POSITIVE_INFINITY,
  -1n,
  {},
  [],
  [null],
  new Uint8Array(3),
  ...Object.getOwnPropertyNames(Object.prototype),
)

/** Which step of a game, in its call or in what else could be called, where in that, and what is put there. */
const damage = fc.record({ which: fc.nat(), other: fc.nat(), where: fc.nat(), put: junk })
const damages = fc.array(damage, {
  minLength: 60,
  maxLength: 60,
  size: 'max',
})

/** Every path to a value in a call, arrays by their first place. */
const pathsOf = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value !== 'object' || value === null || value instanceof Uint8Array
    ? [path]
    : [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))]

const withAt = (value: unknown, [key, ...rest]: readonly string[], put: unknown): unknown => {
  if (key === undefined) return put
  const inner = (value as Record<string, unknown>)[key]
  if (Array.isArray(value))
    return value.map((each, i) => (String(i) === key ? withAt(inner, rest, put) : each))
  return { ...(value as object), [key]: withAt(inner, rest, put) }
}

/** Rationale: a call is a stranger's bytes; one that throws stops whoever follows the chain. */
test('TOTAL-1 nothing throws on any call, however malformed, and what is refused has a reason', () => {
  const reached = tally()
  fc.assert(
    fc.property(games, damages, ({ steps }, tried) => {
      for (const { which, other, where, put } of tried) {
        const { before, intent, context } = steps[which % steps.length]!
        const calls: readonly Call[] = [
          intent.call,
          { kind: 'RegisterModel', model: VM_MODEL },
          { kind: 'RegisterProgram', program: VM_MODEL.program },
        ]
        const call = calls[other % calls.length]!
        const paths = pathsOf(call)
        const path = paths[where % paths.length]!
        const damaged = withAt(call, path, put) as Call
        if (path.length > 0) reached.note(`${call.kind} ${path[0]}`)
        const result = applyCall(before, damaged, context)
        expect(result.ok || typeof result.rejection.reason === 'string').toBe(true)
        const field = ['sender', 'valueWei', 'now'][where % 3]!
        const under = applyCall(before, intent.call, withAt(context, [field], put) as Context)
        expect(under.ok || typeof under.rejection.reason === 'string').toBe(true)
      }
    }),
    { numRuns: 30 },
  )
  // Every field of a call that a game is made of, and of what is registered before.
  const fields = (kind: Call['kind']) => ['kind', ...Object.keys(CALL_TABLE[kind].fields)]
  const kinds = ['RegisterProgram', 'RegisterModel', 'Request', 'Claim', 'Open', 'Move', 'Finalize'] as const
  reached.expectAtLeast(
    Object.fromEntries(kinds.flatMap((kind) => fields(kind).map((field) => [`${kind} ${field}`, 1]))),
  )
})
