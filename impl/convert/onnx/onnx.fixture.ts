import { type FieldValue, message } from './protobuf.ts'

/** Writes ONNX files for tests. */

const FLOAT = 1
const INT64 = 7

export const floatTensor = (name: string, shape: readonly number[], values: readonly number[]): Uint8Array =>
  message({ 1: shape, 2: FLOAT, 8: name, 9: new Uint8Array(Float32Array.from(values).buffer) })

export const integerTensor = (name: string, values: readonly number[]): Uint8Array =>
  message({
    1: [values.length],
    2: INT64,
    8: name,
    9: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer),
  })

export const integers = (name: string, values: readonly number[]): Uint8Array =>
  message({ 1: name, 8: values, 20: 7 })
export const integer = (name: string, value: number): Uint8Array => message({ 1: name, 3: value, 20: 2 })
export const text = (name: string, value: string): Uint8Array => message({ 1: name, 4: value, 20: 3 })
export const float = (name: string, value: number): Uint8Array => {
  // A fixed 32-bit field, tag (2 << 3) | 5, behind the others.
  const rest = message({ 1: name, 20: 1 })
  return new Uint8Array([...rest, 2 * 8 + 5, ...new Uint8Array(Float32Array.of(value).buffer)])
}

export const node = (
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[] = [],
  rest: Readonly<Record<number, FieldValue>> = {},
): Uint8Array =>
  message({ 1: inputs, 2: output, 3: `${operator} of ${output}`, 4: operator, 5: attributes, ...rest })

const dimension = (size: number | string): Uint8Array =>
  message(typeof size === 'number' ? { 1: size } : { 2: size })
const valueInfo = (name: string, shape: readonly (number | string)[] | undefined): Uint8Array => {
  const declared = shape === undefined ? {} : { 2: message({ 1: shape.map(dimension) }) }
  return message({ 1: name, 2: message({ 1: message({ 1: FLOAT, ...declared }) }) })
}

export interface Written {
  readonly nodes: readonly Uint8Array[]
  readonly tensors?: readonly Uint8Array[]
  readonly input?: readonly (number | string)[]
  readonly output?: string
  /** That the output is declared with; none unless given. */
  readonly outputShape?: readonly (number | string)[]
  readonly opset?: number
}

/** A model whose input is x. */
export const onnx = ({
  nodes,
  tensors = [],
  input = ['batch', 4],
  output = 'y',
  outputShape,
  opset = 17,
}: Written): Uint8Array =>
  message({
    1: 8,
    7: message({
      1: nodes,
      2: 'graph',
      5: tensors,
      11: valueInfo('x', input),
      12: valueInfo(output, outputShape),
    }),
    8: message({ 1: '', 2: opset }),
  })
