import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { littleEndian } from '../../commitments/bytes.ts'
import { type Hash, type Id, keccak } from '../../commitments/hash.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import { applyCall } from '../../service/apply.ts'
import { type Call, callName } from '../../service/calls.ts'
import { COPIED, type Keeping, versioned } from '../../service/keeping.ts'
import { registerRules } from '../../service/registry.ts'
import { initialService, type ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import type { Parameters } from '../../setting/parameters.ts'
import { timed } from '../../strategies/adversaries.ts'
import { requesterActs, requesterFor, serverActs, verifierActs } from '../../strategies/parties.ts'
import { concerns, type Intent, type View } from '../../strategies/sight.ts'
import { watcherActs } from '../../strategies/watcher.ts'
import {
  type AlphabetParameters,
  alphabetOutput,
  alphabetRules,
  alphabetStart,
  alphabetStorey,
} from '../../tower/phases/alphabet.ts'
import { pathInto } from '../../tower/storey.ts'
import { OUTSIDER, REQUESTER, START } from './alphabetGame.ts'
import { escrowFault } from './invariants.ts'
import { ATTENTION, account, BASE, SEALS } from './oneTask.ts'
import { blockOf, type Player, play, type Step } from './play.ts'
import { type Tally, tally } from './tally.ts'

/**
 * The whole service: two models and three tasks side by side, with honest parties that react at once or as late as they
 * may, delegates that move for them, liars, copies, swarms, watchers, and call backs.
 */
const TOWERS: readonly AlphabetParameters[] = [
  { lengths: [], lastLengths: [7], stepLimit: 9 },
  { lengths: [3, 2], lastLengths: [4], stepLimit: 4 },
]

const MODELS = TOWERS.map((_, n) => keccak<Id>(Uint8Array.of(n)))

/** Which model each task is of, by its nonce. */
const TASKS = [0, 0, 1]

/** Rounds last 1,800 seconds here; tasks are asked for in the second one, verifiers have staked in the first. */
const VARIANTS: readonly Parameters[] = [
  BASE,
  { ...BASE, seals: SEALS },
  { ...BASE, seals: { ...SEALS, answerSeconds: 1_800 }, attention: ATTENTION },
]
const ASKED_AT = 1_800

interface Plan {
  readonly variant: number
  readonly seed: number
  /** Which of the tasks has an honest server; each has an honest verifier. */
  readonly honest: readonly boolean[]
  readonly lies: readonly number[]
  readonly frivolous: number
  readonly hasCopier: boolean
  /** How long the honest wait before each reply and opening; 0 is at once. */
  readonly delaySeconds: number
  readonly isDelegated: boolean
}

const plans: fc.Arbitrary<Plan> = fc.record({
  variant: fc.nat({ max: 2 }),
  seed: fc.nat(),
  honest: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  lies: fc.array(fc.nat({ max: 2 }), { maxLength: 3 }),
  frivolous: fc.nat({ max: 2 }),
  hasCopier: fc.boolean(),
  delaySeconds: fc.constantFrom(0, 0, 30, 60),
  isDelegated: fc.boolean(),
})

const [DELEGATE, VERIFIER, COPIER] = [account(0x91), account(0x92), account(0x93)]
const LAZY = account(0x96)
const serverOf = (task: number): Address => account(0x10 + task)

/** A party whose moves another account makes, from its own key. */
const delegated = (player: Player, delegate: Address): readonly Player[] => {
  const isMove = (intent: Intent | undefined) => intent?.call.kind === 'Move'
  const named = (state: ServiceState) => state.delegates.get(player.address) === delegate
  const naming: Intent = { call: { kind: 'Delegate', to: delegate }, valueWei: 0n }
  return [
    {
      ...player,
      act: (view) => {
        if (!named(view.state)) return naming
        const intent = player.act(view)
        return isMove(intent) ? undefined : intent
      },
    },
    {
      ...player,
      address: delegate,
      act: (view) => {
        const intent = named(view.state) ? player.act(view) : undefined
        return isMove(intent) ? intent : undefined
      },
    },
  ]
}

/** Whoever tells requesters of their outputs. */
const notifier = (outputs: ReadonlyMap<Id, Uint8Array>): Player => ({
  address: OUTSIDER,
  act: ({ state }) => {
    for (const [taskId, output] of outputs) {
      const task = state.tasks.get(taskId)
      if (task?.kind === 'Settled' && !task.isNotified)
        return { call: { kind: 'Notify', taskId, output }, valueWei: 0n }
    }
    return undefined
  },
})

/** @param observe is told of each call, and of who takes part as it does when nothing delays it */
const playPlan = (
  plan: Plan,
  reached: Tally,
  observe: (step: Step, parties: readonly Player[]) => void = () => {},
  keeping: Keeping = COPIED,
): void => {
  const parameters = VARIANTS[plan.variant]!
  const { attention, seals } = parameters
  let state = initialService(parameters, keeping)
  for (const [n, tower] of TOWERS.entries()) {
    const registered = registerRules(state, MODELS[n]!, alphabetRules(tower))
    if (!registered.ok) throw new Error(registered.rejection.reason)
    state = registered.value.state
  }
  const input = littleEndian(plan.seed, 8)
  const salt = keccak<Hash>(input)
  const tables = TASKS.map((model, nonce) => {
    const storey = alphabetStorey(TOWERS[model]!)
    const start = alphabetStart(TOWERS[model]!, tensorRoot(input))
    const asked = {
      nonce,
      modelId: MODELS[model]!,
      iterations: 0,
      feeWei: 100n,
      attentionWei: attention?.minFeeWei ?? 0n,
      deadline: ASKED_AT + 3_000,
    }
    const requester = requesterFor(REQUESTER, asked, input)
    const trueRun = storey.run(start)
    const runOf = (lie?: number) =>
      lie === undefined ? trueRun : storey.run(start, pathInto(trueRun, [plan.seed + lie, lie, lie]))
    const server = (address: Address, lie?: number) => {
      const trace = runOf(lie)
      const endRoot = trace.rootsAt([trace.length])[0]!
      const prepared = {
        length: trace.length,
        endRoot,
        startWitness: new Uint8Array(),
        ...alphabetOutput(trace.end),
      }
      return { address, task: requester.task, trace, prepared, ...(seals === undefined ? {} : { salt }) }
    }
    return { requester, runOf, server, trueEnd: trueRun.rootsAt([trueRun.length])[0]! }
  })
  const tasks = tables.map(({ requester: { task } }) => task)
  const late = (act: (view: View) => Intent | undefined, address: Address): Player => ({
    address,
    ...timed(act, { delaySeconds: plan.delaySeconds }),
  })
  const watchers = attention === undefined ? [] : [0, 1, 2, 3].map((n) => account(0x50 + n))
  for (const verifier of attention === undefined ? [] : [...watchers, LAZY])
    for (const modelId of MODELS) {
      const context = { sender: verifier, valueWei: ATTENTION.stakeWei, now: START }
      const enrolled = applyCall(state, { kind: 'Enroll', modelId }, context)
      if (!enrolled.ok) throw new Error(enrolled.rejection.reason)
      state = enrolled.value.state
    }
  const honestServers = tables.flatMap(({ server }, task): readonly Player[] => {
    if (!plan.honest[task]) return []
    const self = server(serverOf(task))
    const player = late((view) => serverActs(view, self), self.address)
    return plan.isDelegated ? delegated(player, DELEGATE) : [player]
  })
  const liars = plan.lies.map((task, n): Player => {
    const self = tables[task]!.server(account(0x20 + n), n + 1)
    return {
      address: self.address,
      act: (view) => serverActs(view, n % 2 === 0 ? self : { ...self, silentAfter: 1 }),
    }
  })
  const swarm = Array.from({ length: plan.frivolous }, (_, n): Player => {
    const { requester, runOf } = tables[n]!
    const self = { address: account(0x30 + n), task: requester.task, traceAgainst: () => runOf(n + 7) }
    return { address: self.address, act: (view) => verifierActs(view, self) }
  })
  const copier: readonly Player[] =
    plan.hasCopier && attention === undefined
      ? [
          {
            address: COPIER,
            act: (view) => {
              const { salt: _, ...self } = tables[0]!.server(COPIER) as { salt?: Hash } & ReturnType<
                (typeof tables)[0]['server']
              >
              return serverActs(view, self)
            },
          },
        ]
      : []
  // One that has staked and never looks, one that says so, and one that seals what it never reveals.
  const slasher: Player = {
    address: account(0x94),
    act: ({ state: now, now: second, block = 0 }) =>
      [...watchers, LAZY]
        .flatMap((verifier) => tasks.map((taskId): Call => ({ kind: 'Slash', taskId, verifier })))
        .map((call): Intent => ({ call, valueWei: 0n }))
        .find(({ call }) => {
          const context = { sender: OUTSIDER, valueWei: 0n, now: second, block: blockOf(now, block) }
          return applyCall(now, call, context).ok
        }),
  }
  const staller: Player = {
    address: account(0x95),
    act: ({ state: now }) =>
      now.tasks.get(tasks[0]!)?.kind === 'Open'
        ? {
            call: { kind: 'Seal', taskId: tasks[0]!, sealed: salt },
            valueWei: parameters.claimBondWei,
          }
        : undefined,
  }
  const players: readonly Player[] = [
    ...(attention === undefined ? [] : [slasher]),
    ...(seals !== undefined && plan.hasCopier ? [staller] : []),
    ...watchers.flatMap((address) =>
      tables.map(({ requester: { task }, trueEnd }): Player => {
        const self = { address, task, endRoot: trueEnd }
        return { address, act: (view) => watcherActs(view, self) }
      }),
    ),
    ...honestServers,
    ...copier,
    ...liars,
    ...swarm,
    ...tables.map(({ requester: { task }, runOf }) =>
      late((view) => verifierActs(view, { address: VERIFIER, task, traceAgainst: () => runOf() }), VERIFIER),
    ),
    notifier(
      new Map(tables.map(({ requester: { task }, server }) => [task, server(VERIFIER).prepared.output])),
    ),
    ...tables.map(
      ({ requester }): Player => ({
        address: REQUESTER,
        act: (view) => requesterActs(view, requester),
      }),
    ),
  ]
  const parties: readonly Player[] = tables.flatMap(({ requester, runOf, server }, task) => {
    const { task: id } = requester
    const self = server(serverOf(task))
    const verifier = { address: VERIFIER, task: id, traceAgainst: () => runOf() }
    return [
      ...(plan.honest[task] ? [{ address: self.address, act: (view: View) => serverActs(view, self) }] : []),
      { address: VERIFIER, act: (view: View) => verifierActs(view, verifier) },
      { address: REQUESTER, act: (view: View) => requesterActs(view, requester) },
    ]
  })
  const gained = new Map<Address, bigint>()
  const end = play(state, ASKED_AT, tasks, players, (step) => {
    observe(step, parties)
    const { intent, context, before, applied } = step
    reached.note(callName(intent.call))
    note(reached, before, applied.state, context.sender)
    expect(escrowFault(applied.state)).toBeUndefined()
    const wei = applied.paidWei - context.valueWei
    gained.set(context.sender, (gained.get(context.sender) ?? 0n) + wei)
    if (applied.callback !== undefined) {
      const { requester, taskId, output } = applied.callback
      expect([requester, output]).toEqual([
        REQUESTER,
        tables[tasks.indexOf(taskId)]!.server(VERIFIER).prepared.output,
      ])
    }
  })
  // --- What must hold in the end
  for (const { kind, claim } of end.claims.values()) {
    const { trueEnd } = tables[tasks.indexOf(claim.taskId)]!
    expect(kind).toBe(claim.endRoot === trueEnd ? 'Final' : 'Refuted')
    reached.note(`claim ${kind}`)
  }
  for (const [n, id] of tasks.entries()) {
    const task = end.tasks.get(id)!
    reached.note(`task ${task.kind}`)
    if (!plan.honest[n]) continue
    expect(task).toMatchObject({ kind: 'Settled', isPaid: true, isNotified: true })
    expect(gained.get(serverOf(n))).toBeGreaterThanOrEqual(0n)
  }
  for (const verifier of watchers)
    for (const taskId of tasks) {
      const call: Call = { kind: 'Slash', taskId, verifier }
      const context = { sender: OUTSIDER, valueWei: 0n, now: ASKED_AT + 7_000, block: blockOf(end, 1) }
      expect(applyCall(end, call, context).ok).toBe(false)
    }
  const staked = BigInt(end.enrollments.size) * (attention?.stakeWei ?? 0n)
  const credits = [...end.credits.values()].reduce((sum, wei) => sum + wei, 0n)
  expect(end.balanceWei).toBe(end.burnedWei + staked + credits)
}

const note = (reached: Tally, before: ServiceState, after: ServiceState, sender: Address): void => {
  if (sender === DELEGATE) reached.note('a delegate moved')
  for (const [id, dispute] of after.disputes)
    if (dispute.kind === 'Decided' && before.disputes.get(id)?.kind !== 'Decided')
      reached.note(`${dispute.winner} won by ${dispute.by}`)
  if (after.answers.size > before.answers.size) reached.note('an answer')
}

/** All that a state keeps, in its order. */
const written = (state: ServiceState): string =>
  JSON.stringify({ ...state, parameters: null, models: [...state.models.keys()] }, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value?.entries !== undefined ? [...value] : value,
  )

/** Every state of a play by a plan, as it is when it comes about and at the end, and what is said of calls that come again. */
const told = (plan: Plan, keeping: Keeping, reached: Tally): readonly string[] => {
  const lines: string[] = []
  const states: ServiceState[] = []
  const calls: Step[] = []
  playPlan(
    plan,
    tally(),
    (step) => {
      const { before, applied, intent, context } = step
      lines.push(callName(intent.call), written(applied.state))
      if (states.length === 0) states.push(before)
      states.push(applied.state)
      calls.push(step)
      // A call again, at this state and at one that has been left behind.
      const again = calls.at(-7) ?? step
      const earlier = states.at(-15) ?? before
      for (const state of [applied.state, earlier]) {
        const result = applyCall(state, again.intent.call, { ...again.context, now: context.now })
        const outcome = result.ok ? 'accepted' : result.rejection.reason
        reached.note(outcome === 'accepted' ? 'accepted again' : 'refused')
        lines.push(outcome, written(result.ok ? result.value.state : state))
      }
    },
    keeping,
  )
  return [...lines, ...states.map(written)]
}

describe('the whole service', () => {
  /** Rationale: what holds for one task of one model must hold for several beside each other, and for the slow. */
  test('SERVICE-1 the honest are safe and paid, every lie falls and all is paid out, on tasks and models side by side', () => {
    const reached = tally()
    fc.assert(
      fc.property(plans, (plan) => playPlan(plan, reached)),
      { numRuns: 60 },
    )
    reached.expectAtLeast({
      arbitrate: 50,
      dissect: 100,
      descend: 20,
      'asserter won by arbitration': 25,
      'challenger won by arbitration': 25,
      timeout: 8,
      'claim Final': 60,
      'claim Refuted': 30,
      'task Settled': 50,
      'task Expired': 30,
      'a delegate moved': 8,
      draw: 3,
      collect: 6,
      passSeal: 6,
      forfeit: 6,
      reveal: 50,
      notify: 50,
      closeRound: 5,
      recordRound: 5,
      'an answer': 15,
      reward: 10,
      slash: 1,
    })
  })

  /** Rationale: who simulates many parties asks none of them about calls that leave it nothing to do. */
  test('SIGHT-1 whoever had nothing to do before a call that does not concern it has nothing to do behind it', () => {
    const reached = tally()
    fc.assert(
      fc.property(plans, (plan) =>
        playPlan(plan, tally(), ({ intent: { call }, context, before, applied }, parties) => {
          const { sender, now } = context
          for (const { address, act } of parties) {
            if (act({ state: before, now }) !== undefined) continue
            const isConcerned = concerns(applied, call, sender, address)
            const acts = act({ state: applied.state, now }) !== undefined
            expect([call.kind, address, acts && !isConcerned]).toEqual([call.kind, address, false])
            reached.note(acts ? `${call.kind} concerns` : `${call.kind} passes by`)
          }
        }),
      ),
      { numRuns: 12 },
    )
    reached.expectAtLeast({
      'Open concerns': 3,
      'Move concerns': 10,
      'Move passes by': 100,
      'Withdraw passes by': 25,
    })
  })

  /** Rationale: whoever plays many games keeps their states another way; the rules must not know, nor any state that is left behind. */
  test('KEEPING-1 copies and versions keep the same: every state, outcome and refusal, and what an earlier state was', () => {
    const reached = tally()
    fc.assert(
      fc.property(plans, fc.nat({ max: 3 }), (plan, few) => {
        expect(told(plan, versioned(few), reached)).toEqual(told(plan, COPIED, tally()))
      }),
      { numRuns: 8 },
    )
    reached.expectAtLeast({ 'accepted again': 20, refused: 200 })
  })
})
