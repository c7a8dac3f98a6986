import { fileURLToPath } from 'node:url'
import { gasOf } from '../sim/outcome.ts'
import type { RunRecord } from '../sim/record.ts'
import { playScenario, prepare } from '../sim/run.ts'
import { loadScenario } from '../sim/scenario/load.ts'
import { modelWorld } from '../sim/worlds/modelWorld.ts'
import { keccak } from '../spec/commitments/hash.ts'
import { stateHash } from '../spec/service/stateHash.ts'
import type { Address } from '../spec/service/task.ts'

const known = new Map<string, Promise<RunRecord>>()

/** A shipped scenario, played in the modelled chain; once, however often it is asked for. */
export const played = (name: string): Promise<RunRecord> => {
  const record = known.get(name) ?? play(name)
  known.set(name, record)
  return record
}

const play = async (name: string): Promise<RunRecord> => {
  const file = fileURLToPath(new URL(`../scenarios/${name}.yaml`, import.meta.url))
  const prepared = prepare({ ...loadScenario(file), world: 'model' })
  return playScenario(prepared, modelWorld(prepared.start), performance.now(), () => {})
}

/** The same run, but the server first withdraws what it does not have, and is refused. */
export const withRefusal = (record: RunRecord): RunRecord => {
  const [first] = record.story.journal
  const server = record.actors.find(({ role }) => role === 'server')
  if (first === undefined || server === undefined) throw new Error('the run has no call or no server')
  const refused = {
    ...first,
    actor: server.name,
    sender: server.address,
    call: { kind: 'Withdraw' },
    valueWei: 0n,
    outcome: 'NothingToWithdraw',
    stateHash: stateHash(record.start),
  } as const
  const journal = [refused, ...record.story.journal].map((entry, seq) => ({ ...entry, seq }))
  return { ...record, story: { ...record.story, journal } }
}

/** The same run, as if each call had stood in a transaction of a chain. */
export const withTransactions = (record: RunRecord): RunRecord => {
  const journal = record.story.journal.map((entry) => ({
    ...entry,
    transaction: {
      hash: keccak(Uint8Array.of(entry.seq)),
      block: 100 + entry.seq,
      gasUsed: 50_000 + 1_000 * entry.seq,
      data: '0x1234',
    },
  }))
  const place = { chainId: 31_337, service: address(1), registry: address(2) }
  return {
    ...record,
    place,
    story: { ...record.story, journal },
    summary: { ...record.summary, gas: gasOf(journal) },
  }
}

const address = (digit: number): Address => `0x${String(digit).repeat(40)}`
