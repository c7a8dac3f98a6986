import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigEndian } from '../../commitments/bytes.ts'
import { type Hash, type Id, keccak, ZERO_HASH } from '../../commitments/hash.ts'
import { asks, attentionHash } from '../../service/attention.ts'
import type { Call } from '../../service/calls.ts'
import { isDrawn, roundWeightId } from '../../service/rounds.ts'
import type { ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import {
  dilutionBurnsWei,
  disputeCostWei,
  type Played,
  smallestDisputeBondWei,
  verifierCapitalWei,
  withstoodClaims,
} from '../../setting/bonds.ts'
import {
  burnedShare,
  leftShare,
  type Parameters,
  parameterFault,
  type Wei,
} from '../../setting/parameters.ts'
import { DEPLOYMENT, TEST } from '../../setting/presets.ts'
import { ImpossibleSetting, settingOf } from '../../setting/setting.ts'
import { leastInitialSeconds } from '../../setting/world.ts'
import { requesterActs } from '../../strategies/parties.ts'
import {
  type Instance,
  instances,
  liePath,
  MODEL,
  OUTSIDER,
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
import { refused } from './attempt.ts'
import {
  ATTENTION,
  account,
  at,
  BASE,
  BOND,
  claimCall,
  DISPUTE_BOND,
  FEE,
  make,
  openCall,
  requested,
  SALT,
  SEALS,
  tableOf,
} from './oneTask.ts'
import { BLOCK_SECONDS, type Player, play } from './play.ts'
import { tally } from './tally.ts'

/** Ten attacks that were carried out against earlier rules, each as a property of these. */

/** What somebody has gained so far, from its calls alone. */
const ledger = () => {
  const gained = new Map<Address, Wei>()
  return {
    of: (account: Address): Wei => gained.get(account) ?? 0n,
    note: (account: Address, wei: Wei) => gained.set(account, (gained.get(account) ?? 0n) + wei),
  }
}

const CALL_WEI = 5n

/** An instance with bonds by the formulas, half of each burned, where every call costs the same. */
const playedOf = ({ tower, parameters, seed }: Instance): Played & { readonly instance: Instance } => {
  const lengths = [...tower.lengths, tower.stepLimit]
  const costs = { callWei: CALL_WEI, runWei: 0n, gainWei: 100n, interestBasisPoints: 0 }
  const cost = disputeCostWei({ parameters, lengths, costs })
  const disputeBondWei = 2n * cost + 200n
  const bonds = { disputeBondWei, claimBondWei: 2n * disputeBondWei }
  const played = { parameters: { ...parameters, ...bonds }, lengths, costs }
  const world = { inclusionSeconds: 0, recomputeSeconds: lengths.map(() => 0), watchers: 0 }
  settingOf({ ...played, world })
  return { ...played, instance: { tower, parameters: played.parameters, seed } }
}

const RECOMPUTE_SECONDS = 10_000

/** A deployment whose clock is the least for so many disputes at once about one run. */
const overrunnable = (disputesAtOnce: number, length: number, arity: number) => {
  const tower = { lengths: [], lastLengths: [length], stepLimit: length }
  const costs = { callWei: CALL_WEI, runWei: 0n, gainWei: 100n, interestBasisPoints: 0 }
  const given = { ...BASE, arity, disputesAtOnce, burnBasisPoints: 5000 }
  const cost = disputeCostWei({ parameters: given, lengths: [length], costs })
  const claimBondWei = 4n * costs.gainWei + 8n * cost
  const bonded = { ...given, claimBondWei }
  const disputeBondWei = smallestDisputeBondWei({ parameters: bonded, lengths: [length], costs })
  // Each call has a block of its own here, so that a turn takes one of everybody's.
  const inclusionSeconds = 2 * (disputesAtOnce + 2) * BLOCK_SECONDS
  const world = { inclusionSeconds, recomputeSeconds: [RECOMPUTE_SECONDS], watchers: 0 }
  const timed = { ...bonded, disputeBondWei, inclusionSeconds, windowSeconds: 2 * RECOMPUTE_SECONDS }
  const clockSeconds = leastInitialSeconds({ parameters: timed, lengths: [length] }, world)
  const parameters = settingOf({
    parameters: { ...timed, clockSeconds },
    lengths: [length],
    costs,
    world,
  }).parameters
  return { instance: { tower, parameters, seed: 1 }, costs }
}

/** A party that has one machine: each reply takes it so long, and it is at work whenever it owes one. */
const atWork = (player: Player, seconds: number): Player => {
  let doneAt: number | undefined
  return {
    ...player,
    act: (view) => {
      const intent = player.act(view)
      if (intent?.call.kind !== 'Move') return intent
      doneAt ??= view.now + seconds
      if (view.now < doneAt) return undefined
      doneAt = undefined
      return intent
    },
    wakesAt: () => doneAt,
  }
}

const attackers = (n: number): readonly Address[] => Array.from({ length: n }, (_, i) => account(0xa0 + i))

const requester = (table: ReturnType<typeof setTable>): Player => ({
  address: REQUESTER,
  act: (view) => requesterActs(view, table.requester),
})

describe('the ten attacks', () => {
  /**
   * Rationale: with one bond for both, M + 1 false claims beat a verifier with M bonds. Now the capital is a formula:
   * with it as many lies as it says fall, and it never needs a wei more.
   */
  test('ATTACK-1 a verifier with the capital for so many lies at once refutes them all and never runs dry', () => {
    const reached = tally()
    fc.assert(
      fc.property(instances, fc.integer({ min: 1, max: 5 }), (given, lies) => {
        const { instance, ...played } = playedOf(given)
        const capital = verifierCapitalWei(played, BigInt(lies))
        expect(withstoodClaims(played, capital)).toBe(BigInt(lies))
        const table = setTable(instance)
        const liars = attackers(lies)
        const book = ledger()
        let least = 0n
        const players = [
          ...liars.map((address, n) =>
            serverPlayer({ ...serverOf(table, liePath(table, [n, n, n])), address }),
          ),
          verifierPlayer(verifierOf(table)),
          requester(table),
        ]
        const end = play(table.state, START, table.task, players, ({ context, applied }) => {
          book.note(context.sender, applied.paidWei - context.valueWei - CALL_WEI)
          if (book.of(VERIFIER) < least) least = book.of(VERIFIER)
        })
        expect([...end.claims.values()].map(({ kind }) => kind)).toEqual(liars.map(() => 'Refuted'))
        expect(capital + least).toBeGreaterThanOrEqual(0n)
        expect(book.of(VERIFIER)).toBeGreaterThanOrEqual(0n)
        for (const liar of liars) expect(-book.of(liar)).toBeGreaterThan(played.costs.gainWei)
        if (lies >= 4) reached.note('four lies or more')
      }),
      { numRuns: 20 },
    )
    reached.expectAtLeast({ 'four lies or more': 1 })
  })

  /**
   * Rationale: with small dispute bonds given back, a hundred disputes against one true claim cost nothing if a single
   * clock is missed. Now what they burn is more than the claim is worth, from as many on as are too much at once.
   */
  test('ATTACK-2 disputes that overrun an honest server burn more than its fallen claim gives and is worth', () => {
    const deployments = [TEST, DEPLOYMENT].map(({ parameters, costs }) => {
      const { seals: _, attention: __, ...open } = parameters
      return { parameters: { ...open, arity: 2 }, costs }
    })
    for (const { parameters, costs } of deployments)
      for (const more of [0, 1, 5]) {
        const table = tableOf(parameters)
        const fee = { ...table.requester.request }
        const asked = make(table.state, fee, REQUESTER, START, 100n).state
        const { claimBondWei, disputeBondWei } = parameters
        const claimed = make(asked, claimCall(table), SERVER, START, claimBondWei)
        const swarm = attackers(parameters.disputesAtOnce + more)
        let { state } = claimed
        const disputes = swarm.map((address) => {
          const opened = make(state, openCall(table, claimed.id!, [1]), address, START, disputeBondWei)
          state = opened.state
          return opened.id!
        })
        const late = START + parameters.clockSeconds + 1
        state = make(state, { kind: 'Timeout', disputeId: disputes[0]! }, OUTSIDER, late).state
        for (const disputeId of disputes.slice(1))
          state = make(state, { kind: 'Draw', disputeId }, OUTSIDER, late).state
        expect(state.claims.get(claimed.id!)!.kind).toBe('Refuted')
        const back = swarm.reduce((sum, address) => sum + state.credits.get(address)!, 0n)
        const net = back - BigInt(swarm.length) * disputeBondWei
        expect(net + costs.gainWei).toBeLessThanOrEqual(0n)
      }
  })

  /**
   * Rationale: D is what clocks and bonds are made for. Under the least clock that a setting allows, a server that works
   * all the time must get through D disputes; where one more is too much for it, whoever opened them has paid for that.
   */
  test('ATTACK-2 a server that recomputes for each reply keeps its claim against D disputes, and loses it to D + 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 2, max: 4 }),
        (disputesAtOnce, length, arity) => {
          const { instance, costs } = overrunnable(disputesAtOnce, length, arity)
          const outcomes = [disputesAtOnce, disputesAtOnce + 1].map((disputes) => {
            const table = setTable(instance)
            const swarm = attackers(disputes)
            const book = ledger()
            const end = play(
              table.state,
              START,
              table.task,
              [
                atWork(serverPlayer(serverOf(table)), RECOMPUTE_SECONDS),
                // All dispute the last step, so that nobody is done before the last turn.
                ...swarm.map((address) => verifierPlayer({ ...verifierOf(table, [length - 1]), address })),
                requester(table),
              ],
              ({ context, applied }) => book.note(context.sender, applied.paidWei - context.valueWei),
            )
            const [claim] = [...end.claims.values()]
            const won = swarm.reduce((sum, address) => sum + book.of(address), 0n)
            return { kind: claim!.kind, won }
          })
          expect(outcomes.map(({ kind }) => kind)).toEqual(['Final', 'Refuted'])
          for (const { won } of outcomes) expect(won + costs.gainWei).toBeLessThanOrEqual(0n)
        },
      ),
      { numRuns: 25 },
    )
  })

  /**
   * Rationale: the fee was a race of two `finalize` calls, and a copy won it. Copies, lies bound first that their own
   * disputes keep pending, and a requester that wants its fee back now change nothing for whoever was bound first.
   */
  test('ATTACK-3 the fee of a sealed true claim is its server’s, whoever copies it, lies before it, or finalizes first', () => {
    const reached = tally()
    fc.assert(
      fc.property(
        instances,
        fc.record({
          lies: fc.nat({ max: 2 }),
          copies: fc.nat({ max: 2 }),
          isFirst: fc.boolean(),
          silent: fc.boolean(),
        }),
        (given, { lies, copies, isFirst, silent }) => {
          const instance = { ...given, parameters: { ...given.parameters, seals: SEALS } }
          const table = setTable(instance)
          const liars = attackers(lies).flatMap((address, n): readonly Player[] => {
            const lie = liePath(table, [n, n, n])
            const server = { ...serverOf(table, lie), address, ...(silent ? { silentAfter: 0 } : {}) }
            // Its own verifier disputes the lie with another, so that it stays pending as long as it can.
            const friend = { ...verifierOf(table, liePath(table, [n + 5, 1, 2])), address: account(0xf0 + n) }
            return [serverPlayer(server), verifierPlayer({ ...friend, silentAfter: 0 })]
          })
          const honest = serverPlayer({ ...serverOf(table), salt: SALT })
          const copiers = Array.from({ length: copies }, (_, n): Player => {
            const copier = serverPlayer({ ...serverOf(table), address: account(0xc0 + n) })
            // It sees the claim at its reveal, and finalizes whatever it can before anybody else.
            const isShown = ({ claims }: ServiceState) =>
              [...claims.values()].some(({ claim }) => claim.server === SERVER)
            return { ...copier, act: (view) => (isShown(view.state) ? copier.act(view) : undefined) }
          })
          const verifier = verifierPlayer(verifierOf(table))
          const players = isFirst
            ? [honest, ...copiers, ...liars, verifier, requester(table)]
            : [...copiers, ...liars, honest, verifier, requester(table)]
          const book = ledger()
          const end = play(table.state, START, table.task, players, ({ intent, context, applied }) => {
            if (intent.call.kind === 'PassClaim') reached.note('a claim that is passed')
            book.note(context.sender, applied.paidWei - context.valueWei)
          })
          const own = [...end.claims.values()].find(({ claim }) => claim.server === SERVER)!
          expect(own.kind).toBe('Final')
          const task = end.tasks.get(table.task)!
          expect(task).toMatchObject({ kind: 'Settled', isPaid: true, cursor: own.number })
          expect(book.of(SERVER)).toBeGreaterThanOrEqual(table.requester.feeWei)
          // A copier has what it won in disputes, as any true claim does, and nothing of the fee.
          const won = (address: Address) =>
            [...end.disputes.values()].filter(
              (dispute) =>
                dispute.kind === 'Decided' && dispute.winner === 'asserter' && dispute.asserter === address,
            ).length
          const { parameters } = instance
          const each = leftShare(parameters, parameters.disputeBondWei)
          for (let n = 0; n < copies; n++) {
            expect(book.of(account(0xc0 + n))).toBe(BigInt(won(account(0xc0 + n))) * each)
            reached.note('a copy')
          }
        },
      ),
      { numRuns: 25 },
    )
    reached.expectAtLeast({ 'a copy': 21, 'a claim that is passed': 6 })
  })

  /**
   * Rationale: a liar that refuted itself took the reward, and honesty's gas with it. Now whoever was playing has its
   * part, and what the liar gives up by own disputes is a formula.
   */
  test('ATTACK-4 a liar that refutes itself shares the reward by moves, and burns what the formula says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), (own, which) => {
        const table = tableOf(BASE)
        const liar = account(0xd)
        const claimed = make(requested(table), claimCall(table, [1]), liar, START, BOND)
        const opened = make(claimed.state, openCall(table, claimed.id!), VERIFIER, START, DISPUTE_BOND)
        let { state } = opened
        const disputes = Array.from({ length: own }, (_, nonce) => {
          const call = { ...openCall(table, claimed.id!), nonce }
          const made = make(state, call, liar, START, DISPUTE_BOND)
          state = made.state
          return made.id!
        })
        const late = START + BASE.clockSeconds + 1
        const decisive = disputes[which % own]!
        state = make(state, { kind: 'Timeout', disputeId: decisive }, liar, late).state
        for (const disputeId of [...disputes, opened.id!])
          if (disputeId !== decisive) state = make(state, { kind: 'Draw', disputeId }, OUTSIDER, late).state
        const part = leftShare(BASE, BOND) / BigInt(own + 1)
        expect(state.credits.get(VERIFIER)).toBe(leftShare(BASE, DISPUTE_BOND) + part)
        // What the liar has lost: what was burned of its bonds, and the honest part.
        const paid = BOND + BigInt(own) * DISPUTE_BOND
        const lost = paid - state.credits.get(liar)!
        expect(lost).toBeGreaterThanOrEqual(dilutionBurnsWei({ parameters: BASE }, own) + part)
        // A fee is less than that alone, so that no lie pays by being its own refuter.
        expect(FEE).toBeLessThan(burnedShare(BASE, BOND))
      }),
      { numRuns: 30 },
    )
    const { state, requester: asking } = tableOf(BASE)
    const high = burnedShare(BASE, BOND)
    expect(refused(state, asking.request, at(state, REQUESTER, START, high))).toBe('FeeTooHigh')
  })

  /**
   * Rationale: a requester tried 35,000 nonces and had five watchers of its choice asked at once, in two tasks. Now
   * nobody knows whom a task asks while it can still be chosen, and each watcher is held to one task a round.
   */
  test('ATTACK-5 whom a task asks cannot be ground out, and a flood of tasks holds each watcher to one', () => {
    const root = keccak<never>(Uint8Array.of(1))
    const chosen = [0, 1, 2, 3, 4].map(account)
    const oneIn = { oneIn: 4 }
    const isAsked = (task: Id, randomness: Hash) => (verifier: Address) =>
      asks(attentionHash(task, verifier, root, randomness), oneIn)
    // As many nonces as it takes to have all five asked, for a hash that the requester hopes for.
    const tasks = Array.from({ length: 20_000 }, (_, nonce) => keccak<Id>(bigEndian(nonce, 6)))
    const ground = tasks.filter((task) => chosen.every(isAsked(task, ZERO_HASH)))
    expect(ground.length).toBeGreaterThan(5)
    const hits = ground.map((task, n) => chosen.filter(isAsked(task, keccak(bigEndian(n, 2)))).length)
    const mean = hits.reduce((sum, count) => sum + count, 0) / hits.length
    expect(mean).toBeLessThan(2.5)

    // A hundred tasks in a round: the watcher that works on the one that it is held to is held to no other.
    const weights = tasks.slice(0, 100).map((_, n) => BigInt(20 + n))
    const total = weights.reduce((sum, weight) => sum + weight, 0n)
    const table = tableOf({ ...BASE, seals: SEALS, attention: ATTENTION })
    const state = { ...table.state, roundWeights: new Map([[roundWeightId(MODEL, 1), total]]) }
    for (const verifier of chosen) {
      let weightStart = 0n
      let held = 0
      for (const attentionWei of weights) {
        const draw = { round: 1, weightStart }
        if (isDrawn(state, { model: MODEL, attentionWei }, draw, verifier, keccak(bigEndian(7, 1)))) held++
        weightStart += attentionWei
      }
      expect(held).toBe(1)
    }
    // And whoever cheats cannot avoid the question by an open claim.
    const before = requested(table)
    expect(refused(before, claimCall(table), at(before, SERVER, START, BOND))).toBe('SealRequired')
  })

  /** Rationale: a true claim of class 0 was accepted with 0, 1, 4 and 5,000 bytes, and the one call back used up by zeros. */
  test('ATTACK-6 no number of zeros behind an output is another output', () => {
    const table = tableOf(BASE)
    const call = claimCall(table)
    const before = requested(table)
    const claimed = make(before, call, SERVER, START, BOND)
    const late = START + BASE.windowSeconds + 1
    const { state } = make(claimed.state, { kind: 'Finalize', claimId: claimed.id! }, SERVER, late)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), (length) => {
        const output = new Uint8Array(length)
        output.set(call.output.slice(0, length))
        const isWhole = length === call.output.length
        const notify: Call = { kind: 'Notify', taskId: table.task, output }
        expect(refused(before, { ...call, output }, at(before, SERVER, START, BOND)) === 'accepted').toBe(
          isWhole,
        )
        expect(refused(state, notify, at(state, OUTSIDER, late)) === 'accepted').toBe(isWhole)
      }),
      { numRuns: 60, examples: [[0], [31], [32], [33], [5_000]] },
    )
  })

  /** Rationale: a deployment that nobody can meet lets whoever lies first win. */
  test('ATTACK-8 settings that nobody can meet are impossible, and a deployment refuses what it can see', () => {
    const { parameters } = TEST
    const faultOf = (change: Partial<Parameters>) => parameterFault({ ...parameters, ...change })?.parameter
    expect(faultOf({ clockSeconds: 1 })).toBe('clockSeconds')
    expect(faultOf({ windowSeconds: 11 })).toBe('windowSeconds')
    expect(faultOf({ claimBondWei: 1n, disputeBondWei: 1n })).toBe('disputeBondWei')
    const costs = { ...DEPLOYMENT.costs, callWei: (DEPLOYMENT.costs.callWei * 461n) / 250n }
    expect(() => settingOf({ ...DEPLOYMENT, costs })).toThrow(ImpossibleSetting)
    expect(settingOf(DEPLOYMENT)).toBe(DEPLOYMENT)
  })

  /** Rationale: a consumer that looks at any final claim of the task must not be misled. */
  test('ATTACK-10 a task says which claim settled it, for good, and whatever else becomes final', () => {
    const table = tableOf(BASE)
    const truth = make(requested(table), claimCall(table), SERVER, START, BOND)
    const lie = make(truth.state, claimCall(table, [1]), OUTSIDER, START, BOND)
    const late = START + BASE.windowSeconds + 1
    const finalize = (claimId: Id): Call => ({ kind: 'Finalize', claimId })
    const settled = make(lie.state, finalize(truth.id!), SERVER, late).state
    const both = make(settled, finalize(lie.id!), OUTSIDER, late).state
    for (const state of [settled, both])
      expect(state.tasks.get(table.task)).toMatchObject({ kind: 'Settled', claim: truth.id })
    expect(both.claims.get(lie.id!)!.kind).toBe('Final')
    const other = claimCall(table, [1]).output
    const tell = (output: Uint8Array): Call => ({ kind: 'Notify', taskId: table.task, output })
    expect(refused(both, tell(other), at(both, OUTSIDER, late))).toBe('OutputMismatch')
    expect(refused(both, tell(claimCall(table).output), at(both, OUTSIDER, late))).toBe('accepted')
  })
})
