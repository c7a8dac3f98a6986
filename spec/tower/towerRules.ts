import { accept, type Result, reject } from '../result.ts'
import { longestRuns, type Model, PHASE_CODES, type PhaseName } from './model.ts'
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

/** The byte of a phase, as a refusal tells it; 0 for none, and for a word that is no phase. */
const codeOf = (phase: PhaseName | undefined): number =>
  phase !== undefined && Object.hasOwn(PHASE_CODES, phase) ? PHASE_CODES[phase] : 0

const noDescent = (above: PhaseName | undefined, below: PhaseName | undefined): Result<never> =>
  reject('NoDescent', { above: codeOf(above), below: codeOf(below) })

/** Refuses a list whose first phase cannot be the top, whose last has no arbiter, or with a pair that has no joint. */
export const checkPhases = (phases: readonly PhaseName[]): Result<null> => {
  const last = phases.at(-1)
  // A stranger's word is looked up among a table's own words alone: `constructor` is no phase.
  if (last === undefined || !Object.hasOwn(ARBITERS, last)) return noDescent(last, undefined)
  if (!Object.hasOwn(TOPS, phases[0]!)) return noDescent(undefined, phases[0])
  for (const [index, below] of phases.slice(1).entries()) {
    const above = phases[index]!
    if (!Object.hasOwn(DESCENTS, `${above}/${below}`)) return noDescent(above, below)
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
    lengths: longestRuns(model),
    outputBytes: model.outputBytes,
    mostIterations: model.mostIterations,
    top: TOPS[phases[0]!]!(model),
    descents: phases.slice(1).map((below, index) => DESCENTS[`${phases[index]!}/${below}`]!(model)),
    arbiter: ARBITERS[phases.at(-1)!]!(model),
  })
}
