import type { ModelRuns } from '../../impl/inference/runs.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import { BadInput, oneOf } from '../badInput.ts'
import { SERVER_STRATEGIES } from '../strategies/server.ts'
import type { ServerStrategy, VerifierStrategy } from '../strategies/strategy.ts'
import { VERIFIER_STRATEGIES } from '../strategies/verifier.ts'
import { schemaFault } from './fault.ts'
import type { RawScenario } from './schema.ts'

/** An actor with a strategy, and the options that the scenario gives it. */
export interface Role<Strategy> {
  readonly name: string
  readonly strategyName: string
  readonly strategy: Strategy
  readonly options: unknown
  /** Its field in the file, for messages. */
  readonly field: string
}

/** Who plays: one server, at most one verifier, and a requester, who has a name even where the file gives none. */
export interface Cast {
  readonly server: Role<ServerStrategy>
  readonly verifier: Role<VerifierStrategy> | undefined
  readonly requester: { readonly name: string }
}

const DEFAULT_REQUESTER = 'requester'

type RawActor = RawScenario['actors'][number]

const roleOf = <Strategy extends ServerStrategy | VerifierStrategy>(
  file: string,
  actor: RawActor,
  index: number,
  strategies: Readonly<Record<string, Strategy>>,
  phases: readonly PhaseName[],
): Role<Strategy> => {
  const { name, role, strategy: strategyName, ...given } = actor
  const field = `actors[${index}]`
  const known = Object.keys(strategies)
  const strategy =
    typeof strategyName === 'string' && Object.hasOwn(strategies, strategyName) && strategies[strategyName]
  if (!strategy)
    throw new BadInput(
      file,
      `${field}.strategy`,
      strategyName === undefined
        ? `is missing; a ${role} has ${oneOf(known)}`
        : `unknown strategy ${JSON.stringify(strategyName)}; a ${role} has ${oneOf(known)}`,
    )
  const misfit = strategy.misfit(phases)
  if (misfit !== undefined)
    throw new BadInput(
      file,
      `${field}.strategy`,
      `${strategyName} does not fit phases [${phases.join(', ')}]: it ${misfit}`,
    )
  const options = strategy.options.safeParse(given)
  if (!options.success) {
    const fault = schemaFault(options.error, ['actors', index])
    throw new BadInput(file, fault.field, fault.reason)
  }
  return { name, strategyName: strategyName as string, strategy, options: options.data, field }
}

const requesterOf = (file: string, actor: RawActor | undefined, index: number): { name: string } => {
  if (actor === undefined) return { name: DEFAULT_REQUESTER }
  const { name, role: _, ...rest } = actor
  const [extra] = Object.keys(rest)
  if (extra !== undefined)
    throw new BadInput(file, `actors[${index}].${extra}`, 'unknown key: a requester has none')
  return { name }
}

/** Gives every actor its strategy. @throws BadInput */
export const castActors = (file: string, actors: readonly RawActor[], phases: readonly PhaseName[]): Cast => {
  const indicesOf = (role: string) => actors.flatMap((actor, index) => (actor.role === role ? [index] : []))
  const [servers, verifiers, requesters] = [
    indicesOf('server'),
    indicesOf('verifier'),
    indicesOf('requester'),
  ]
  if (servers.length !== 1) throw new BadInput(file, 'actors', `needs one server, has ${servers.length}`)
  if (verifiers.length > 1)
    throw new BadInput(file, `actors[${verifiers[1]}].role`, 'a second verifier: at most one is allowed')
  if (requesters.length > 1)
    throw new BadInput(file, `actors[${requesters[1]}].role`, 'a second requester: at most one is allowed')
  const [server, verifier, requester] = [servers[0]!, verifiers[0], requesters[0]]
  const cast: Cast = {
    server: roleOf(file, actors[server]!, server, SERVER_STRATEGIES, phases),
    verifier:
      verifier === undefined
        ? undefined
        : roleOf(file, actors[verifier]!, verifier, VERIFIER_STRATEGIES, phases),
    requester: requesterOf(file, requester === undefined ? undefined : actors[requester], requester ?? 0),
  }
  checkNames(file, cast)
  return cast
}

const checkNames = (file: string, { server, verifier, requester }: Cast): void => {
  const names = [server.name, ...(verifier ? [verifier.name] : []), requester.name]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new BadInput(file, 'actors', `two actors are named ${twice}`)
}

/** What can be checked of the options only with the model at hand. @throws BadInput */
export const checkOptions = (file: string, { server, verifier }: Cast, runs: ModelRuns): void => {
  for (const role of [server, ...(verifier ? [verifier] : [])]) {
    const fault = role.strategy.fault(role.options, runs)
    if (fault !== undefined) throw new BadInput(file, `${role.field}.${fault.field}`, fault.reason)
  }
}
