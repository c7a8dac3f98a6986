import type { GraphModel, GraphNode } from '../../spec/graph/graphModel.ts'
import { UnfitGraph } from '../graph/native/fit.ts'
import { NativeGraph, type NativeOptions } from '../graph/native/nativeGraph.ts'
import type { NumericFormat } from '../models/catalogue.ts'
import { BadInputError } from '../models/modelCommand.ts'
import { ModelFileError, type OpenModel, openModelFile } from '../models/modelFile.ts'
import { type ModelHeader, tensorBytes } from '../models/modelHeader.ts'

/** A model file on the native engine. */
export interface NativeModel {
  readonly header: ModelHeader
  readonly nodes: readonly GraphNode[]
  readonly graph: NativeGraph
}

/** The graph of a model file, without its weights. */
export const graphOf = ({ header, nodes }: OpenModel): GraphModel => {
  const { name, valueHeight, weightHeight, inputSlot, inputBytes, outputSlot } = header
  return { name, nodes, weights: [], valueHeight, weightHeight, inputSlot, inputBytes, outputSlot }
}

export interface OpenOptions extends Pick<NativeOptions, 'kernels'> {
  /** That the model is to have, whichever unless given. */
  readonly format?: NumericFormat | undefined
}

/**
 * Reads a model's weights to where the engine has them, each checked, none held twice.
 *
 * @throws ModelFileError; BadInputError where it has another format
 */
export const openNative = async (
  file: string,
  threads: number,
  { format, ...options }: OpenOptions = {},
): Promise<NativeModel> => {
  const open = openModelFile(file)
  try {
    if (format !== undefined && open.header.format !== format)
      throw new BadInputError(`${file} holds a model in ${open.header.format}, not in ${format}`)
    const weights = open.header.weights.map((tensor, index) => ({
      byteLength: tensorBytes(tensor),
      copyTo: (target: Uint8Array) => open.readWeightInto(index, target),
    }))
    const graph = await NativeGraph.create(graphOf(open), { threads, weights, ...options })
    return { header: open.header, nodes: open.nodes, graph }
  } catch (error) {
    throw error instanceof UnfitGraph ? new ModelFileError(file, error.message) : error
  } finally {
    open.close()
  }
}
