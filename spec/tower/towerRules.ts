import { accept, type Result, reject } from '../result.ts'
import type { Model, PhaseName } from './model.ts'
import { GRAPH_TOP, graphToVm } from './phases/graph.ts'
import { LOOP_TOP, loopToGraph } from './phases/loop.ts'
import { graphToTile, tileToVm } from './phases/tile.ts'
import { VM_TOP, vmArbiter } from './phases/vm.ts'
import type { ArbiterRules, DescentRules, TopRules, TowerRules } from './tower.ts'

/** What each phase can do, as data: be the top, be arbitrated; and which pairs of phases have a joint. */
const TOPS: Readonly<Partial<Record<PhaseName, (model: Model) => TopRules>>> = {
  loop: LOOP_TOP,
  graph: GRAPH_TOP,
  vm: VM_TOP,
}

const ARBITERS: Readonly<Partial<Record<PhaseName, (model: Model) => ArbiterRules>>> = { vm: vmArbiter }

const DESCENTS: Readonly<Record<string, (model: Model) => DescentRules>> = {
  'loop/graph': loopToGraph,
  'graph/tile': graphToTile,
  'graph/vm': graphToVm,
  'tile/vm': tileToVm,
}

/** Refuses a list whose first phase cannot be the top, whose last has no arbiter, or with a pair that has no joint. */
export const checkPhases = (phases: readonly PhaseName[]): Result<null> => {
  const last = phases.at(-1)
  // A stranger's word is looked up among a table's own words alone: `constructor` is no phase.
  if (last === undefined || !Object.hasOwn(ARBITERS, last))
    return reject('NoDescent', { above: last, below: undefined })
  if (!Object.hasOwn(TOPS, phases[0]!)) return reject('NoDescent', { above: undefined, below: phases[0] })
  for (const [index, below] of phases.slice(1).entries()) {
    const above = phases[index]!
    if (!Object.hasOwn(DESCENTS, `${above}/${below}`)) return reject('NoDescent', { above, below })
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
    top: TOPS[phases[0]!]!(model),
    descents: phases.slice(1).map((below, index) => DESCENTS[`${phases[index]!}/${below}`]!(model)),
    arbiter: ARBITERS[phases.at(-1)!]!(model),
  })
}
