import { describe, expect, test } from 'vitest'
import {
  type Instance,
  MODEL,
  OUTSIDER,
  parametersOf,
  playTask,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  serverPlayer,
  setTable,
  type Table,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from '../checks/properties/alphabetGame.ts'
import { littleEndian } from '../commitments/bytes.ts'
import type { Hash, Id } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import { deadline } from '../game/clocks.ts'
import { applyCall } from '../service/apply.ts'
import { closedUntil, revealEnd } from '../service/seals.ts'
import type { ServiceState } from '../service/state.ts'
import type { Address } from '../service/task.ts'
import { lastOpenSecond } from '../service/tasks.ts'
import {
  requesterActs,
  requesterFor,
  type Server,
  serverActs,
  type Verifier,
  verifierActs,
} from './parties.ts'
import { type Intent, nextDeadline } from './sight.ts'

const SEALS = { answerSeconds: 100, revealSeconds: 50 }
const INSTANCE: Instance = {
  tower: { lengths: [6], lastLengths: [9], stepLimit: 20 },
  parameters: { ...parametersOf(2), seals: SEALS },
  seed: 7,
}
const LIE = [4, 2]
const SALT = `0x${'05'.repeat(32)}` as Hash
const RIVAL: Address = `0x${'5'.repeat(40)}`
const { windowSeconds } = INSTANCE.parameters

const kindOf = (intent: Intent | undefined) => intent?.call.kind

const must = (
  state: ServiceState,
  sender: Address,
  now: number,
  intent: Intent | undefined,
): ServiceState => {
  if (intent === undefined) throw new Error('nothing to do')
  const result = applyCall(state, intent.call, { sender, valueWei: intent.valueWei, now })
  if (!result.ok) throw new Error(`${intent.call.kind}: ${result.rejection.reason}`)
  return result.value.state
}

/** A second task of the requester's on the same model and input. */
const otherTask = () => {
  const asked = {
    nonce: 1,
    modelId: MODEL,
    iterations: 0,
    attentionWei: 0n,
    feeWei: 100n,
    deadline: START + 50_000,
  }
  return requesterFor(REQUESTER, asked, littleEndian(INSTANCE.seed, 8))
}

/** A game of which every step is made by hand. */
const begin = (instance = INSTANCE) => {
  const table = setTable(instance)
  const requester = table.requester
  let state = must(
    table.state,
    REQUESTER,
    START,
    requesterActs({ state: table.state, now: START }, requester),
  )
  const at = (now: number) => ({ state, now })
  return {
    table,
    requester,
    deadline: requester.request.deadline,
    state: () => state,
    at,
    server: (now: number, self: Server) => {
      const intent = serverActs(at(now), self)
      state = must(state, self.address, now, intent)
      return kindOf(intent)
    },
    verifier: (now: number, self: Verifier) => {
      const intent = verifierActs(at(now), self)
      state = must(state, self.address, now, intent)
      return kindOf(intent)
    },
    anybody: (now: number, intent: Intent | undefined) => {
      state = must(state, OUTSIDER, now, intent)
    },
    request: () => {
      const other = otherTask()
      state = must(state, REQUESTER, START, { call: other.request, valueWei: other.feeWei })
      return other
    },
  }
}

const firstDispute = (state: ServiceState) => {
  const [dispute] = state.disputes.values()
  if (dispute?.kind !== 'Running') throw new Error('no running dispute')
  return dispute
}

describe('what a party does next', () => {
  /** Rationale: a bond on a task that takes no more claims, or a second one on the same, is money thrown away. */
  test('PARTY-1 a server claims once, and while the task takes claims', () => {
    const game = begin()
    const { table } = game
    const server = serverOf(table)
    const act = (now: number, self: Server) => kindOf(serverActs(game.at(now), self))
    expect(act(game.deadline, server)).toBe('Claim')
    expect(act(game.deadline + 1, server)).toBeUndefined()
    expect(serverActs({ state: table.state, now: START }, server)).toBeUndefined()
    const claim = serverActs(game.at(START + 12), server)
    expect(claim).toMatchObject({
      valueWei: INSTANCE.parameters.claimBondWei,
      call: { taskId: table.task, nonce: 0 },
    })
    game.server(START + 12, server)
    expect(act(START + 24, server)).toBeUndefined()
    // A rival, and a server of another task, have claimed nothing here.
    expect(act(START + 24, { ...server, address: RIVAL })).toBe('Claim')
    const other = game.request()
    expect(act(START + 24, { ...server, task: other.task })).toBe('Claim')
  })

  test('PARTY-2 a verifier disputes a claim that its trace contradicts, once, and in the claim’s window', () => {
    const game = begin()
    const { table } = game
    const verifier = verifierOf(table)
    game.server(START + 12, serverOf(table, LIE))
    const end = START + 12 + windowSeconds
    const act = (now: number, self: Verifier) => kindOf(verifierActs(game.at(now), self))
    expect([end, end + 1].map((now) => act(now, verifier))).toEqual(['Open', undefined])
    expect(act(end, verifierOf(table, LIE))).toBeUndefined()
    expect(game.verifier(START + 24, verifier)).toBe('Open')
    expect(act(START + 36, verifier)).toBeUndefined()
    expect(act(START + 36, { ...verifier, address: RIVAL })).toBe('Open')
  })

  /** Rationale: a lie beside a settled task has its bond back where nobody looks, and so costs nothing to try. */
  test('PARTY-11 a verifier disputes a lie to its window’s end, whatever has become of its task', () => {
    const game = begin()
    const { table } = game
    game.server(START + 12, serverOf(table))
    const settledAt = START + 12 + windowSeconds + 1
    // The lie stands from the last second on in which the true claim is still pending.
    game.server(settledAt - 1, { ...serverOf(table, LIE), address: RIVAL })
    game.server(settledAt, serverOf(table))
    expect(game.state().tasks.get(table.task)?.kind).toBe('Settled')
    const end = settledAt - 1 + windowSeconds
    const act = (now: number) => kindOf(verifierActs(game.at(now), verifierOf(table)))
    expect([settledAt, end, end + 1].map(act)).toEqual(['Open', 'Open', undefined])
    expect(game.verifier(settledAt, verifierOf(table))).toBe('Open')
  })

  /** Rationale: a call that comes late is refused, and its sender pays for it; one that comes early helps nobody. */
  test('PARTY-3 whoever is to move moves to the last second of its clock; behind it anybody says so', () => {
    const game = begin()
    const { table } = game
    const [liar, verifier] = [serverOf(table, LIE), verifierOf(table)]
    game.server(START + 12, liar)
    game.verifier(START + 24, verifier)
    const last = deadline(firstDispute(game.state()).clocks)
    const acts = (now: number) => [
      kindOf(serverActs(game.at(now), liar)),
      kindOf(verifierActs(game.at(now), verifier)),
      kindOf(requesterActs(game.at(now), game.requester)),
    ]
    expect(acts(last)).toEqual(['Move', undefined, undefined])
    expect(acts(last + 1)).toEqual([undefined, 'Timeout', 'Timeout'])
    expect(nextDeadline(game.at(last), table.task)).toBe(last + 1)
  })

  /** Rationale: games against whoever falls silent are played with this; silence that comes later tests another game. */
  test('PARTY-4 a party falls silent after so many moves', () => {
    const table = setTable(INSTANCE)
    const movesOf = (address: Address, server: Server, verifier: Verifier): number => {
      let moves = 0
      playTask(table, serverPlayer(server), verifierPlayer(verifier), ({ intent, context }) => {
        if (intent.call.kind === 'Move' && context.sender === address) moves++
      })
      return moves
    }
    for (const moves of [0, 1, 2]) {
      expect(movesOf(SERVER, serverOf(table, LIE, moves), verifierOf(table))).toBe(moves)
      expect(movesOf(VERIFIER, serverOf(table), verifierOf(table, LIE, moves))).toBe(moves)
    }
    expect(movesOf(SERVER, serverOf(table, LIE), verifierOf(table))).toBeGreaterThan(2)
  })

  test('PARTY-5 the challenger of a claim that has fallen elsewhere has its bond back, and its server does nothing', () => {
    const game = begin()
    const { table } = game
    const liar = serverOf(table, LIE, 0)
    const [first, second] = [verifierOf(table), { ...verifierOf(table), address: RIVAL }]
    game.server(START + 12, liar)
    game.verifier(START + 24, first)
    game.verifier(START + 36, second)
    const late = deadline(firstDispute(game.state()).clocks) + 1
    expect(game.verifier(late, first)).toBe('Timeout')
    const voidAt = late + 10_000
    expect(kindOf(serverActs(game.at(voidAt), { ...liar, silentAfter: 9 }))).toBeUndefined()
    expect(kindOf(requesterActs(game.at(voidAt), game.requester))).toBeUndefined()
    expect(kindOf(verifierActs(game.at(voidAt), second))).toBe('Draw')
    expect(nextDeadline(game.at(voidAt), table.task)).toBe(
      lastOpenSecond(game.state(), game.state().tasks.get(table.task)!)! + 1,
    )
  })

  /**
   * Rationale: a server that replied in the order in which its disputes were opened, or was asked once a second, let the
   * clock of a later one run out.
   */
  test('PARTY-12 of several disputes the one with the nearest deadline comes first, and the others in the same second', () => {
    const game = begin()
    const { table } = game
    const server = serverOf(table)
    const [first, second] = [verifierOf(table, LIE), { ...verifierOf(table, LIE), address: RIVAL }]
    game.server(START + 12, server)
    game.verifier(START + 24, first)
    game.verifier(START + 36, second)
    const [one, other] = [...game.state().disputes.keys()]
    const replied = () => {
      const { call } = serverActs(game.at(START + 900), server)!
      return call.kind === 'Move' ? call.disputeId : undefined
    }
    game.server(START + 48, server)
    // The first opponent takes its time: it is the server's turn again, but the other dispute has waited for longer.
    game.verifier(START + 900, first)
    expect(replied()).toBe(other)
    game.server(START + 900, server)
    expect(replied()).toBe(one)
    game.server(START + 900, server)
    expect(serverActs(game.at(START + 900), server)).toBeUndefined()
  })

  test('PARTY-6 a claim is made final behind its window and without disputes, and then payouts are pulled', () => {
    const end = START + 12 + windowSeconds
    const claimed = () => {
      const game = begin()
      const server = serverOf(game.table)
      game.server(START + 12, server)
      const act = (now: number) => [
        kindOf(serverActs(game.at(now), server)),
        kindOf(requesterActs(game.at(now), game.requester)),
      ]
      return { game, server, act }
    }
    const calm = claimed()
    expect(calm.act(end)).toEqual([undefined, undefined])
    expect(calm.act(end + 1)).toEqual(['Finalize', 'Finalize'])
    expect(nextDeadline(calm.game.at(end), calm.game.table.task)).toBe(end + 1)

    const disputed = claimed()
    disputed.game.verifier(end - 12, verifierOf(disputed.game.table, LIE, 0))
    disputed.game.server(end, disputed.server)
    expect(disputed.act(end + 1)).toEqual([undefined, undefined])

    // A dispute that the challenger loses to the clock pays the server, whose claim is pending still.
    const { game, server, act } = claimed()
    game.verifier(START + 24, verifierOf(game.table, LIE, 0))
    game.server(START + 36, server)
    const over = deadline(firstDispute(game.state()).clocks) + 1
    expect(over).toBeLessThan(end)
    expect(game.server(over, server)).toBe('Timeout')
    expect(game.state().credits.get(SERVER)).toBeGreaterThan(0n)
    expect(act(over + 12)).toEqual([undefined, undefined])
    expect(game.server(end + 1, server)).toBe('Finalize')
    expect(game.server(end + 13, server)).toBe('Withdraw')
    expect(act(end + 25)).toEqual([undefined, undefined])
  })

  /** Rationale: a server that made a copy of its claim final first gave its fee away, as the rules then were. */
  test('PARTY-13 a server makes its own claim final, and nobody else’s', () => {
    const game = begin()
    const server = serverOf(game.table)
    game.server(START + 12, { ...server, address: RIVAL })
    game.server(START + 24, server)
    const end = START + 24 + windowSeconds + 1
    expect(game.server(end, server)).toBe('Finalize')
    const [copy, own] = [...game.state().claims.values()]
    expect([copy!.kind, own!.kind]).toEqual(['Pending', 'Final'])
    expect(kindOf(serverActs(game.at(end), server))).not.toBe('Finalize')
  })

  /** Rationale: a run that is stable ends in one state at any length; a claim of another length is another claim. */
  test('PARTY-14 a server passes a claim that ends as its own does, and says another length', () => {
    const game = begin({ ...INSTANCE, tower: { lengths: [], lastLengths: [4], stepLimit: 6 } })
    const server = serverOf(game.table)
    const { prepared } = server
    game.server(START + 12, {
      ...server,
      address: RIVAL,
      prepared: { ...prepared, length: prepared.length + 1 },
    })
    game.server(START + 24, server)
    const end = START + 24 + windowSeconds + 1
    const calls = Array.from({ length: 3 }, () => game.server(end, server))
    expect(calls).toEqual(['Finalize', 'PassClaim', 'Collect'])
  })

  test('PARTY-7 a seal is revealed in the time for reveals, and forfeited behind it', () => {
    const game = begin()
    const { table } = game
    const server: Server = { ...serverOf(table), salt: SALT }
    const act = (now: number, self = server) => kindOf(serverActs(game.at(now), self))
    expect([act(game.deadline), act(game.deadline + 1)]).toEqual(['Seal', undefined])
    expect(kindOf(serverActs({ state: table.state, now: START }, server))).toBeUndefined()
    expect(
      act(START + 12, { ...server, prepared: { ...server.prepared, output: new Uint8Array(1) } }),
    ).toBeUndefined()
    const sealedAt = START + 12
    expect(game.server(sealedAt, server)).toBe('Seal')
    const { parameters } = INSTANCE
    const [answers, reveals] = [closedUntil(sealedAt, parameters), revealEnd(sealedAt, parameters)]
    expect([answers, reveals]).toEqual([sealedAt + 100, sealedAt + 150])
    expect([answers, answers + 1, reveals, reveals + 1].map((now) => act(now))).toEqual([
      undefined,
      'Reveal',
      'Reveal',
      undefined,
    ])
    const requester = (now: number) => kindOf(requesterActs(game.at(now), game.requester))
    expect([reveals, reveals + 1].map(requester)).toEqual([undefined, 'Forfeit'])
    expect([answers, answers + 1].map((now) => nextDeadline(game.at(now), table.task))).toEqual([
      answers + 1,
      reveals + 1,
    ])
    game.server(reveals, server)
    expect(act(reveals)).toBeUndefined()
  })

  /** Rationale: a seal that nobody reveals would hold the fee back for ever. */
  test('PARTY-15 a server forfeits the seal that stands between it and the fee, once it can no longer be revealed', () => {
    const game = begin({ ...INSTANCE, parameters: { ...INSTANCE.parameters, windowSeconds: 20 } })
    const { parameters } = game.state()
    const server: Server = { ...serverOf(game.table), salt: SALT }
    expect(game.server(START + 11, server)).toBe('Seal')
    const later = START + 12
    for (const address of [RIVAL, OUTSIDER]) expect(game.server(later, { ...server, address })).toBe('Seal')
    // Its own is the first: the others are none of its business.
    const revealed = closedUntil(START + 11, parameters) + 1
    expect(game.server(revealed, server)).toBe('Reveal')
    const lapsed = revealEnd(later, parameters) + 1
    expect([lapsed, lapsed].map((now) => game.server(now, server))).toEqual(['Finalize', 'Withdraw'])
    expect(serverActs(game.at(lapsed), server)).toBeUndefined()
  })

  test('PARTY-15 ... in its time, and no seal but that', () => {
    const game = begin({ ...INSTANCE, parameters: { ...INSTANCE.parameters, windowSeconds: 20 } })
    const { parameters } = game.state()
    const server: Server = { ...serverOf(game.table), salt: SALT }
    const [rival, third] = [RIVAL, OUTSIDER].map((address) => ({ ...server, address }))
    for (const [i, self] of [rival!, third!, server].entries())
      expect(game.server(START + 12 + i, self)).toBe('Seal')
    expect(game.server(closedUntil(START + 14, parameters) + 1, server)).toBe('Reveal')
    const last = revealEnd(START + 12, parameters)
    expect([1, 2].map(() => game.server(last - 20, server))).toEqual(['Finalize', 'Withdraw'])
    const act = (now: number) => serverActs(game.at(now), server)
    // The first seal can still be revealed, to its last second.
    expect([last - 20, last].map(act)).toEqual([undefined, undefined])
    expect(game.state().seals.size).toBe(3)
    const [first] = game.state().seals.keys()
    expect(act(last + 1)?.call).toEqual({ kind: 'Forfeit', sealId: first })
    // Where it is revealed, its claim stands there: the seal behind it is not yet in the way.
    expect(game.server(last, rival!)).toBe('Reveal')
    const lapsed = revealEnd(START + 13, parameters) + 1
    expect(kindOf(act(lapsed))).toBeUndefined()
  })

  test('PARTY-8 a requester asks, and has its fee back when nobody can earn it any more', () => {
    const game = begin()
    const { table, requester } = game
    const asked = requesterActs({ state: table.state, now: START }, requester)
    expect(asked).toEqual({ call: requester.request, valueWei: 100n })
    const act = (now: number) => kindOf(requesterActs(game.at(now), requester))
    expect([act(game.deadline), act(game.deadline + 1)]).toEqual([undefined, 'Expire'])
    expect(nextDeadline(game.at(START), table.task)).toBe(game.deadline + 1)
    expect(nextDeadline(game.at(game.deadline), table.task)).toBe(game.deadline + 1)
    expect(nextDeadline(game.at(game.deadline + 1), table.task)).toBeUndefined()
    game.server(START + 12, serverOf(table))
    const last = lastOpenSecond(game.state(), game.state().tasks.get(table.task)!)!
    // A claim that nobody has made final yet can still be.
    expect(act(last + 1)).toBe('Finalize')
    game.anybody(last + 1, requesterActs(game.at(last + 1), requester))
    expect(act(last + 13)).toBeUndefined()
  })

  /** Rationale: two tasks have nothing in common; a party that confuses them acts for the wrong money. */
  test('PARTY-9 what happens in another task is none of a party’s business', () => {
    const game = begin()
    const { table, requester } = game
    const other = game.request().task
    const elsewhere = <Party extends { readonly task: Id }>(party: Party): Party => ({
      ...party,
      task: other,
    })
    // A claim that is disputed, one that nobody disputes, and a seal; all of them overdue.
    game.server(START + 12, elsewhere(serverOf(table, LIE, 0)))
    game.verifier(START + 24, elsewhere(verifierOf(table)))
    game.server(START + 36, { ...elsewhere(serverOf(table)), address: RIVAL })
    game.server(START + 48, { ...elsewhere(serverOf(table)), address: OUTSIDER, salt: SALT })
    const overdue = START + 20_000
    const everybody = (now: number, here: Table['task']) => [
      kindOf(requesterActs(game.at(now), { ...requester, task: here })),
      kindOf(verifierActs(game.at(now), { ...verifierOf(table), task: here })),
    ]
    // The claim that nobody disputes has a last second to be final in, a timeout has none.
    expect(everybody(overdue, other)).toEqual(['Finalize', 'Timeout'])
    expect(everybody(overdue, table.task)).toEqual([undefined, undefined])
    expect(nextDeadline(game.at(START + 60), table.task)).toBe(game.deadline + 1)
    const late = game.deadline + 1
    const server = serverOf(table)
    expect(kindOf(serverActs(game.at(late), server))).toBeUndefined()
    expect(kindOf(requesterActs(game.at(late), requester))).toBe('Expire')
  })

  test('PARTY-10 the task that a request makes is the one that its requester waits for', () => {
    const other = otherTask()
    const { table } = begin()
    expect(other.task).not.toBe(table.task)
    const made = must(table.state, REQUESTER, START, { call: other.request, valueWei: other.feeWei })
    expect([...made.tasks.keys()]).toEqual([other.task])
    expect(made.tasks.get(other.task)?.task.inputRoot).toBe(tensorRoot(littleEndian(INSTANCE.seed, 8)))
  })
})
