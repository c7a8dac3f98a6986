import { ELEMENT_TYPES } from '../../../spec/graph/graphModel.ts'
import { APPEND } from '../../../spec/graph/operators/fixed/append.ts'
import { APPEND_F32 } from '../../../spec/graph/operators/float/appendF32.ts'
import { attribute } from '../../../spec/graph/operators/operator.ts'
import { HASH_BYTES } from '../../keccak/kernel.ts'
import { GROUP_BYTES } from '../../keccak/treeRoot.ts'
import type { Arena } from './arena.ts'
import type { PlannedNode } from './plan.ts'
import type { PromptPlan } from './prompt.ts'

/** A tensor whose rows below the position stay as they are. */
export interface Cache {
  readonly slot: number
  readonly rowBytes: number
  readonly rows: number
}

/** The caches of a language model that nothing but its position moves; none where it is no such model. */
export const cachesOf = (
  nodes: readonly PlannedNode[],
  plan: Pick<PromptPlan, 'positionSlot'> | undefined,
): readonly Cache[] => {
  const writers = (slot: number): number => nodes.filter(({ outputSlot }) => outputSlot === slot).length
  if (plan === undefined || writers(plan.positionSlot) > 1) return []
  return nodes.flatMap(({ operator, descriptor, operands, elements, outputSlot }) => {
    const position = operands[1]
    const width = Math.min(attribute(descriptor, 0), 2 ** 16)
    const isCache = (operator === APPEND || operator === APPEND_F32) && width > 0 && writers(outputSlot) === 1
    if (!isCache || position?.kind !== 'value' || position.slot !== plan.positionSlot) return []
    const rowBytes = width * ELEMENT_TYPES[operator.outputType].bytes
    return [{ slot: outputSlot, rowBytes, rows: elements / width }]
  })
}

/** Bytes of the structs of cache_chunks.h, and where in a cache's its number of chunks stands. */
const CACHE_BYTES = 32
const BEGUN_OFFSET = 24
const HASHER_BYTES = 48 + GROUP_BYTES
/** No position. */
const NOWHERE = 2 ** 32 - 1

export interface ChunksLayout {
  readonly caches: readonly Cache[]
  /** By thread. */
  readonly hashers: readonly number[]
  readonly structs: number
  /** By cache. */
  readonly roots: readonly number[]
}

export const layOutChunks = (arena: Arena, caches: readonly Cache[], threads: number): ChunksLayout => ({
  caches,
  hashers: Array.from({ length: threads }, () => arena.take(HASHER_BYTES)),
  structs: arena.take(CACHE_BYTES * caches.length),
  roots: caches.map(({ rowBytes, rows }) =>
    arena.take(Math.floor((rowBytes * rows) / GROUP_BYTES) * HASH_BYTES),
  ),
})

/** What threads hash of caches while they wait: the roots of their first chunks. */
export class CacheChunks {
  private readonly view: DataView
  private readonly layout: ChunksLayout
  private readonly indexes: ReadonlyMap<number, number>

  /** @param values where the slots lie @param position where the position does, if there are caches */
  constructor(
    memory: WebAssembly.Memory,
    layout: ChunksLayout,
    values: ReadonlyMap<number, number>,
    position = 0,
  ) {
    const view = new DataView(memory.buffer)
    this.view = view
    this.layout = layout
    this.indexes = new Map(layout.caches.map(({ slot }, index) => [slot, index]))
    layout.caches.forEach(({ slot, rowBytes, rows }, index) => {
      const at = layout.structs + index * CACHE_BYTES
      view.setBigUint64(at, BigInt(values.get(slot)!), true)
      view.setBigUint64(at + 8, BigInt(layout.roots[index]!), true)
      view.setUint32(at + 16, rowBytes, true)
      view.setUint32(at + 20, rows, true)
    })
    for (const at of layout.hashers) {
      view.setBigUint64(at, BigInt(layout.structs), true)
      view.setBigUint64(at + 8, BigInt(position), true)
      view.setUint32(at + 16, layout.caches.length, true)
    }
    this.forget()
  }

  /** To be called when the values are other ones than the nodes have made. */
  forget(): void {
    const { hashers, structs, caches } = this.layout
    for (const at of hashers) {
      this.view.setUint32(at + 20, 0, true)
      this.view.setUint32(at + 24, NOWHERE, true)
      this.view.setUint32(at + 28, 0, true)
    }
    caches.forEach((_, index) => {
      this.view.setUint32(structs + index * CACHE_BYTES + BEGUN_OFFSET, 0, true)
    })
  }

  /** Where roots of a slot's first chunks stand, and how many of the chunks in its first `bytes` were begun with. */
  known(slot: number, bytes: number): { readonly address: number; readonly count: number } {
    const index = this.indexes.get(slot)
    if (index === undefined) return { address: 0, count: 0 }
    const begun = this.view.getUint32(this.layout.structs + index * CACHE_BYTES + BEGUN_OFFSET, true)
    return { address: this.layout.roots[index]!, count: Math.min(begun, Math.floor(bytes / GROUP_BYTES)) }
  }
}
