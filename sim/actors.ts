import { Wallet } from 'ethers'
import type { InferenceRun } from '../impl/inference/runs.ts'
import { bigEndian } from '../spec/commitments/bytes.ts'
import { type Hash, type Id, keccak } from '../spec/commitments/hash.ts'
import type { Seconds } from '../spec/game/clocks.ts'
import { applyCall } from '../spec/service/apply.ts'
import type { Address, Claim } from '../spec/service/task.ts'
import { roundOf, roundStart } from '../spec/setting/times.ts'
import {
  type Requester as RequestingParty,
  requesterActs,
  requesterFor,
  serverActs,
  verifierActs,
} from '../spec/strategies/parties.ts'
import { free, type Intent, type View } from '../spec/strategies/sight.ts'
import { modelId } from '../spec/tower/model.ts'
import type { Trace } from '../spec/tower/tower.ts'
import type { Funded, Requester } from './scenario/cast.ts'
import type { Scenario } from './scenario/load.ts'
import type { Choose } from './strategies/strategy.ts'
import { watchingBeside } from './watching.ts'
import type { Account } from './worlds/world.ts'

/** Somebody of the scenario: an account, and what it does next. The same in both worlds. */
export interface Actor extends Account {
  readonly name: string
  readonly role: 'requester' | 'server' | 'verifier'
  readonly act: (view: View) => Intent | undefined
  /** When it wants to be asked again though nothing has become possible in its task. */
  readonly wakesAt?: (view: View) => Seconds | undefined
}

export interface Troupe {
  readonly task: Id
  /** In the order in which they are asked at each block. */
  readonly actors: readonly Actor[]
  /** What the server claims, and plays from. */
  readonly run: InferenceRun
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const addressOf = (privateKey: string): Address => new Wallet(privateKey).address.toLowerCase() as Address

/** An account that the seed and the name alone decide. */
const accountOf = (seed: number, { name, fundsWei }: Funded): Account => {
  const privateKey = keccak(text(`opml account ${seed} ${name}`))
  return { address: addressOf(privateKey), privateKey, fundsWei }
}

/** A contract's address is one that nobody has a key to. */
const requesterAccount = (seed: number, requester: Requester): Account => {
  const account = accountOf(seed, requester)
  if (!requester.isContract) return account
  return {
    ...account,
    address: addressOf(keccak(text(`opml contract ${seed} ${requester.name}`))),
    isContract: true,
  }
}

/** The scenario's one source of chance: numbers from the seed and a purpose. */
const chooser = (seed: number, purpose: string): Choose => {
  let count = 0
  return (below) => {
    const digest = keccak(text(`opml chance ${seed} ${purpose} `), bigEndian(count++, 6))
    // 48 bits of it.
    return Number(BigInt(digest.slice(0, 14)) % BigInt(below))
  }
}

/** @param start time of the story's first block */
export const assemble = (scenario: Scenario, start: number): Troupe => {
  const { cast, seed, task: asked, runs, input } = scenario
  const account = requesterAccount(seed, cast.requester)
  const first = firstAsked(scenario, start)
  const requester = requesterFor(
    account.address,
    {
      nonce: 0,
      modelId: modelId(runs.model),
      iterations: runs.iterations,
      attentionWei: scenario.game.attention?.minFeeWei ?? 0n,
      feeWei: asked.feeWei,
      deadline: first + asked.deadlineSeconds,
    },
    input,
  )
  const run = cast.server.strategy.run(cast.server.options, runs)
  const asks = (view: View): Intent | undefined =>
    account.isContract ? contractActs(view, requester, run) : requesterActs(view, requester)
  return {
    task: requester.task,
    run,
    actors: [
      serverActor(scenario, run, requester.task),
      ...verifierActors(scenario, requester.task),
      {
        ...account,
        name: cast.requester.name,
        role: 'requester',
        act: (view) => (view.now < first ? undefined : (asks(view) ?? slashing(view, requester))),
        wakesAt: ({ now }) => (now < first ? first : undefined),
      },
    ],
  }
}

/**
 * Who asks by a contract does what any requester does but withdraw, which the example cannot, and brings it the output of
 * the claim that settled the task.
 */
const contractActs = (view: View, self: RequestingParty, { prepared }: InferenceRun): Intent | undefined => {
  const intent = requesterActs(view, self)
  if (intent !== undefined && intent.call.kind !== 'Withdraw') return intent
  const task = view.state.tasks.get(self.task)
  if (task?.kind !== 'Settled' || task.isNotified) return undefined
  return free({ kind: 'Notify', taskId: self.task, output: prepared.output })
}

const silence = (silentAfter: number | undefined) => (silentAfter === undefined ? {} : { silentAfter })

/** A verifier is held to no round that began before it had staked: so who asks waits for the next. */
const firstAsked = ({ game: { attention }, cast }: Scenario, start: Seconds): Seconds => {
  if (attention === undefined || cast.verifier?.strategy.attention === undefined) return start
  const { answerSeconds, revealSeconds } = attention
  const seals = { seals: { answerSeconds, revealSeconds } }
  return roundStart(seals, roundOf(seals, start) + 1)
}

/** Somebody must say that a verifier that was asked did not answer, or wrongly: it is left to whoever asked for the task. */
const slashing = ({ state, now }: View, { address, task }: RequestingParty): Intent | undefined => {
  for (const { verifier } of state.enrollments.values()) {
    const call = { kind: 'Slash', taskId: task, verifier } as const
    if (applyCall(state, call, { sender: address, valueWei: 0n, now }).ok) return free(call)
  }
  return undefined
}

const serverActor = ({ cast, seed, game }: Scenario, run: InferenceRun, task: Id): Actor => {
  const { name, strategy, options } = cast.server
  const account = accountOf(seed, cast.server)
  const isSealed = game.seals !== undefined || game.attention !== undefined
  const self = {
    address: account.address,
    task,
    ...run,
    ...silence(strategy.silentAfter(options)),
    ...(isSealed ? { salt: keccak<Hash>(text(`opml salt ${seed} ${name}`)) } : {}),
  }
  return { ...account, name, role: 'server', act: (view) => serverActs(view, self) }
}

const verifierActors = ({ cast, seed, runs, game }: Scenario, task: Id): Actor[] => {
  if (cast.verifier === undefined) return []
  const { name, strategy, options } = cast.verifier
  const account = accountOf(seed, cast.verifier)
  // A verifier runs the model when it sees a claim, and once for each.
  const traces = new Map<string, Trace | undefined>()
  const traceAgainst = (claim: Claim): Trace | undefined => {
    if (!traces.has(claim.endRoot))
      traces.set(claim.endRoot, strategy.traceAgainst(claim, runs, chooser(seed, name)))
    return traces.get(claim.endRoot)
  }
  const self = { address: account.address, task, traceAgainst, ...silence(strategy.silentAfter(options)) }
  const verifies = (view: View) => verifierActs(view, self)
  const { attention } = strategy
  if (attention === undefined) return [{ ...account, name, role: 'verifier', act: verifies }]
  const watching = watchingBeside(verifies, {
    address: account.address,
    task,
    modelId: modelId(runs.model),
    stakeWei: game.attention!.stakeWei,
    endRoot: () => (attention === 'looks' ? runs.honest().prepared.endRoot : undefined),
  })
  return [{ ...account, name, role: 'verifier', ...watching }]
}
