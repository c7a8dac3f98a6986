import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { tileElementsOf } from '../../spec/graph/operators/index.ts'
import { commitTile, type JobRoots, type TileRoots, tileRunWitness } from '../../spec/tower/phases/tile.ts'
import type { Descended, UpperTrace } from '../../spec/tower/tower.ts'
import type { Job } from '../inference/contents.ts'
import { memoizeStep } from '../inference/evaluate.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { elementBytes } from './elementLie.ts'
import type { HeldModel } from './heldModel.ts'
import { machineRun } from './machineTrace.ts'

export interface NodeRun {
  readonly node: GraphNode
  readonly job: Job
  readonly jobRoots: JobRoots
  /** What the node made of the job's output, true or false. */
  readonly output: Bytes
  /** The element of `output` that is false, if one is. */
  readonly falseElement: number | undefined
}

/** A node's output when its first `tiles` tiles are done: the others are as they were. */
export const outputAfter = (
  { node, job, output }: Pick<NodeRun, 'node' | 'job' | 'output'>,
  tiles: number,
): Bytes => {
  const done = Math.min(tiles * tileElementsOf(node.descriptor) * elementBytes(node), output.length)
  const partial = new Uint8Array(Math.max(done, job.output.length))
  partial.set(job.output)
  partial.set(output.subarray(0, done))
  return partial
}

/** The run of a node's tiles. Each writes the elements of its own range alone, so that the whole output has them all. */
export const tileTrace = (
  held: HeldModel,
  run: NodeRun,
): { readonly trace: UpperTrace; readonly end: TileRoots } => {
  const { node, job, jobRoots, falseElement } = run
  const length = decodeHead(node.descriptor).tileCount
  const tileOfLie =
    falseElement === undefined ? undefined : Math.floor(falseElement / tileElementsOf(node.descriptor))
  const outputAt = memoizeStep((tiles) => outputAfter(run, tiles))
  const stateAt = memoizeStep(
    (tile): TileRoots => ({ tile, outputRoot: tensorRoot(outputAt(tile)) as TensorRoot, job: jobRoots }),
  )
  const rootAt = memoizeStep((tile) => commitTile(stateAt(tile)))
  const descend = (tile: number): Descended => {
    const { trace, preimage, slots } = machineRun(held, {
      node,
      job: { ...job, output: outputAt(tile) },
      firstTile: tile,
      tileCount: 1,
      output: outputAt(tile + 1),
      falseElement: tile === tileOfLie ? falseElement : undefined,
    })
    return { below: trace, witness: tileRunWitness(stateAt(tile), preimage, slots) }
  }
  return {
    end: stateAt(length),
    trace: {
      kind: 'upper',
      length,
      rootsAt: (steps) => steps.map((step) => rootAt(Math.min(step, length))),
      descend: memoizeStep(descend),
    },
  }
}
