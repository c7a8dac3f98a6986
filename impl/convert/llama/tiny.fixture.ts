import { join } from 'node:path'
import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { bytesOf, int32Elements } from '../../../spec/graph/operators/elements.ts'
import { runNode, withOutput } from '../../graph/executor.ts'
import type { NumericFormat } from '../../models/catalogue.ts'
import type { StoredModel } from '../../models/modelFile.ts'
import { convertLlama } from '../convert.ts'
import { ggufLlama } from '../gguf/ggufLlama.ts'
import type { LlamaSource } from './llamaSource.ts'
import { syntheticLlama } from './synthetic.ts'

export const tinyLlama = (): LlamaSource => ggufLlama(syntheticLlama('tiny', 1))

/** Converts the tiny model. @returns its file */
export const convertTiny = async (folder: string, format: NumericFormat = 'fixed'): Promise<string> => {
  const file = join(folder, `tiny.${format}.opml`)
  const capacities = { context: 64, promptCapacity: 32, answerCapacity: 8 }
  await convertLlama(
    tinyLlama(),
    file,
    { format, ...capacities },
    { source: 'synthetic', sha256: null },
    () => {},
  )
  return file
}

export interface PlainRun {
  /** Of each iteration. */
  readonly logits: readonly Float64Array[]
  readonly answer: readonly number[]
  /** By slot: the carry after the last iteration, nothing behind it. */
  readonly values: readonly Bytes[]
}

/** Iterations of a greedy answer in the specification's operators, node by node. */
export const runPlainly = (model: StoredModel, prompt: readonly number[], iterations: number): PlainRun => {
  const { logitsSlot, logitsFractionBits, answerSlot, vocabulary, answerCapacity } = model.header.llama!
  const logits: Float64Array[] = []
  const values: Bytes[] = Array.from({ length: 2 ** model.valueHeight }, () => new Uint8Array(0))
  values[model.inputSlot] = bytesOf(Int32Array.of(prompt.length, 0, 0, 0, 0, 0, 0, 0, ...prompt))
  for (let iteration = 0; iteration < iterations; iteration++) {
    const end = model.nodes.reduce(
      (current, _node, node) => withOutput(model, current, node, runNode(model, current, node)),
      values as readonly Bytes[],
    )
    const bytes = end[logitsSlot]!.slice()
    logits.push(
      logitsFractionBits === null
        ? Float64Array.from(new Float32Array(bytes.buffer, 0, vocabulary))
        : Float64Array.from(int32Elements(bytes, vocabulary), (logit) => logit / 2 ** logitsFractionBits),
    )
    end.slice(0, values.length / 2).forEach((bytes, slot) => {
      values[slot] = bytes
    })
  }
  return { logits, answer: [...int32Elements(values[answerSlot]!, answerCapacity)], values }
}
