import { z } from 'zod'
import type { ModelRuns } from '../../impl/inference/runs.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import { fitsAll, neverSilent, noFault, type ServerStrategy, serverStrategy } from './strategy.ts'

const moves = z.int().min(0).default(0)
/** Added to the element; wraps in its type. */
const addend = z.int().default(1)

const elementSchema = z.strictObject({ node: z.int().min(0), element: z.int().min(0) })
const stepSchema = z.strictObject({ step: z.int().min(0) })

const needsGraph = (phases: readonly PhaseName[]): string | undefined =>
  phases.includes('graph') ? undefined : 'needs a graph phase: there is no node to alter without one'

const needsMachineAlone = (phases: readonly PhaseName[]): string | undefined =>
  phases.length === 1 && phases[0] === 'vm' ? undefined : 'needs phases: [vm]'

const elementFault = ({ at }: { at: z.infer<typeof elementSchema> }, runs: ModelRuns) => {
  const { nodes } = runs.graph
  const node = nodes[at.node]
  if (node === undefined)
    return {
      field: 'at.node',
      reason: `${at.node} is outside the graph: 0 to ${nodes.length - 1} are allowed`,
    }
  if (at.element >= node.outputElements)
    return {
      field: 'at.element',
      reason: `${at.element} is outside the output of node ${at.node} (${node.name}): 0 to ${node.outputElements - 1} are allowed`,
    }
  return undefined
}

const addFault = ({ add }: { add: number }) =>
  add === 0 || !Number.isSafeInteger(add)
    ? { field: 'add', reason: 'must be an integer other than 0: else nothing is altered' }
    : undefined

/** Adding a multiple of 2^width changes nothing, since the element wraps. */
const wrapFault = (options: { at: z.infer<typeof elementSchema>; add: number }, runs: ModelRuns) =>
  elementFault(options, runs) ??
  addFault(options) ??
  (runs.altersElement(options.at.node, options.add)
    ? undefined
    : {
        field: 'add',
        reason: `${options.add} wraps to 0 in the type of node ${options.at.node}: nothing is altered`,
      })

export const SERVER_STRATEGIES: Readonly<Record<string, ServerStrategy>> = {
  honest: serverStrategy({
    options: z.strictObject({}),
    misfit: fitsAll,
    fault: noFault,
    silentAfter: neverSilent,
    run: (_, runs) => runs.honest(),
  }),
  'wrong-value': serverStrategy({
    options: z.strictObject({ at: elementSchema, add: addend }),
    misfit: needsGraph,
    fault: wrapFault,
    silentAfter: neverSilent,
    run: ({ at, add }, runs) => runs.withElement(at.node, at.element, add),
  }),
  'wrong-step': serverStrategy({
    options: z.strictObject({ at: stepSchema }),
    misfit: needsMachineAlone,
    fault: ({ at }, runs) => {
      const { length } = runs.honest().trace
      return at.step < length
        ? undefined
        : { field: 'at.step', reason: `${at.step} is outside the run: 0 to ${length - 1} are allowed` }
    },
    silentAfter: neverSilent,
    run: ({ at }, runs) => runs.withStep(at.step),
  }),
  /** Claims as `wrong-value` does. */
  silent: serverStrategy({
    options: z.strictObject({
      at: elementSchema.default({ node: 0, element: 0 }),
      add: addend,
      after: moves,
    }),
    misfit: needsGraph,
    fault: wrapFault,
    silentAfter: ({ after }) => after,
    run: ({ at, add }, runs) => runs.withElement(at.node, at.element, add),
  }),
}
