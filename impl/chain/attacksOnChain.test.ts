import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Instance,
  liePath,
  OUTSIDER,
  parametersOf,
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
} from '../../spec/checks/properties/alphabetGame.ts'
import { account, SALT, SEALS } from '../../spec/checks/properties/oneTask.ts'
import { type Player, play, type Step } from '../../spec/checks/properties/play.ts'
import { concat } from '../../spec/commitments/bytes.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import { deadline } from '../../spec/game/clocks.ts'
import { openSegment } from '../../spec/game/position.ts'
import type { Call } from '../../spec/service/calls.ts'
import { type RunningDispute, type ServiceState, withEntry } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { dilutionBurnsWei, verifierCapitalWei } from '../../spec/setting/bonds.ts'
import { burnedShare, leftShare, type Parameters, type Wei } from '../../spec/setting/parameters.ts'
import { honestReply } from '../../spec/strategies/honest.ts'
import { requesterActs } from '../../spec/strategies/parties.ts'
import { type Duet, type DuetChain, startDuetChain } from './duet.fixture.ts'
import { encodeCall } from './encodeCall.ts'

/**
 * The attacks that were carried out against earlier rules, and the incidents of other games, on the contracts: each is
 * played by the strategies that play it in the specification, call by call on a chain, where it costs and brings what it does there.
 */

const PARAMETERS: Parameters = { ...parametersOf(4), claimBondWei: 1000n, disputeBondWei: 800n }
const tableWith = (parameters: Parameters, lengths: readonly number[] = [3]): Table => {
  const tower = { lengths, lastLengths: [7], stepLimit: 10 }
  const instance: Instance = { tower, parameters, seed: 5 }
  return setTable(instance)
}
const OPEN = tableWith(PARAMETERS)
const SEALED = tableWith({ ...PARAMETERS, seals: SEALS })
/** Where the claim is of the machine's own run, which can be said to stand still for longer. */
const ONE_PHASE = tableWith(PARAMETERS, [])

const many = (count: number, first: number): readonly Address[] =>
  Array.from({ length: count }, (_, i) => account(first + i))
const LIARS = many(5, 0xa0)
const FRIENDS = many(3, 0xf0)
const COPIERS = many(2, 0xc0)
const EVERYBODY = [REQUESTER, SERVER, VERIFIER, OUTSIDER, ...LIARS, ...FRIENDS, ...COPIERS]

let chain: DuetChain
const contracts = new Map<Table, Address>()
beforeAll(async () => {
  chain = await startDuetChain(EVERYBODY)
  for (const table of [OPEN, SEALED, ONE_PHASE]) {
    const towers = new Map([...table.state.models.keys()].map((id) => [id, table.instance.tower] as const))
    contracts.set(table, await chain.deploy(table.state, towers))
  }
})
afterAll(() => chain?.stop())

const beginAt = (table: Table): Promise<Duet> => chain.begin(contracts.get(table)!, table.state, START)

const requester = (table: Table): Player => ({
  address: REQUESTER,
  act: (view) => requesterActs(view, table.requester),
})

/** Every call that these players make of it, by the specification. */
const stepsOf = (table: Table, players: readonly Player[]): readonly Step[] => {
  const steps: Step[] = []
  play(table.state, START, table.task, [...players, requester(table)], (step) => steps.push(step))
  return steps
}

/** Makes every call on the chain as well. @returns what each account has gained */
const onChain = async (
  duet: Duet,
  steps: readonly Step[],
  before: (step: Step) => Promise<void> = async () => {},
): Promise<ReadonlyMap<Address, Wei>> => {
  const gained = new Map<Address, Wei>()
  for (const step of steps) {
    const { sender, valueWei, now } = step.context
    duet.passTo(now)
    await before(step)
    expect(await duet.make({ call: step.intent.call, sender, valueWei, now })).toBeUndefined()
    gained.set(sender, (gained.get(sender) ?? 0n) + step.applied.paidWei - valueWei)
  }
  return gained
}

const make = async (duet: Duet, sender: Address, call: Call, valueWei: Wei = 0n): Promise<void> => {
  expect(await duet.make({ call, sender, valueWei, now: duet.now })).toBeUndefined()
  duet.passTo(duet.now + 1)
}

const newest = (map: ReadonlyMap<Id, unknown>): Id => [...map.keys()].at(-1)!

const claimOf = (table: Table, lie?: readonly number[]): Call => ({
  kind: 'Claim',
  taskId: table.task,
  nonce: 0,
  ...serverOf(table, lie).prepared,
})

/** An opening by whoever's run is true, or lies. */
const openingOn = (table: Table, state: ServiceState, nonce: number, lie?: readonly number[]): Call => {
  const [claimId, entry] = [...state.claims].at(-1)!
  const trace = table.storey.run(table.start, lie)
  return {
    kind: 'Open',
    claimId,
    nonce,
    reply: { kind: 'Dissect', roots: trace.rootsAt([1, 2, entry.claim.length]) },
  }
}

const requested = async (table: Table): Promise<Duet> => {
  const duet = await beginAt(table)
  await make(duet, REQUESTER, table.requester.request, table.requester.feeWei)
  return duet
}

describe('the attacks, on a chain', () => {
  // Rationale: the formula speaks of wei that an account has; only a chain refuses the one that it has not.
  test('ATTACK-1 on the chain: a verifier with exactly the capital of the formula refutes all lies, and with a wei less runs dry', async () => {
    const lies = 3
    const liars = LIARS.slice(0, lies).map((address, n) =>
      serverPlayer({ ...serverOf(OPEN, liePath(OPEN, [n, n, n])), address }),
    )
    const steps = stepsOf(OPEN, [...liars, verifierPlayer(verifierOf(OPEN))])
    const costs = { callWei: 0n, runWei: 0n, gainWei: 0n, interestBasisPoints: 0 }
    const capital = verifierCapitalWei({ parameters: PARAMETERS, lengths: [3, 10], costs }, BigInt(lies))
    const duet = await beginAt(OPEN)
    await duet.fund(VERIFIER, capital)
    const gained = await onChain(duet, steps)
    expect([...duet.state.claims.values()].map(({ kind }) => kind)).toEqual(liars.map(() => 'Refuted'))
    expect(gained.get(VERIFIER)!).toBeGreaterThanOrEqual(0n)

    const poor = await beginAt(OPEN)
    await poor.fund(VERIFIER, capital - 1n)
    await expect(onChain(poor, steps)).rejects.toThrow(/nsufficient funds/)
  })

  test('ATTACK-2 on the chain: disputes one more than a server plays at once burn more than they win', async () => {
    const duet = await requested(OPEN)
    await make(duet, SERVER, claimOf(OPEN), PARAMETERS.claimBondWei)
    const swarm = LIARS.slice(0, PARAMETERS.disputesAtOnce + 1)
    for (const address of swarm)
      await make(duet, address, openingOn(OPEN, duet.state, 0, [0, 1]), PARAMETERS.disputeBondWei)
    const [first, ...others] = [...duet.state.disputes.keys()]
    const dispute = duet.state.disputes.get(first!)!
    if (dispute.kind !== 'Running') throw new Error('it has just been opened')
    duet.passTo(deadline(dispute.clocks) + 1)
    await make(duet, OUTSIDER, { kind: 'Timeout', disputeId: first! })
    for (const disputeId of others) await make(duet, OUTSIDER, { kind: 'Draw', disputeId })
    expect([...duet.state.claims.values()][0]!.kind).toBe('Refuted')
    const back = swarm.reduce((sum, address) => sum + duet.state.credits.get(address)!, 0n)
    expect(back).toBeLessThan(BigInt(swarm.length) * PARAMETERS.disputeBondWei)
  })

  // Rationale: a copy in front of the original is what the pool makes easy, and what earned the fee before.
  test('ATTACK-3 on the chain: the fee of a sealed claim is its server’s, behind a lie kept pending and before its copies', async () => {
    for (const isFirst of [true, false]) {
      const liars = LIARS.slice(0, 2).flatMap((address, n): readonly Player[] => {
        const server = { ...serverOf(SEALED, liePath(SEALED, [n, n, n])), address, silentAfter: 0 }
        const friend = { ...verifierOf(SEALED, liePath(SEALED, [n + 5, 1, 2])), address: FRIENDS[n]! }
        return [serverPlayer(server), verifierPlayer({ ...friend, silentAfter: 0 })]
      })
      const honest = serverPlayer({ ...serverOf(SEALED), salt: SALT })
      const copiers = COPIERS.map((address): Player => {
        const copier = serverPlayer({ ...serverOf(SEALED), address })
        const isShown = ({ claims }: ServiceState) =>
          [...claims.values()].some(({ claim }) => claim.server === SERVER)
        return { ...copier, act: (view) => (isShown(view.state) ? copier.act(view) : undefined) }
      })
      const verifier = verifierPlayer(verifierOf(SEALED))
      const players = isFirst
        ? [honest, ...copiers, ...liars, verifier]
        : [...copiers, ...liars, honest, verifier]
      const steps = stepsOf(SEALED, players)
      const duet = await beginAt(SEALED)
      const gained = await onChain(duet, steps)
      expect(gained.get(SERVER)).toBeGreaterThanOrEqual(SEALED.requester.feeWei)
      // A copier has what it won in disputes, as any true claim does, and nothing of the fee.
      const verdicts = [...duet.state.disputes.values()].filter(({ kind }) => kind === 'Decided')
      const each = leftShare(PARAMETERS, PARAMETERS.disputeBondWei)
      for (const address of COPIERS) {
        const won = verdicts.filter(({ asserter }) => asserter === address).length
        expect(gained.get(address)).toBe(BigInt(won) * each)
      }
    }
  })

  // Rationale: a run that is said to be longer can end in the same state, and is another claim all the same: whoever is bound to it first has
  // no part in the fee for the true one.
  test('ATTACK-3 on the chain: a claim of the same end but another length says something else, and the fee goes past it', async () => {
    const duet = await requested(ONE_PHASE)
    const run = claimOf(ONE_PHASE) as Call & { kind: 'Claim' }
    await make(duet, LIARS[0]!, { ...run, length: run.length + 1 }, PARAMETERS.claimBondWei)
    await make(duet, SERVER, run, PARAMETERS.claimBondWei)
    const [long, truth] = [...duet.state.claims.keys()] as [Id, Id]
    duet.passTo(duet.now + PARAMETERS.windowSeconds + 1)
    for (const claimId of [truth, long]) await make(duet, OUTSIDER, { kind: 'Finalize', claimId })
    const attempt = (kind: 'Collect' | 'PassClaim', claimId: Id) => ({
      call: { kind, claimId } as const,
      sender: OUTSIDER,
      valueWei: 0n,
      now: duet.now,
    })
    expect(await duet.compare([attempt('Collect', long), attempt('PassClaim', long)])).toEqual([
      'ClaimDiffers',
      'accepted',
    ])
    await make(duet, OUTSIDER, { kind: 'PassClaim', claimId: long })
    expect(await duet.compare([attempt('PassClaim', truth), attempt('Collect', truth)])).toEqual([
      'ClaimStands',
      'accepted',
    ])
  })

  test('ATTACK-4 on the chain: a liar that refutes itself burns what the formula says, and leaves honesty its part', async () => {
    const own = 3
    const [liar] = LIARS as [Address]
    const duet = await requested(OPEN)
    await make(duet, liar, claimOf(OPEN, liePath(OPEN, [1, 1, 1])), PARAMETERS.claimBondWei)
    await make(duet, VERIFIER, openingOn(OPEN, duet.state, 0), PARAMETERS.disputeBondWei)
    for (let nonce = 1; nonce <= own; nonce++)
      await make(duet, liar, openingOn(OPEN, duet.state, nonce), PARAMETERS.disputeBondWei)
    const disputes = [...duet.state.disputes]
    const [decisive, dispute] = disputes[1]!
    if (dispute.kind !== 'Running') throw new Error('it has just been opened')
    duet.passTo(deadline(dispute.clocks) + 1)
    await make(duet, liar, { kind: 'Timeout', disputeId: decisive })
    for (const [disputeId] of disputes)
      if (disputeId !== decisive) await make(duet, OUTSIDER, { kind: 'Draw', disputeId })
    const part = leftShare(PARAMETERS, PARAMETERS.claimBondWei) / BigInt(own + 1)
    const { credits } = duet.state
    expect(credits.get(VERIFIER)).toBe(leftShare(PARAMETERS, PARAMETERS.disputeBondWei) + part)
    const lost = PARAMETERS.claimBondWei + BigInt(own) * PARAMETERS.disputeBondWei - credits.get(liar)!
    expect(lost).toBeGreaterThanOrEqual(dilutionBurnsWei({ parameters: PARAMETERS }, own) + part)
  })

  /** A lie with two disputes about it: in one the liar has answered and the challenger says no more, in the other the liar is silent. */
  const twoDisputes = async () => {
    const duet = await requested(OPEN)
    const lie = liePath(OPEN, [1, 1, 1])
    await make(duet, SERVER, claimOf(OPEN, lie), PARAMETERS.claimBondWei)
    for (const address of [OUTSIDER, VERIFIER])
      await make(duet, address, openingOn(OPEN, duet.state, 0), PARAMETERS.disputeBondWei)
    const [left, decisive] = [...duet.state.disputes.keys()] as [Id, Id]
    const running = (): RunningDispute => duet.state.disputes.get(left) as RunningDispute
    const { position } = running()
    const { segment, reply } = honestReply(position, PARAMETERS.arity, serverOf(OPEN, lie).trace)!
    await make(duet, SERVER, {
      kind: 'Move',
      disputeId: left,
      opening: openSegment(position, segment),
      reply,
    })
    expect(running().clocks.turn).toBe('challenger')
    return { duet, left, decisive, last: deadline(running().clocks) }
  }

  // Rationale: who opens and then says no more had lost to the asserter when the claim fell to another, whether or not somebody had said so.
  test('ATTACK-4 on the chain: a challenger whose clock ran out before the claim fell has no part of it, to the second', async () => {
    const drawn = async (late: number): Promise<string> => {
      const { duet, left, decisive, last } = await twoDisputes()
      duet.passTo(last + late)
      await make(duet, VERIFIER, { kind: 'Timeout', disputeId: decisive })
      const draw = { call: { kind: 'Draw', disputeId: left } as const, sender: OUTSIDER, valueWei: 0n }
      return (await duet.compare([{ ...draw, now: duet.now }]))[0]!
    }
    expect([await drawn(0), await drawn(1)]).toEqual(['accepted', 'ClockExpired'])
  })

  test('ATTACK-4 on the chain: a dispute that its challenger has lost takes no part from the one that refutes the claim', async () => {
    const { duet, left, decisive, last } = await twoDisputes()
    duet.passTo(last + 1)
    for (const disputeId of [left, decisive]) await make(duet, OUTSIDER, { kind: 'Timeout', disputeId })
    const { claimBondWei, disputeBondWei } = PARAMETERS
    const whole = leftShare(PARAMETERS, disputeBondWei) + leftShare(PARAMETERS, claimBondWei)
    expect(duet.state.credits.get(VERIFIER)).toBe(whole)
    expect(duet.state.credits.get(OUTSIDER)).toBeUndefined()
  })

  test('ATTACK-4 on the chain: a fee is less than a fallen lie surely burns, to the wei', async () => {
    const duet = await beginAt(OPEN)
    const most = burnedShare(PARAMETERS, PARAMETERS.claimBondWei) - 1n
    const { request } = OPEN.requester
    const asked = [most, most + 1n].map((valueWei) => ({
      call: request,
      sender: REQUESTER,
      valueWei,
      now: duet.now,
    }))
    expect(await duet.compare(asked)).toEqual(['accepted', 'FeeTooHigh'])
  })

  test('ATTACK-6 on the chain: no number of zeros behind an output, and no less of it, is a claim or told to anybody', async () => {
    const duet = await requested(OPEN)
    const call = claimOf(OPEN) as Call & { kind: 'Claim' }
    const lengths = [0, 1, 31, 33, 64, 5_000]
    const outputs = lengths.map((length) =>
      concat(call.output, new Uint8Array(5_000)).subarray(0, length).slice(),
    )
    const attempt = (made: Call, valueWei: Wei = 0n) => ({
      call: made,
      sender: SERVER,
      valueWei,
      now: duet.now,
    })
    const claims = outputs.map((output) => attempt({ ...call, output }, PARAMETERS.claimBondWei))
    expect(await duet.compare(claims)).toEqual(lengths.map(() => 'OutputLengthInvalid'))
    await make(duet, SERVER, call, PARAMETERS.claimBondWei)
    const claimId = newest(duet.state.claims)
    duet.passTo(duet.now + PARAMETERS.windowSeconds + 1)
    await make(duet, SERVER, { kind: 'Finalize', claimId })
    const told = outputs.map((output) => attempt({ kind: 'Notify', taskId: OPEN.task, output }))
    expect(await duet.compare(told)).toEqual(lengths.map(() => 'OutputLengthInvalid'))
    await make(duet, OUTSIDER, { kind: 'Notify', taskId: OPEN.task, output: call.output })
  })

  // Rationale: any final claim would do for a consumer that is not told which of them settled its task, and for a liar who wants the fee.
  // That of another task can even have the same number there.
  test('ATTACK-10 on the chain: a final claim that did not settle its task passes for it nowhere', async () => {
    const duet = await requested(OPEN)
    const { request, feeWei } = OPEN.requester
    await make(duet, REQUESTER, { ...request, nonce: request.nonce + 1 }, feeWei)
    const second = newest(duet.state.tasks)
    const lieCall = claimOf(OPEN, liePath(OPEN, [1, 1, 1])) as Call & { kind: 'Claim' }
    const bond = PARAMETERS.claimBondWei
    const claims: Id[] = []
    for (const [sender, call] of [
      [LIARS[0]!, lieCall],
      [SERVER, claimOf(OPEN)],
      [LIARS[0]!, { ...lieCall, taskId: second }],
      [LIARS[1]!, { ...lieCall, taskId: second }],
    ] as const) {
      await make(duet, sender, call, bond)
      claims.push(newest(duet.state.claims))
    }
    const [lie, truth, , elsewhere] = claims as [Id, Id, Id, Id]
    const numberOf = (id: Id): number => duet.state.claims.get(id)!.number
    expect(numberOf(elsewhere)).toBe(numberOf(truth))
    duet.passTo(duet.now + PARAMETERS.windowSeconds + 1)
    // The lie was bound first, and the truth is final first: the cursor stands on the lie.
    for (const claimId of [truth, lie, elsewhere]) await make(duet, OUTSIDER, { kind: 'Finalize', claimId })
    /** What the chain says where somebody brings another final claim along as the one that settled the task. */
    const says = (call: Call, other: Id): Promise<string> => {
      const entry = duet.state.tasks.get(OPEN.task)!
      expect(entry).toMatchObject({ kind: 'Settled', claim: truth })
      const tasks = withEntry(duet.state.tasks, OPEN.task, { ...entry, claim: other } as typeof entry)
      return duet.ask(OUTSIDER, encodeCall(call, { ...duet.state, tasks }))
    }
    const refused = async (call: Call): Promise<void> => {
      for (const other of [lie, elsewhere])
        expect([call.kind, await says(call, other)]).toEqual([call.kind, 'ClaimUnknown'])
    }
    await refused({ kind: 'Notify', taskId: OPEN.task, output: lieCall.output })
    for (const kind of ['Reward', 'Slash'] as const)
      await refused({ kind, taskId: OPEN.task, verifier: OUTSIDER })
    await refused({ kind: 'Collect', claimId: lie })
    await refused({ kind: 'PassClaim', claimId: lie })
    await make(duet, OUTSIDER, { kind: 'PassClaim', claimId: lie })
    await refused({ kind: 'PassClaim', claimId: truth })
    await refused({ kind: 'Collect', claimId: truth })
    await make(duet, OUTSIDER, { kind: 'Collect', claimId: truth })
  })
})

/** Behind every deadline that there is here. */
const FAR = 2 ** 31

describe('the incidents, on a chain', () => {
  const game = (): readonly Step[] =>
    stepsOf(OPEN, [serverPlayer(serverOf(OPEN, liePath(OPEN, [1, 2, 3]))), verifierPlayer(verifierOf(OPEN))])

  test('INCIDENT-8 on the chain: the last second is in time for a move, and the next is for its timeout', async () => {
    const duet = await beginAt(OPEN)
    let moves = 0
    await onChain(duet, game(), async ({ intent: { call }, context, before }) => {
      const dispute = call.kind === 'Move' ? before.disputes.get(call.disputeId) : undefined
      if (call.kind !== 'Move' || dispute?.kind !== 'Running') return
      const last = deadline(dispute.clocks)
      const timeout: Call = { kind: 'Timeout', disputeId: call.disputeId }
      const { sender } = context
      const tried = [last, last + 1].flatMap((now) => [
        { call, sender, valueWei: 0n, now },
        { call: timeout, sender: OUTSIDER, valueWei: 0n, now },
      ])
      expect(await duet.compare(tried)).toEqual(['accepted', 'ClockNotExpired', 'ClockExpired', 'accepted'])
      moves++
    })
    expect(moves).toBeGreaterThanOrEqual(3)
  })

  test('INCIDENT-13 on the chain: a copy that is mined first takes nothing from whoever meant it', async () => {
    const steps = game()
    let copies = 0
    for (const [index, { intent, context }] of steps.entries()) {
      const { call } = intent
      if (call.kind === 'Request' || call.kind === 'Withdraw') continue
      const duet = await beginAt(OPEN)
      await onChain(duet, steps.slice(0, index))
      duet.passTo(context.now)
      const copy = { call, sender: OUTSIDER, valueWei: context.valueWei, now: context.now }
      const [said] = await duet.compare([copy])
      // A move of somebody else's is refused; whatever anyone may say has the same come of it.
      if (call.kind === 'Move') expect(said).toBe('NotYourTurn')
      if (said !== 'accepted') continue
      expect(await duet.make(copy)).toBeUndefined()
      duet.passTo(context.now + 1)
      const meant = { call, sender: context.sender, valueWei: context.valueWei, now: context.now + 1 }
      const [after] = await duet.compare([meant])
      expect(['Claim', 'Open'].includes(call.kind) ? after : 'said already').toBe(
        ['Claim', 'Open'].includes(call.kind) ? 'accepted' : 'said already',
      )
      copies++
    }
    expect(copies).toBeGreaterThanOrEqual(2)
  })

  test('INCIDENT-2, INCIDENT-14 on the chain: nothing is drawn while a claim is disputed, and a timeout never lapses', async () => {
    const duet = await beginAt(OPEN)
    let running = 0
    await onChain(duet, game(), async ({ before }) => {
      const ids = [...before.disputes].filter(([, { kind }]) => kind === 'Running').map(([id]) => id)
      if (ids.length === 0) return
      running++
      const withdraw = { call: { kind: 'Withdraw' } as const, sender: SERVER, valueWei: 0n, now: FAR }
      expect(await duet.compare([withdraw])).toEqual(['NothingToWithdraw'])
      const late = ids.map((disputeId) => ({
        call: { kind: 'Timeout', disputeId } as const,
        sender: OUTSIDER,
        valueWei: 0n,
        now: FAR,
      }))
      expect(await duet.compare(late)).toEqual(ids.map(() => 'accepted'))
    })
    expect(running).toBeGreaterThanOrEqual(3)
  })

  test('INCIDENT-9 on the chain: each dispute that a richer attacker loses leaves the honest server richer', async () => {
    const attackers = LIARS.slice(0, 3)
    const players = attackers.map((address, n) =>
      verifierPlayer({ ...verifierOf(OPEN, liePath(OPEN, [n, n + 1, n])), address }),
    )
    const steps = stepsOf(OPEN, [serverPlayer(serverOf(OPEN)), ...players])
    const gained = await onChain(await beginAt(OPEN), steps)
    const each = leftShare(PARAMETERS, PARAMETERS.disputeBondWei)
    expect(gained.get(SERVER)).toBe(OPEN.requester.feeWei + BigInt(attackers.length) * each)
    for (const address of attackers) expect(gained.get(address)).toBe(-PARAMETERS.disputeBondWei)
  })
})
