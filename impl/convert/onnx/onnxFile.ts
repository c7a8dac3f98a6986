import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize, sep } from 'node:path'
import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { ConvertError, openSource, type SourceFile } from '../sourceFile.ts'
import { halfToNumber } from '../weights/scalars.ts'
import { elementsOf } from '../weights/tensorPlace.ts'
import { Message, ProtobufError } from './protobuf.ts'

/** Numbers of any of ONNX's types; integers beyond 2^53 are refused. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly values: Float64Array
}

export type Attribute = number | string | readonly number[] | readonly string[] | Tensor

export interface OnnxNode {
  /** The file's, or made of operator and place: unique. */
  readonly name: string
  readonly operator: string
  /** Empty where an operand is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute>
}

export interface OnnxModel {
  readonly file: string
  readonly opset: number
  /** In an order in which each is computed from those before it. */
  readonly nodes: readonly OnnxNode[]
  readonly constants: ReadonlyMap<string, Tensor>
  readonly input: { readonly name: string; readonly shape: readonly number[] }
  readonly output: string
  /** As it is declared; undefined where a size has a name, or none. */
  readonly outputShape: readonly (number | undefined)[] | undefined
}

/** Larger files keep their weights outside. */
const MAX_FILE_BYTES = 2 ** 30
const MAX_NODES = 2 ** 16
const MAX_DIMENSIONS = 8
const MAX_ELEMENTS = 2 ** 28
/** Of a value: larger ones are refused before there is room for them. */
export const MAX_VALUE_ELEMENTS = 2 ** 26
const [FIRST_OPSET, LAST_OPSET] = [13, 20]

const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** ONNX's element types as they stand in raw data: bytes of one, and how it is read. */
const RAW_TYPES: ReadonlyMap<number, readonly [number, (view: DataView, at: number) => number]> = new Map([
  [1, [4, (view: DataView, at: number) => view.getFloat32(at, true)]],
  [2, [1, (view: DataView, at: number) => view.getUint8(at)]],
  [3, [1, (view: DataView, at: number) => view.getInt8(at)]],
  [4, [2, (view: DataView, at: number) => view.getUint16(at, true)]],
  [5, [2, (view: DataView, at: number) => view.getInt16(at, true)]],
  [6, [4, (view: DataView, at: number) => view.getInt32(at, true)]],
  [7, [8, (view: DataView, at: number) => Number(view.getBigInt64(at, true))]],
  [9, [1, (view: DataView, at: number) => view.getUint8(at)]],
  [10, [2, (view: DataView, at: number) => halfToNumber(view.getUint16(at, true))]],
  [11, [8, (view: DataView, at: number) => view.getFloat64(at, true)]],
])
const [FLOAT, HALF, DOUBLE, INT64] = [1, 10, 11, 7]
const TYPE_NAMES: readonly string[] = [
  'undefined',
  'float',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'double',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
]
/** The number that stands in the file where it has no name here. */
const typeName = (type: number | undefined): string => TYPE_NAMES[type ?? 0] ?? `number ${type}`

/** Reads and checks a whole file. @throws ConvertError that names tensor or node */
export const readOnnx = (source: SourceFile): OnnxModel => {
  if (source.size > MAX_FILE_BYTES)
    throw new ConvertError(
      source.name,
      '',
      `has ${source.size} bytes; at most ${MAX_FILE_BYTES}, weights may stand outside`,
    )
  try {
    return readModel(source.name, new Message(source.read(0, source.size)))
  } catch (error) {
    if (error instanceof ProtobufError)
      throw new ConvertError(source.name, '', `is no ONNX file: ${error.message}`)
    throw error
  }
}

const readModel = (file: string, model: Message): OnnxModel => {
  const fail = (place: string, reason: string): never => {
    throw new ConvertError(file, place, reason)
  }
  const graph = model.message(7) ?? fail('', 'is no ONNX file: it has no graph')
  const opset = readOpset(model, fail)
  if (model.has(25)) fail('', 'defines functions of its own, which are not known')
  if (graph.has(15)) fail('', 'has sparse tensors, which are not known')

  const tensors = new Map<string, Message>()
  for (const tensor of graph.messages(5)) {
    const name = tensor.text(8)
    if (tensors.has(name)) fail(`tensor ${name}`, 'stands there twice')
    tensors.set(name, tensor)
  }
  const inputs = graph.messages(11).filter((input) => !tensors.has(input.text(1)))
  const outputs = graph.messages(12)
  if (inputs.length !== 1) fail('the inputs', `${inputs.length} of them; a model has one`)
  if (outputs.length !== 1) fail('the outputs', `${outputs.length} of them; a model has one`)
  const input = { name: inputs[0]!.text(1), shape: inputShape(inputs[0]!, fail) }
  const output = outputs[0]!.text(1)
  const outside = outsideData(file)
  const nodes = readNodes(file, graph.messages(1), outside, fail)
  checkOrder(nodes, new Set(['', input.name, ...tensors.keys()]), output, fail)
  // At last, since it takes the longest.
  const constants = new Map(
    [...tensors].map(([name, tensor]) => [name, readTensor(file, name, tensor, outside)]),
  )
  const outputShape = dimensionsOf(outputs[0]!)
  return { file, opset, nodes, constants, input, output, outputShape }
}

type Fail = (place: string, reason: string) => never

const readOpset = (model: Message, fail: Fail): number => {
  const sets = model.messages(8).map((set) => ({ domain: set.text(1), version: set.integer(2) ?? 0 }))
  const [own, another] = sets.filter(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (own === undefined) return fail('the opset', 'is missing')
  if (another !== undefined)
    return fail('the opset', `stands there twice: ${own.version}, ${another.version}`)
  if (own.version < FIRST_OPSET || own.version > LAST_OPSET)
    fail('the opset', `${own.version} is not known; known: ${FIRST_OPSET} to ${LAST_OPSET}`)
  return own.version
}

/** The sizes that an input or output is declared with; undefined where it is declared with none. */
const dimensionsOf = (value: Message): readonly (number | undefined)[] | undefined =>
  value
    .message(2)
    ?.message(1)
    ?.message(2)
    ?.messages(1)
    .map((dimension) => dimension.integer(1))

/** The input's shape with a batch of one, whatever the batch is called. */
const inputShape = (input: Message, fail: Fail): readonly number[] => {
  const place = `input ${input.text(1)}`
  const type = input.message(2)?.message(1) ?? fail(place, 'is no tensor')
  if (type.integer(1) !== FLOAT)
    fail(place, `has the element type ${typeName(type.integer(1))}; it is to be float`)
  const dimensions = dimensionsOf(input) ?? []
  if (dimensions.length < 1 || dimensions.length > MAX_DIMENSIONS)
    fail(place, `has ${dimensions.length} dimensions`)
  if (elementsOf(dimensions.slice(1).map((size) => size ?? 1)) > MAX_VALUE_ELEMENTS)
    fail(place, `has more than ${MAX_VALUE_ELEMENTS} elements`)
  const [batch, ...rest] = dimensions
  if (batch !== undefined && batch > 1) fail(place, `has a batch of ${batch}; one, or a name`)
  return [
    1,
    ...rest.map((size, i) =>
      size === undefined || size < 1 || size > MAX_ELEMENTS
        ? fail(place, `dimension ${i + 1} is ${size ?? 'not fixed'}; only the batch may be`)
        : size,
    ),
  ]
}

/** @throws ConvertError where the data do not fit the shape, or are not finite */
const readTensor = (file: string, name: string, tensor: Message, outside: OutsideData): Tensor => {
  const fail = (reason: string): never => {
    throw new ConvertError(file, `tensor ${name}`, reason)
  }
  const shape = tensor.integers(1)
  const elements = elementsOf(shape)
  if (shape.length > MAX_DIMENSIONS || shape.some((size) => size < 0) || !(elements <= MAX_ELEMENTS))
    fail(`the shape [${shape}] is not possible`)
  const values = readNumbers(name, tensor, shape, outside, fail)
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) fail(`element ${wrong} is ${values[wrong]}`)
  return { shape, values }
}

/** Nothing is allocated before there is as much data as the shape asks for. */
const readNumbers = (
  name: string,
  tensor: Message,
  shape: readonly number[],
  outside: OutsideData,
  fail: (reason: string) => never,
): Float64Array => {
  const type = tensor.integer(2) ?? 0
  const [width, read] =
    RAW_TYPES.get(type) ??
    fail(`has the element type ${typeName(type)}; known: ${[...RAW_TYPES.keys()].map(typeName).join(', ')}`)
  const elements = elementsOf(shape)
  const data =
    tensor.integer(14) === 1
      ? outside(name, tensor, elements * width, width, fail)
      : tensor.allBytes(9).at(-1)
  if (data !== undefined) {
    if (data.length !== elements * width)
      fail(`has ${data.length} bytes where its shape [${shape}] asks for ${elements * width}`)
    const view = viewOf(data)
    const values = new Float64Array(elements)
    for (let i = 0; i < elements; i++) values[i] = read(view, i * width)
    return values
  }
  const list = numbersOf(tensor, type)
  if (list.length !== elements)
    fail(`has ${list.length} numbers where its shape [${shape}] asks for ${elements}`)
  return Float64Array.from(list, (value) => (type === HALF ? halfToNumber(value) : value))
}

/** Those that do not stand there as raw bytes. */
const numbersOf = (tensor: Message, type: number): readonly number[] => {
  switch (type) {
    case FLOAT:
      return tensor.floats(4)
    case DOUBLE:
      return tensor.floats(10, 8)
    case INT64:
      return tensor.integers(7)
    default:
      return tensor.integers(5)
  }
}

/** Reads a tensor's data from a file beside the model. @param bytes that it has @param width of an element */
type OutsideData = (
  name: string,
  tensor: Message,
  bytes: number,
  width: number,
  fail: (reason: string) => never,
) => Bytes

/** No two tensors may share bytes, and nothing is read that is not a tensor's. */
const outsideData = (file: string): OutsideData => {
  const taken = new Map<string, { readonly name: string; readonly start: number; readonly end: number }[]>()
  return (name, tensor, bytes, width, fail) => {
    const { location, offset, length } = placeOutside(tensor, width, fail)
    const source = openInside(dirname(file), location, fail)
    try {
      const given = length ?? source.size - offset
      if (given !== bytes) fail(`has ${given} bytes in ${location} where its shape asks for ${bytes}`)
      const end = offset + bytes
      if (end > source.size)
        fail(`truncated: its data end at byte ${end} of ${location}, which has ${source.size}`)
      const others = taken.get(location) ?? []
      const other = others.find((each) => each.start < end && offset < each.end)
      if (other !== undefined) fail(`its data overlap those of tensor ${other.name}`)
      taken.set(location, [...others, { name, start: offset, end }])
      return source.read(offset, bytes)
    } finally {
      source.close()
    }
  }
}

/** Opens a file of the model's folder, which no link leads out of. */
const openInside = (folder: string, location: string, fail: (reason: string) => never): SourceFile => {
  try {
    const name = join(folder, location)
    const source = openSource(name)
    if (realpathSync(name).startsWith(join(realpathSync(folder), sep))) return source
    source.close()
  } catch (error) {
    if (error instanceof ConvertError) fail(`its data in ${JSON.stringify(location)}: ${error.reason}`)
    throw error
  }
  return fail(
    `its data stand in ${JSON.stringify(location)}, which is a link to outside of the model's folder`,
  )
}

const placeOutside = (tensor: Message, width: number, fail: (reason: string) => never) => {
  const entries = new Map(tensor.messages(13).map((entry) => [entry.text(1), entry.text(2)]))
  const location = normalize(entries.get('location') ?? '')
  if (location === '.' || isAbsolute(location) || location.startsWith('..'))
    fail(`its data stand in ${JSON.stringify(entries.get('location') ?? '')}, outside of the model's folder`)
  const number = (key: string): number | undefined => {
    const text = entries.get(key)
    if (text === undefined) return undefined
    return /^\d{1,15}$/.test(text) ? Number(text) : fail(`the ${key} of its data is ${JSON.stringify(text)}`)
  }
  const [offset, length] = [number('offset') ?? 0, number('length')]
  if (offset % width !== 0) fail(`the offset of its data, ${offset}, is misaligned`)
  return { location, offset, length }
}

const readNodes = (
  file: string,
  messages: readonly Message[],
  outside: OutsideData,
  fail: Fail,
): readonly OnnxNode[] => {
  if (messages.length > MAX_NODES) fail('the graph', `has ${messages.length} nodes; at most ${MAX_NODES}`)
  const names = new Set<string>()
  return messages.map((node, index) => {
    const operator = node.text(4)
    const domain = node.text(7)
    const given = node.text(3)
    if (names.has(given)) fail(`node ${given}`, 'stands there twice')
    if (given !== '') names.add(given)
    const name = given === '' ? `${operator} ${index}` : given
    if (domain !== '' && domain !== 'ai.onnx')
      fail(`node ${name}`, `its operator ${operator} is of the domain ${domain}, which is not known`)
    const attributes = node.messages(5).map((attribute): [string, Attribute] => {
      const key = attribute.text(1)
      const value = readAttribute(file, `${name}.${key}`, attribute, outside, fail)
      const wrong = [value].flat().find((each) => typeof each === 'number' && !Number.isFinite(each))
      if (wrong !== undefined) fail(`node ${name}`, `its attribute ${key} is ${wrong}`)
      return [key, value]
    })
    return { name, operator, inputs: node.texts(1), outputs: node.texts(2), attributes: new Map(attributes) }
  })
}

const readAttribute = (
  file: string,
  name: string,
  attribute: Message,
  outside: OutsideData,
  fail: Fail,
): Attribute => {
  switch (attribute.integer(20)) {
    case 1:
      return attribute.floats(2)[0] ?? 0
    case 2:
      return attribute.integer(3) ?? 0
    case 3:
      return attribute.text(4)
    case 4:
      return readTensor(
        file,
        name,
        attribute.message(5) ?? fail(`attribute ${name}`, 'has no tensor'),
        outside,
      )
    case 6:
      return attribute.floats(7)
    case 7:
      return attribute.integers(8)
    case 8:
      return attribute.texts(9)
    default:
      return fail(`attribute ${name}`, `has the type ${attribute.integer(20)}, which is not known`)
  }
}

/** Every node reads what stands before it, and nothing is written twice: so there is no cycle either. */
const checkOrder = (nodes: readonly OnnxNode[], known: Set<string>, output: string, fail: Fail): void => {
  for (const { name, inputs, outputs } of nodes) {
    const missing = inputs.find((input) => !known.has(input))
    if (missing !== undefined) fail(`node ${name}`, `reads ${missing}, which nothing before it computes`)
    for (const written of outputs) {
      if (written === '') continue
      if (known.has(written)) fail(`node ${name}`, `writes ${written}, which stands there already`)
      known.add(written)
    }
  }
  if (!known.has(output)) fail(`output ${output}`, 'is computed by no node')
}
