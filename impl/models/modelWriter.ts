import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type Bytes, toHex } from '../../spec/commitments/bytes.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { partialOf } from '../files/partial.ts'
import { streamedPages } from '../keccak/streamedPages.ts'
import { tensorRootOfPages } from '../keccak/treeRoot.ts'
import { encodeHead, layOutWeights, MAGIC, ModelFileError } from './modelFile.ts'
import { headerFault, headerSchema, type ModelHeader, type TensorShape, tensorBytes } from './modelHeader.ts'

/** A model that is to be written: its header but for what only the weights' bytes tell. */
export interface ModelPlan extends Omit<ModelHeader, 'weights' | 'nodes'> {
  readonly nodes: readonly GraphNode[]
  readonly weights: readonly TensorShape[]
}

/** Writes a model file part by part. Nothing stands under the file's name before all of it does. */
export interface ModelWriter {
  /** The bytes of weight `index` that follow those written; weights may be written by turns. */
  readonly write: (index: number, bytes: Bytes) => void
  /** Puts the file under its name. */
  readonly finish: () => void
  /** Leaves nothing behind. */
  readonly abort: () => void
}

const UNKNOWN = `0x${'00'.repeat(32)}` as Hash

/** The system's word for what went wrong. */
const cannotWrite = (file: string, error: unknown): ModelFileError =>
  new ModelFileError(file, `cannot be written (${(error as NodeJS.ErrnoException).code ?? error})`)

/**
 * Looks whether a model may be written there, before there is one: nothing is overwritten but a model.
 *
 * @throws ModelFileError
 */
export const checkTarget = (file: string): void => {
  if (!existsSync(dirname(file))) throw new ModelFileError(file, 'cannot be written (ENOENT)')
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || (stat.isFile() && stat.size === 0)) return
  if (!stat.isFile()) throw new ModelFileError(file, 'is there already, and is no file')
  const start = new Uint8Array(MAGIC.length)
  const descriptor = openSync(file, 'r')
  readSync(descriptor, start)
  closeSync(descriptor)
  if (!MAGIC.every((byte, i) => start[i] === byte))
    throw new ModelFileError(file, 'is there already, and is no model file: it is not overwritten')
}

/** @throws ModelFileError where the file cannot be written, or the plan does not fit together */
export const openModelWriter = (file: string, plan: ModelPlan): ModelWriter => {
  checkTarget(file)
  const weights = plan.weights.map(({ name, type, shape }) => ({ name, type, shape: [...shape] }))
  // Parsed, so that the same model gives the same bytes, however its plan is ordered.
  const parsed = headerSchema.safeParse({
    ...plan,
    nodes: plan.nodes.map(({ name }) => name),
    weights: weights.map((weight) => ({ ...weight, root: UNKNOWN, checksum: UNKNOWN })),
  } satisfies ModelHeader)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw new ModelFileError(file, `cannot hold this model: ${path.join('.')}: ${message}`)
  }
  const header = parsed.data
  const fault = headerFault(header)
  if (fault !== undefined) throw new ModelFileError(file, fault)
  const partial = partialOf(file)
  let descriptor: number
  try {
    descriptor = openSync(partial, 'w')
  } catch (error) {
    throw cannotWrite(file, error)
  }
  let isOpen = true
  const put = (bytes: Bytes, offset: number): void => {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done)
    } catch (error) {
      throw cannotWrite(file, error)
    }
  }
  const close = (): void => {
    if (isOpen) closeSync(descriptor)
    isOpen = false
  }

  // Roots and checksums are as long as those that stand for them now.
  const headerBytes = new TextEncoder().encode(JSON.stringify(header)).length
  const places = layOutWeights(headerBytes, plan.nodes.length, weights)
  const written = weights.map((tensor) => ({
    done: 0,
    bytes: tensorBytes(tensor),
    pages: streamedPages(tensorBytes(tensor)),
    checksum: createHash('sha256'),
  }))
  return {
    write: (index, bytes) => {
      const weight = written[index]!
      if (weight.done + bytes.length > weight.bytes)
        throw new RangeError(`weight ${weights[index]!.name} has no more than ${weight.bytes} bytes`)
      put(bytes, places.weights[index]! + weight.done)
      weight.done += bytes.length
      weight.pages.add(bytes)
      weight.checksum.update(bytes)
    },
    finish: () => {
      const short = written.findIndex(({ done, bytes }) => done !== bytes)
      if (short >= 0)
        throw new RangeError(
          `weight ${weights[short]!.name} has ${written[short]!.done} of ${written[short]!.bytes} bytes`,
        )
      const pageRoots = written.map(({ pages }) => pages.roots())
      const complete: ModelHeader = {
        ...header,
        weights: weights.map((weight, i) => ({
          ...weight,
          root: tensorRootOfPages(pageRoots[i]!) as Hash,
          checksum: toHex(written[i]!.checksum.digest()) as Hash,
        })),
      }
      pageRoots.forEach((roots, i) => {
        put(roots, places.pageRoots[i]!)
      })
      put(encodeHead(complete, plan.nodes), 0)
      try {
        fsyncSync(descriptor)
        close()
        renameSync(partial, file)
      } catch (error) {
        throw cannotWrite(file, error)
      }
    },
    abort: () => {
      close()
      rmSync(partial, { force: true })
    },
  }
}

/** Writes a model whose weights are in memory. @throws ModelFileError */
export const writeModelFile = (file: string, plan: ModelPlan, weights: readonly Bytes[]): void => {
  const writer = openModelWriter(file, plan)
  try {
    weights.forEach((bytes, index) => {
      writer.write(index, bytes)
    })
    writer.finish()
  } catch (error) {
    writer.abort()
    throw error
  }
}
