import { Wallet } from 'ethers'
import type { InferenceRun } from '../impl/inference/runs.ts'
import { bigEndian } from '../spec/commitments/bytes.ts'
import { type Id, keccak } from '../spec/commitments/hash.ts'
import type { Address, Claim } from '../spec/service/task.ts'
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
import type { Account } from './worlds/world.ts'

/** Somebody of the scenario: an account, and what it does next. The same in both worlds. */
export interface Actor extends Account {
  readonly name: string
  readonly role: 'requester' | 'server' | 'verifier'
  readonly act: (view: View) => Intent | undefined
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
  const requester = requesterFor(
    account.address,
    {
      nonce: 0,
      modelId: modelId(runs.model),
      iterations: runs.iterations,
      attentionWei: 0n,
      feeWei: asked.feeWei,
      deadline: start + asked.deadlineSeconds,
    },
    input,
  )
  const run = cast.server.strategy.run(cast.server.options, runs)
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
        act: account.isContract
          ? (view) => contractActs(view, requester, run)
          : (view) => requesterActs(view, requester),
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

const serverActor = ({ cast, seed }: Scenario, run: InferenceRun, task: Id): Actor => {
  const { name, strategy, options } = cast.server
  const account = accountOf(seed, cast.server)
  const self = { address: account.address, task, ...run, ...silence(strategy.silentAfter(options)) }
  return { ...account, name, role: 'server', act: (view) => serverActs(view, self) }
}

const verifierActors = ({ cast, seed, runs }: Scenario, task: Id): Actor[] => {
  if (cast.verifier === undefined) return []
  const { name, strategy, options } = cast.verifier
  const account = accountOf(seed, cast.verifier)
  // A verifier runs the model when it sees a claim, and once for each.
  const traces = new Map<string, Trace>()
  const traceAgainst = (claim: Claim): Trace => {
    const trace = traces.get(claim.endRoot) ?? strategy.traceAgainst(claim, runs, chooser(seed, name))
    traces.set(claim.endRoot, trace)
    return trace
  }
  const self = { address: account.address, task, traceAgainst, ...silence(strategy.silentAfter(options)) }
  return [{ ...account, name, role: 'verifier', act: (view) => verifierActs(view, self) }]
}
