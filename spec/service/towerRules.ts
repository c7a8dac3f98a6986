import { GRAPH_TOP, graphToVm } from '../phases/graph.ts'
import { VM_TOP, vmArbiter } from '../phases/vm.ts'
import { accept, type Result, reject } from '../result.ts'
import type { ArbiterRules, DescentRules, TopRules, TowerRules } from '../tower.ts'
import type { Model, PhaseName } from './model.ts'

/** What each phase can do, as data: be the top, be arbitrated; and which pairs of phases have a joint. */
const TOPS: Readonly<Record<PhaseName, (model: Model) => TopRules>> = { graph: GRAPH_TOP, vm: VM_TOP }

const ARBITERS: Readonly<Partial<Record<PhaseName, (model: Model) => ArbiterRules>>> = { vm: vmArbiter }

const DESCENTS: Readonly<Record<string, (model: Model) => DescentRules>> = { 'graph/vm': graphToVm }

/** The tower of a model; a list of phases with a neighbouring pair that has no joint is refused. */
export const towerRules = (model: Model): Result<TowerRules> => {
  const { phases } = model
  const arbiter = ARBITERS[phases.at(-1)!]
  if (arbiter === undefined) return reject('NoDescent', { above: phases.at(-1), below: undefined })
  const descents: DescentRules[] = []
  for (const [index, below] of phases.slice(1).entries()) {
    const above = phases[index]!
    const descent = DESCENTS[`${above}/${below}`]
    if (descent === undefined) return reject('NoDescent', { above, below })
    descents.push(descent(model))
  }
  return accept({ phases, top: TOPS[phases[0]!](model), descents, arbiter: arbiter(model) })
}
