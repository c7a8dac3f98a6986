import type { Bytes } from '../../spec/commitments/bytes.ts'
import { OUTPUT_SLOT, slotAddress } from '../../spec/commitments/memory.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { executeNode } from '../../spec/graph/operators/index.ts'
import { jobContents, jobOf } from '../inference/contents.ts'
import { VmTrace } from '../vm/trace.ts'
import { elementBytes } from './elementLie.ts'
import type { HeldModel } from './heldModel.ts'
import { iterationStates } from './iterationStates.ts'
import type { LoopRecord } from './loopRecord.ts'
import type { NodeEngine } from './nodeEngine.ts'
import { outputAfter } from './tileTrace.ts'

export interface NodeKind {
  readonly operator: string
  readonly elements: number
  readonly tiles: number
}

const kindOf = ({ operator, outputElements, descriptor }: GraphNode): NodeKind => ({
  operator,
  elements: outputElements,
  tiles: decodeHead(descriptor).tileCount,
})

/** A graph's nodes by their kinds. */
const nodesByKind = (nodes: readonly GraphNode[]): readonly (readonly number[])[] => {
  const kinds = Map.groupBy(nodes.keys(), (index) => JSON.stringify(kindOf(nodes[index]!)))
  return [...kinds.values()]
}

/** A tile of a node of a run, computed in three ways. */
export interface CheckedTile {
  readonly iteration: number
  readonly node: number
  /** Of the node: nodes of one kind have the same operator, the same number of elements and of tiles. */
  readonly kind: NodeKind
  readonly tile: number
  /** Of the machine's run. */
  readonly instructions: number
  /** Whether natively, in the machine and in the specification's operators the output is the same, bit for bit. */
  readonly isSame: boolean
}

const trimmed = (bytes: Bytes): Bytes => bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)
const same = (a: Bytes, b: Bytes): boolean => Buffer.compare(trimmed(a), trimmed(b)) === 0

/**
 * Looks at random tiles of a run, some of each iteration that is drawn, since an iteration is run again for its nodes:
 * one of each kind of node first, then of any nodes.
 *
 * @param choose a number in [0, below)
 */
export function* checkTiles(
  { graph, guest, model }: HeldModel,
  engine: NodeEngine,
  record: LoopRecord,
  count: number,
  choose: (below: number) => number,
): Generator<CheckedTile> {
  const perIteration = Math.ceil(count / record.iterations)
  const kinds = nodesByKind(graph.nodes)
  const firstKind = choose(kinds.length)
  for (let done = 0; done < count; ) {
    const iteration = choose(record.iterations)
    const states = iterationStates(engine, record, iteration, undefined)
    for (const end = Math.min(count, done + perIteration); done < end; done++) {
      const ofKind = kinds[(firstKind + done) % kinds.length]!
      const index = done < kinds.length ? ofKind[choose(ofKind.length)]! : choose(graph.nodes.length)
      const node = graph.nodes[index]!
      const kind = kindOf(node)
      const tile = choose(kind.tiles)
      const before = states[index]!.values
      const output = states[index + 1]!.values[node.outputSlot % before.length]!
      const whole = { node, output, job: jobOf(graph, before, index) }
      const job = { ...whole.job, output: outputAfter(whole, tile) }
      const native = outputAfter(whole, tile + 1)
      const run = new VmTrace({
        code: guest.code,
        entry: guest.program.entry,
        contents: [...guest.segments, ...jobContents(job, tile, 1)],
        stepLimit: model.stepLimit,
      })
      const length = Math.max(native.length, node.outputElements * elementBytes(node))
      const machine = run.bytesAt(run.length, slotAddress(OUTPUT_SLOT), length)
      const specified = executeNode(job.descriptor, job.operands, job.output, {
        firstTile: tile,
        tileCount: 1,
      })
      const isSame = same(machine, native) && same(specified, native)
      yield { iteration, node: index, kind, tile, instructions: run.length, isSame }
    }
  }
}
