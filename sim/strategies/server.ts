import type { z } from 'zod'
import type { ModelRuns } from '../../impl/inference/runs.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import { integer, mapping } from '../scenario/fields.ts'
import { visible } from '../visible.ts'
import { fitsAll, neverSilent, noFault, type ServerStrategy, serverStrategy } from './strategy.ts'

const MOST = Number.MAX_SAFE_INTEGER

const moves = integer(0, MOST).default(0)
/** Added to the element; wraps in its type. */
export const addend = integer(-MOST, MOST).default(1)

/** `iteration` where the top phase is `loop`; the first unless given. */
export const elementSchema = mapping({
  iteration: integer(0, MOST).default(0),
  node: integer(0, MOST),
  element: integer(0, MOST),
})
export const stepSchema = mapping({ step: integer(0, MOST) })

/** The contract refuses an output of another length: a server that posts one has no claim. */
const mostBytes = integer(0, 1 << 20)

export const needsGraph = (phases: readonly PhaseName[]): string | undefined =>
  phases.includes('graph') ? undefined : 'needs a graph phase: there is no node to alter without one'

export const needsMachineAlone = (phases: readonly PhaseName[]): string | undefined =>
  phases.length === 1 && phases[0] === 'vm' ? undefined : 'needs phases: [vm]'

const elementFault = ({ at }: { at: z.infer<typeof elementSchema> }, runs: ModelRuns) => {
  const { nodes } = runs.graph
  const node = nodes[at.node]
  const iterations = Math.max(runs.iterations, 1)
  if (at.iteration >= iterations)
    return {
      field: 'at.iteration',
      reason: `${at.iteration} is outside the run; allowed: 0 to ${iterations - 1}`,
    }
  if (node === undefined)
    return {
      field: 'at.node',
      reason: `${at.node} is outside the graph; allowed: 0 to ${nodes.length - 1}`,
    }
  if (at.element >= node.outputElements)
    return {
      field: 'at.element',
      reason: `${at.element} is outside the output of node ${at.node} (${visible(node.name)}); allowed: 0 to ${node.outputElements - 1}`,
    }
  if (runs.writesElement?.(at.node, at.element, at.iteration) === false)
    return {
      field: 'at.element',
      reason: `${at.element} is not written by node ${at.node} (${visible(node.name)}) in iteration ${at.iteration}; allowed: one that is`,
    }
  return undefined
}

const addFault = ({ add }: { add: number }) =>
  add === 0 ? { field: 'add', reason: 'is 0: nothing is altered; allowed: another integer' } : undefined

/** Adding a multiple of 2^width changes nothing, since the element wraps. */
export const wrapFault = (options: { at: z.infer<typeof elementSchema>; add: number }, runs: ModelRuns) =>
  elementFault(options, runs) ??
  addFault(options) ??
  (runs.altersElement(options.at.node, options.add)
    ? undefined
    : {
        field: 'add',
        reason: `${options.add} wraps to 0 in the type of node ${options.at.node}: nothing is altered; allowed: another integer`,
      })

export const SERVER_STRATEGIES: Readonly<Record<string, ServerStrategy>> = {
  honest: serverStrategy({
    options: mapping({}),
    misfit: fitsAll,
    fault: noFault,
    silentAfter: neverSilent,
    run: (_, runs) => runs.honest(),
  }),
  'wrong-value': serverStrategy({
    options: mapping({ at: elementSchema, add: addend }),
    misfit: needsGraph,
    fault: wrapFault,
    silentAfter: neverSilent,
    run: ({ at, add }, runs) => runs.withElement(at.node, at.element, add, at.iteration),
  }),
  /** What it claims is true, but for zeros behind the output, or bytes that are missing from it. */
  'wrong-length': serverStrategy({
    options: mapping({ bytes: mostBytes }),
    misfit: fitsAll,
    fault: ({ bytes }, runs) =>
      bytes === runs.model.outputBytes
        ? { field: 'bytes', reason: `${bytes} is the model's own length; allowed: another` }
        : undefined,
    silentAfter: neverSilent,
    run: ({ bytes }, runs) => {
      const run = runs.honest()
      const output = new Uint8Array(bytes)
      output.set(run.prepared.output.subarray(0, bytes))
      return { ...run, prepared: { ...run.prepared, output } }
    },
  }),
  'wrong-step': serverStrategy({
    options: mapping({ at: stepSchema }),
    misfit: needsMachineAlone,
    fault: ({ at }, runs) => {
      const { length } = runs.honest().trace
      return at.step < length
        ? undefined
        : { field: 'at.step', reason: `${at.step} is outside the run; allowed: 0 to ${length - 1}` }
    },
    silentAfter: neverSilent,
    run: ({ at }, runs) => runs.withStep(at.step),
  }),
  /** Claims as `wrong-value` does. */
  silent: serverStrategy({
    options: mapping({
      at: elementSchema.default({ iteration: 0, node: 0, element: 0 }),
      add: addend,
      after: moves,
    }),
    misfit: needsGraph,
    fault: wrapFault,
    silentAfter: ({ after }) => after,
    run: ({ at, add }, runs) => runs.withElement(at.node, at.element, add, at.iteration),
  }),
}
