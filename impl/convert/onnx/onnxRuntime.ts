import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PROJECT_FOLDER, userFolder } from '../../files/places.ts'
import type { OnnxModel } from './onnxFile.ts'
import { message } from './protobuf.ts'

const PACKAGE = 'onnxruntime-node'

/** As much of the runtime as is used; it is no dependency, so that its types are not there. */
interface Runtime {
  readonly InferenceSession: {
    readonly create: (model: Uint8Array | string) => Promise<{
      readonly run: (
        inputs: Readonly<Record<string, unknown>>,
      ) => Promise<Readonly<Record<string, { readonly data: ArrayLike<number> }>>>
      readonly outputNames: readonly string[]
    }>
  }
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => unknown
}

/** An independent program that computes the model. */
export interface IndependentRuntime {
  /** With its version. */
  readonly name: string
  /** Values by their names: of all nodes, or of the output alone. */
  readonly run: (input: Float32Array) => Promise<ReadonlyMap<string, ArrayLike<number>>>
}

const find = (): { readonly runtime: Runtime; readonly version: string } | undefined => {
  for (const folder of [userFolder(), PROJECT_FOLDER]) {
    const require = createRequire(join(folder, 'package.json'))
    try {
      const { version } = require(`${PACKAGE}/package.json`) as { readonly version: string }
      return { runtime: require(PACKAGE) as Runtime, version }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return undefined
}

/**
 * onnxruntime-node, where it is installed: in the user's folder, the project's, or on NODE_PATH.
 *
 * @param watched names of the values to look at
 */
export const openOnnxRuntime = async (
  { file, input }: OnnxModel,
  watched: readonly string[],
): Promise<IndependentRuntime | undefined> => {
  const found = find()
  if (found === undefined) return undefined
  const { runtime, version } = found
  const { InferenceSession, Tensor } = runtime
  // A second graph in the file is merged into the first: its outputs are further ones.
  const outputs = message({ 7: message({ 12: watched.map((name) => message({ 1: name })) }) })
  // Data outside of the file are found by its path alone, and then only its own output can be had.
  const session = await InferenceSession.create(Buffer.concat([readFileSync(file), outputs])).catch(() =>
    InferenceSession.create(file),
  )
  return {
    name: `onnxruntime ${version}`,
    run: async (values) => {
      const results = await session.run({ [input.name]: new Tensor('float32', values, input.shape) })
      return new Map(session.outputNames.map((name) => [name, results[name]!.data]))
    },
  }
}
