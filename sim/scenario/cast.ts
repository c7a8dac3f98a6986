import type { ModelRuns } from '../../impl/inference/runs.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import { oneOf } from '../badInput.ts'
import { SERVER_STRATEGIES } from '../strategies/server.ts'
import type { ServerStrategy, VerifierStrategy } from '../strategies/strategy.ts'
import { VERIFIER_STRATEGIES } from '../strategies/verifier.ts'
import { DEFAULT_FUNDS_WEI } from '../worlds/world.ts'
import { type FieldFault, mustBe, schemaFaults } from './fault.ts'
import { flag, mapping } from './fields.ts'
import { actorSchema, type RawActor, ROLES } from './schema.ts'

/** Somebody with a name and with money. */
export interface Funded {
  readonly name: string
  readonly fundsWei: Wei
}

/** An actor with a strategy, and the options that the scenario gives it. */
export interface Role<Strategy> extends Funded {
  readonly strategyName: string
  readonly strategy: Strategy
  readonly options: unknown
  /** Its place among the file's actors, for messages. */
  readonly index: number
}

/** Who plays: one server, at most one verifier, and a requester, who has a name even where the file gives none. */
export interface Cast {
  readonly server: Role<ServerStrategy>
  readonly verifier: Role<VerifierStrategy> | undefined
  readonly requester: Requester
}

export interface Requester extends Funded {
  /** Whether it asks by a contract of its own, which is called back with the output. */
  readonly isContract: boolean
}

const DEFAULT_REQUESTER: Requester = { name: 'requester', fundsWei: DEFAULT_FUNDS_WEI, isContract: false }

const requesterOptions = mapping({ contract: flag().default(false) })

/** Told of each thing that is wrong; checking goes on, so that all of it is told at once. */
export type Report = (fault: FieldFault) => void

interface Listed {
  readonly index: number
  readonly actor: RawActor
}

const roleOf = <Strategy extends ServerStrategy | VerifierStrategy>(
  { index, actor }: Listed,
  strategies: Readonly<Record<string, Strategy>>,
  phases: readonly PhaseName[] | undefined,
  report: Report,
): Role<Strategy> | undefined => {
  const { name, role, fundsWei, strategy: strategyName, ...given } = actor
  const path = ['actors', index, 'strategy']
  if (typeof strategyName !== 'string' || !Object.hasOwn(strategies, strategyName)) {
    report({ path, reason: mustBe(strategyName, `for a ${role} ${oneOf(Object.keys(strategies))}`) })
    return undefined
  }
  const strategy = strategies[strategyName]!
  const misfit = phases && strategy.misfit(phases)
  if (misfit !== undefined)
    report({ path, reason: `${strategyName} does not fit phases [${phases!.join(', ')}]: it ${misfit}` })
  const options = strategy.options.safeParse(given)
  if (options.success) return { name, fundsWei, strategyName, strategy, options: options.data, index }
  for (const fault of schemaFaults(options.error, given, ['actors', index])) report(fault)
  return undefined
}

const requesterOf = (listed: Listed | undefined, report: Report): Requester => {
  if (listed === undefined) return DEFAULT_REQUESTER
  const { name, fundsWei, role: _, ...rest } = listed.actor
  const options = requesterOptions.safeParse(rest)
  if (options.success) return { name, fundsWei, isContract: options.data.contract }
  for (const { path, reason } of schemaFaults(options.error, rest, ['actors', listed.index]))
    report({
      path,
      reason: reason.startsWith('unknown key')
        ? 'unknown key; allowed for a requester: name, role, fundsWei and contract'
        : reason,
    })
  return { name, fundsWei, isContract: false }
}

const listedActors = (actors: readonly unknown[], report: Report): readonly Listed[] =>
  actors.flatMap((given, index) => {
    const parsed = actorSchema.safeParse(given)
    if (parsed.success) return [{ index, actor: parsed.data }]
    const faults = schemaFaults(parsed.error, given, ['actors', index])
    for (const fault of faults) report(fault)
    // One whose name alone is at fault has its strategy looked at all the same, under a name that nobody can have.
    const isNameAlone = faults.every(({ path }) => path[2] === 'name')
    return isNameAlone ? [{ index, actor: { ...(given as RawActor), name: `actors[${index}]` } }] : []
  })

/**
 * Gives every actor its strategy.
 *
 * @param phases undefined where they are at fault themselves
 * @returns undefined where there is nobody to play the server
 */
export const castActors = (
  actors: readonly unknown[],
  phases: readonly PhaseName[] | undefined,
  report: Report,
): Cast | undefined => {
  const listed = listedActors(actors, report)
  const [servers, verifiers, requesters] = ROLES.map((role) =>
    listed.filter(({ actor }) => actor.role === role),
  ) as [Listed[], Listed[], Listed[]]
  if (servers.length === 0 && listed.length === actors.length)
    report({ path: ['actors'], reason: 'has no server; allowed: one' })
  for (const [role, some] of [
    ['server', servers],
    ['verifier', verifiers],
    ['requester', requesters],
  ] as const)
    for (const { index } of some.slice(1))
      report({ path: ['actors', index, 'role'], reason: `a second ${role}; allowed: one` })
  const server = servers[0] && roleOf(servers[0], SERVER_STRATEGIES, phases, report)
  const verifier = verifiers[0] && roleOf(verifiers[0], VERIFIER_STRATEGIES, phases, report)
  const requester = requesterOf(requesters[0], report)
  reportTwins(listed, requester.name, report)
  return server && { server, verifier, requester }
}

const reportTwins = (listed: readonly Listed[], requester: string, report: Report): void => {
  const names = listed.map(({ actor }) => actor.name)
  listed.forEach(({ index, actor }, i) => {
    const isRequester = actor.role !== 'requester' && actor.name === requester
    if (names.indexOf(actor.name) < i || isRequester)
      report({ path: ['actors', index, 'name'], reason: `two actors are named ${actor.name}` })
  })
}

/** What can be checked of the options only with the model at hand. */
export const checkOptions = ({ server, verifier }: Cast, runs: ModelRuns, report: Report): void => {
  for (const { strategy, options, index } of [server, ...(verifier ? [verifier] : [])]) {
    const fault = strategy.fault(options, runs)
    if (fault !== undefined)
      report({ path: ['actors', index, ...fault.field.split('.')], reason: fault.reason })
  }
}
