import { fileURLToPath } from 'node:url'
import type { RunRecord } from '../sim/record.ts'
import { playScenario, prepare } from '../sim/run.ts'
import { loadScenario } from '../sim/scenario/load.ts'
import { modelWorld } from '../sim/worlds/modelWorld.ts'
import { stateHash } from '../spec/service/stateHash.ts'

/** A shipped scenario, played in the modelled chain. */
export const played = async (name: string): Promise<RunRecord> => {
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
