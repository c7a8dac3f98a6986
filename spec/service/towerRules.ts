import { GRAPH_TOP, graphToVm } from '../phases/graph.ts'
import { VM_TOP, vmArbiter } from '../phases/vm.ts'
import { accept, type Result, reject } from '../result.ts'
import type { ArbiterRules, DescentRules, TopRules, TowerRules } from '../tower.ts'
import type { Model, PhaseName } from './model.ts'

/** What each phase can do, as data: be the top, be arbitrated; and which pairs of phases have a joint. */
const TOPS: Readonly<Record<PhaseName, (model: Model) => TopRules>> = { graph: GRAPH_TOP, vm: VM_TOP }

const ARBITERS: Readonly<Partial<Record<PhaseName, (model: Model) => ArbiterRules>>> = { vm: vmArbiter }

const DESCENTS: Readonly<Record<string, (model: Model) => DescentRules>> = { 'graph/vm': graphToVm }

/** A list of phases with a neighbouring pair that has no joint, or with a last one that has no arbiter, is refused. */
export const checkPhases = (phases: readonly PhaseName[]): Result<null> => {
  const last = phases.at(-1)
  if (last === undefined || ARBITERS[last] === undefined)
    return reject('NoDescent', { above: last, below: undefined })
  for (const [index, below] of phases.slice(1).entries()) {
    const above = phases[index]!
    if (DESCENTS[`${above}/${below}`] === undefined) return reject('NoDescent', { above, below })
  }
  return accept(null)
}

/** The tower of a model. */
export const towerRules = (model: Model): Result<TowerRules> => {
  const { phases } = model
  const checked = checkPhases(phases)
  if (!checked.ok) return checked
  return accept({
    phases,
    top: TOPS[phases[0]!](model),
    descents: phases.slice(1).map((below, index) => DESCENTS[`${phases[index]!}/${below}`]!(model)),
    arbiter: ARBITERS[phases.at(-1)!]!(model),
  })
}
