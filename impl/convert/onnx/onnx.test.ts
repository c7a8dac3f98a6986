import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { infer } from '../../graph/executor.ts'
import { decodeEdge, encodeEdge } from '../../inference/runTensors.ts'
import { MODEL_FORMATS, type NumericFormat } from '../../models/catalogue.ts'
import { readModelFile } from '../../models/modelFile.ts'
import { writeLowered } from '../graphPlan.ts'
import { bytesSource, ConvertError, openSource } from '../sourceFile.ts'
import { convertOnnx } from './convertOnnx.ts'
import { evaluate } from './evaluate.ts'
import { lowerOnnx } from './lowerOnnx.ts'
import {
  float,
  floatTensor,
  integer,
  integers,
  integerTensor,
  node,
  onnx,
  text,
  type Written,
} from './onnx.fixture.ts'
import { type OnnxModel, readOnnx } from './onnxFile.ts'
import { Message, message } from './protobuf.ts'

const folder = mkdtempSync(join(tmpdir(), 'onnx-'))
afterAll(() => rmSync(folder, { recursive: true }))

let seed = 7
const random = (count: number): number[] =>
  Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.fround(seed / 2 ** 31 - 1)
  })
const read = (bytes: Uint8Array): OnnxModel => readOnnx(bytesSource('some.onnx', bytes))
const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

const PROVENANCE = { source: 'test', sha256: null }

/** The converted model's output and the reference's, on one random input. */
const both = async (written: Written, format: NumericFormat) => {
  const model = read(onnx(written))
  const file = join(folder, 'model.opml')
  const { plan, fills } = lowerOnnx(model, format, PROVENANCE)
  await writeLowered(file, plan, fills, () => {})
  const stored = readModelFile(file)
  const { input, output } = stored.header.tensors!
  const values = Float32Array.from(random(elements(model.input.shape)))
  const expected = evaluate(model, Float64Array.from(values), (_, compute) => compute()).get(model.output)!
  const found = decodeEdge(infer(stored, encodeEdge(values, input)), output)
  return { expected, found, shape: output.shape }
}

/** Operators each with constants around it, and the shape of the input. */
const CASES: Readonly<Record<string, Written>> = {
  'Gemm, transposed, with bias': {
    tensors: [floatTensor('w', [3, 4], random(12)), floatTensor('b', [3], random(3))],
    nodes: [
      node('Gemm', ['x', 'w', 'b'], 'y', [integer('transB', 1), float('alpha', 0.5), float('beta', 2)]),
    ],
  },
  'Gemm without bias': {
    tensors: [floatTensor('w', [4, 5], random(20))],
    nodes: [node('Gemm', ['x', 'w'], 'y')],
  },
  'MatMul, Add, Relu': {
    tensors: [floatTensor('w', [4, 3], random(12)), floatTensor('b', [3], random(3))],
    nodes: [node('MatMul', ['x', 'w'], 'a'), node('Add', ['b', 'a'], 'c'), node('Relu', ['c'], 'y')],
  },
  'Sub, Mul, Div by constants, both ways': {
    tensors: [floatTensor('c', [4], random(4)), floatTensor('two', [], [2])],
    nodes: [
      node('Sub', ['x', 'c'], 'a'),
      node('Sub', ['two', 'a'], 'b'),
      node('Mul', ['b', 'c'], 'd'),
      node('Div', ['d', 'two'], 'e'),
      node('Mul', ['e', 'x'], 'f'),
      node('Sub', ['f', 'x'], 'g'),
      node('Add', ['g', 'x'], 'y'),
    ],
  },
  'Conv with strides and uneven padding': {
    input: ['n', 2, 5, 6],
    tensors: [floatTensor('w', [3, 2, 3, 2], random(36)), floatTensor('b', [3], random(3))],
    nodes: [
      node('Conv', ['x', 'w', 'b'], 'y', [integers('strides', [2, 1]), integers('pads', [1, 0, 0, 1])]),
    ],
  },
  'Conv in groups, dilated': {
    input: [1, 4, 6, 6],
    tensors: [floatTensor('w', [4, 2, 2, 2], random(32))],
    nodes: [node('Conv', ['x', 'w'], 'y', [integer('group', 2), integers('dilations', [2, 1])])],
  },
  'Conv, as large as its input, lower side first': {
    input: ['n', 1, 5, 5],
    tensors: [floatTensor('w', [2, 1, 2, 2], random(8))],
    nodes: [node('Conv', ['x', 'w'], 'y', [text('auto_pad', 'SAME_LOWER'), integers('strides', [2, 2])])],
  },
  'BatchNormalization, unfolded': {
    input: ['n', 2, 3, 3],
    tensors: [
      floatTensor('s', [2], random(2)),
      floatTensor('o', [2], random(2)),
      floatTensor('m', [2], random(2)),
      floatTensor('v', [2], [0.5, 2]),
    ],
    nodes: [node('BatchNormalization', ['x', 's', 'o', 'm', 'v'], 'y', [float('epsilon', 0.01)])],
  },
  pools: {
    input: ['n', 2, 7, 7],
    nodes: [
      node('MaxPool', ['x'], 'a', [
        integers('kernel_shape', [2, 2]),
        integers('strides', [2, 2]),
        integer('ceil_mode', 1),
      ]),
      node('AveragePool', ['a'], 'b', [integers('kernel_shape', [3, 3]), integers('pads', [1, 1, 1, 1])]),
      node('AveragePool', ['b'], 'y', [
        integers('kernel_shape', [3, 3]),
        integers('pads', [1, 1, 1, 1]),
        integer('count_include_pad', 1),
      ]),
    ],
  },
  'GlobalAveragePool, Flatten': {
    input: ['n', 3, 4, 5],
    nodes: [node('GlobalAveragePool', ['x'], 'a'), node('Flatten', ['a'], 'y')],
  },
  'ReduceMean over inner axes, Transpose': {
    input: ['n', 3, 4, 5],
    nodes: [
      node('Transpose', ['x'], 'a', [integers('perm', [0, 2, 3, 1])]),
      node('ReduceMean', ['a'], 'y', [integers('axes', [1, 2]), integer('keepdims', 0)]),
    ],
  },
  'ReduceMean with axes as an operand': {
    opset: 18,
    input: ['n', 3, 4],
    tensors: [integerTensor('axes', [-2])],
    nodes: [node('ReduceMean', ['x', 'axes'], 'y')],
  },
  'Reshape by a computed shape, Softmax': {
    input: ['n', 2, 6],
    tensors: [integerTensor('zero', [0]), integerTensor('rest', [3, -1])],
    nodes: [
      node('Shape', ['x'], 's'),
      node('Gather', ['s', 'zero'], 'batch'),
      node('Concat', ['batch', 'rest'], 'shape', [integer('axis', 0)]),
      node('Reshape', ['x', 'shape'], 'a'),
      node('Softmax', ['a'], 'y'),
    ],
  },
  'Constant, Unsqueeze, Squeeze, Identity': {
    tensors: [integerTensor('axis', [1])],
    nodes: [
      node('Constant', [], 'c', [message({ 1: 'value', 5: floatTensor('', [4], random(4)), 20: 4 })]),
      node('Add', ['x', 'c'], 'a'),
      node('Unsqueeze', ['a', 'axis'], 'b'),
      node('Squeeze', ['b', 'axis'], 'd'),
      node('Identity', ['d'], 'y'),
    ],
  },
}

// Rationale: the reference says what the file means; int8 weights may cost what rounding to 127 steps costs, no more, and
// f32 what single precision does.
test.each(Object.entries(CASES))(
  'ONNX-1 the converted model computes what the file says: %s',
  async (_, written) => {
    for (const [format, share, step] of [
      ['fixed', 2e-4, 2 ** -12],
      ['f32', 2e-6, 0],
    ] as const) {
      const { expected, found, shape } = await both(written, format)
      expect([1, ...shape]).toEqual(expected.shape)
      const largest = expected.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect(largest).toBeGreaterThan(0)
      expected.values.forEach((value, i) => {
        expect(Math.abs(found[i]! - value)).toBeLessThan(share * largest + step)
      })
    }
  },
)

// Rationale: fraction bits are a value's own: a model whose values are small or large somewhere is as near as another.
test.each([
  ['small', 1e-4, 1],
  ['large', 1e5, 1],
  ['small and made large again', 1e-6, 1e6],
  ['pixels that are scaled', 1 / 255, 1],
])('ONNX-7 values that are %s keep their precision', async (_, factor, back) => {
  const written: Written = {
    input: ['n', 1, 6, 6],
    tensors: [
      floatTensor('f', [], [factor]),
      floatTensor('g', [1, 3, 1, 1], [back, back, back]),
      floatTensor('k', [3, 1, 3, 3], random(27)),
      floatTensor(
        'b',
        [3],
        random(3).map((value) => value * factor),
      ),
    ],
    nodes: [
      node('Mul', ['x', 'f'], 'a'),
      node('Conv', ['a', 'k', 'b'], 'c'),
      node('Relu', ['c'], 'd'),
      node('Add', ['d', 'c'], 'e'),
      node('Mul', ['e', 'g'], 'y'),
    ],
  }
  const { expected, found } = await both(written, 'fixed')
  const largest = expected.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expected.values.forEach((value, i) => {
    expect(Math.abs(found[i]! - value)).toBeLessThan(2e-3 * largest)
  })
})

describe('ONNX-2 what cannot be converted is refused with tensor or node and the reason', () => {
  const w = floatTensor('w', [4, 3], random(12))
  const product = node('MatMul', ['x', 'w'], 'y')
  const norm = (variance: number, epsilon: number): Written => ({
    input: ['n', 1, 2, 2],
    tensors: [
      ...['s', 'o', 'm'].map((name) => floatTensor(name, [1], [1])),
      floatTensor('v', [1], [variance]),
    ],
    nodes: [node('BatchNormalization', ['x', 's', 'o', 'm', 'v'], 'y', [float('epsilon', epsilon)])],
  })
  const external = (location: string, rest: readonly Uint8Array[] = []): Written => ({
    tensors: [
      message({ 1: [4, 3], 2: 1, 8: 'w', 13: [message({ 1: 'location', 2: location }), ...rest], 14: 1 }),
    ],
    nodes: [product],
  })
  test.each<readonly [string, Written]>([
    [
      'node Sigmoid of y: its operator Sigmoid is not known; known: Gemm',
      { nodes: [node('Sigmoid', ['x'], 'y')] },
    ],
    ['of the domain com.microsoft', { nodes: [node('Gelu', ['x'], 'y', [], { 7: 'com.microsoft' })] }],
    ['the opset: 12 is not known; known: 13 to 20', { nodes: [product], tensors: [w], opset: 12 }],
    ['the opset: 21 is not known', { nodes: [product], tensors: [w], opset: 21 }],
    ['node MatMul of y: reads w, which nothing before it computes', { nodes: [product] }],
    ['node MatMul of y: stands there twice', { nodes: [product, product], tensors: [w] }],
    [
      'node another: writes y, which stands there already',
      { nodes: [product, node('Relu', ['x'], 'y', [], { 3: 'another' })], tensors: [w] },
    ],
    [
      'output y: is declared as [?,4] and becomes [1,3]',
      { nodes: [product], tensors: [w], outputShape: ['batch', 4] },
    ],
    ['output y: is declared as [3] and becomes [1,3]', { nodes: [product], tensors: [w], outputShape: [3] }],
    [
      'node Relu of a: reads b, which nothing before it computes',
      { nodes: [node('Relu', ['b'], 'a'), node('Relu', ['a'], 'b')], output: 'b' },
    ],
    ['tensor w: stands there twice', { nodes: [product], tensors: [w, w] }],
    ['output z: is computed by no node', { nodes: [product], tensors: [w], output: 'z' }],
    [
      'tensor w: element 5 is NaN',
      {
        nodes: [product],
        tensors: [floatTensor('w', [4, 3], [0, 0, 0, 0, 0, Number.NaN, 0, 0, 0, 0, 0, 0])],
      },
    ],
    [
      'tensor w: has 44 bytes where its shape [4,3] asks for 48',
      { nodes: [product], tensors: [floatTensor('w', [4, 3], random(11))] },
    ],
    [
      'tensor w: the shape [-4,3] is not possible',
      { nodes: [product], tensors: [floatTensor('w', [-4, 3], [])] },
    ],
    [
      'tensor w: the shape [1099511627776,3]',
      { nodes: [product], tensors: [floatTensor('w', [2 ** 40, 3], [])] },
    ],
    [
      'tensor w: has the element type number 99; known: float, uint8',
      { nodes: [product], tensors: [message({ 1: [4, 3], 2: 99, 8: 'w' })] },
    ],
    ['node MatMul of y: multiplies [1,5] and [4,3]', { nodes: [product], tensors: [w], input: ['n', 5] }],
    ['input x: has a batch of 2', { nodes: [product], tensors: [w], input: [2, 4] }],
    ['input x: dimension 1 is not fixed', { nodes: [product], tensors: [w], input: ['n', 'm'] }],
    ['has the negative variance -1', norm(-1, 0.1)],
    ['node BatchNormalization of y: its attribute epsilon is NaN', norm(1, Number.NaN)],
    ['its attribute epsilon is Infinity', norm(1, Number.POSITIVE_INFINITY)],
    [
      'node Div of y: divides by zero',
      { nodes: [node('Div', ['x', 'c'], 'y')], tensors: [floatTensor('c', [4], [1, 2, 0, 4])] },
    ],
    [
      'operand 1 depends on the input, where a constant belongs',
      { nodes: [node('Div', ['c', 'x'], 'y')], tensors: [floatTensor('c', [4], random(4))] },
    ],
    ['is a softmax of 65537 numbers', { input: ['n', 65537], nodes: [node('Softmax', ['x'], 'y')] }],
    ['its data stand in "../w.bin", outside', external('../w.bin')],
    ['outside of the model', external('/etc/passwd')],
    ['tensor w: its data in "missing.bin": cannot be read (ENOENT)', external('missing.bin')],
    ['of its data is "-1"', external('w.bin', [message({ 1: 'length', 2: '-1' })])],
    [
      'node Conv of y: makes a value of [1,1,100004,100004]',
      {
        input: ['n', 1, 4, 4],
        tensors: [floatTensor('k', [1, 1, 1, 1], [1])],
        nodes: [node('Conv', ['x', 'k'], 'y', [integers('pads', [50_000, 50_000, 50_000, 50_000])])],
      },
    ],
    [
      'input x: has more than 67108864 elements',
      { nodes: [product], tensors: [w], input: ['n', 2 ** 20, 2 ** 20] },
    ],
    [
      'tensor w: has 0 numbers',
      { nodes: [product], tensors: [message({ 1: [2 ** 14, 2 ** 14], 2: 1, 8: 'w' })] },
    ],
    ['has the epsilon -1', norm(1, -1)],
    [
      'tensor w: element 0 is Infinity',
      { nodes: [product], tensors: [floatTensor('w', [4, 3], Array(12).fill(1 / 0))] },
    ],
    ['does not depend on the input', { nodes: [node('Identity', ['w'], 'y')], tensors: [w] }],
    ['node Add of y: has no operand 1', { nodes: [node('Add', ['x'], 'y')] }],
    [
      'node Relu of y: reads mask, a further output that is not known',
      {
        nodes: [
          message({ 1: 'x', 2: ['a', 'mask'], 4: 'Dropout' }),
          node('Add', ['a', 'x'], 'b'),
          node('Relu', ['mask'], 'y'),
        ],
      },
    ],
    ['node Relu 0: has no output', { nodes: [message({ 1: 'x', 4: 'Relu' })], tensors: [w], output: 'w' }],
    [
      'node Dropout of y: is in training',
      {
        nodes: [node('Dropout', ['x', '', 't'], 'y')],
        tensors: [message({ 2: 9, 8: 't', 9: new Uint8Array([1]) })],
      },
    ],
    [
      'node BatchNormalization of y: is in training',
      {
        ...norm(1, 0.1),
        nodes: [node('BatchNormalization', ['x', 's', 'o', 'm', 'v'], 'y', [integer('training_mode', 1)])],
      },
    ],
    [
      'node BatchNormalization of y: has numbers for 1 channels where there are 2',
      { ...norm(1, 0.1), input: ['n', 2, 2, 2] },
    ],
    [
      'node MaxPool of y: has dilations',
      {
        input: ['n', 1, 5, 5],
        nodes: [
          node('MaxPool', ['x'], 'y', [integers('kernel_shape', [2, 2]), integers('dilations', [2, 2])]),
        ],
      },
    ],
    [
      'node MaxPool of y: slides a window whose width is 3000; at most 2048',
      { input: ['n', 1, 1, 3000], nodes: [node('MaxPool', ['x'], 'y', [integers('kernel_shape', [1, 2])])] },
    ],
    [
      'node MatMul of y: multiplies by several matrices, [2,4,1]',
      { tensors: [floatTensor('w', [2, 4, 1], random(8))], nodes: [product] },
    ],
    [
      'node MatMul of y: operand 1 depends on the input',
      { input: ['n', 4, 4], nodes: [node('MatMul', ['x', 'x'], 'y')] },
    ],
    [
      'node Conv of y: has 2 biases for 1 channels',
      {
        input: ['n', 1, 4, 4],
        tensors: [floatTensor('k', [1, 1, 2, 2], random(4)), floatTensor('b', [2], [1, 2])],
        nodes: [node('Conv', ['x', 'k', 'b'], 'y')],
      },
    ],
    [
      'node Conv of y: has a kernel of [3,3] and weights of [1,1,2,2]',
      {
        input: ['n', 1, 4, 4],
        tensors: [floatTensor('k', [1, 1, 2, 2], random(4))],
        nodes: [node('Conv', ['x', 'k'], 'y', [integers('kernel_shape', [3, 3])])],
      },
    ],
    [
      'node Flatten of y: has the axis 7 of 2',
      { nodes: [node('Flatten', ['x'], 'y', [integer('axis', 7)])] },
    ],
    [
      'node Reshape of y: makes [-2,-2] of [1,4]',
      { tensors: [integerTensor('s', [-2, -2])], nodes: [node('Reshape', ['x', 's'], 'y')] },
    ],
    [
      'node MatMul of y: its value y has no elements',
      { tensors: [floatTensor('w', [4, 0], [])], nodes: [product] },
    ],
    [
      'node MaxPool of y: has no kernel_shape',
      { input: ['n', 1, 4, 4], nodes: [node('MaxPool', ['x'], 'y', [text('kernel_shape', 'ab')])] },
    ],
    [
      'which is no number of single precision',
      {
        tensors: [floatTensor('c', [], [3e38])],
        nodes: [node('Mul', ['x', 'c'], 'a'), node('Mul', ['a', 'c'], 'y')],
      },
    ],
    [
      'node Gemm of y: its attribute alpha is NaN',
      { tensors: [w], nodes: [node('Gemm', ['x', 'w'], 'y', [float('alpha', Number.NaN)])] },
    ],
    [
      'node Cast of y: makes values of the element type 7',
      { nodes: [node('Cast', ['x'], 'y', [integer('to', 7)])] },
    ],
  ])('%s', async (reason, written) => {
    const convert = async (): Promise<unknown> =>
      convertOnnx(read(onnx(written)), join(folder, 'never.opml'), 'fixed', PROVENANCE, () => {})
    await expect(convert()).rejects.toThrow(ConvertError)
    await expect(convert()).rejects.toThrow(reason)
  })

  // Rationale: a small thing in memory for each two bytes of a file is many times the file.
  test('more fields, or numbers in a list, than fit memory', () => {
    const fields = new Uint8Array(2 * (2 ** 18 + 1)).map((_, i) => (i % 2 === 0 ? 10 : 0))
    expect(() => read(fields)).toThrow('a message has more than 262144 fields')
    // Field 4, 4 (2^24 + 1) bytes long.
    const prefix = [0x22, 0x84, 0x80, 0x80, 0x20]
    const numbers = new Uint8Array(prefix.length + 4 * (2 ** 24 + 1))
    numbers.set(prefix)
    expect(() => new Message(numbers).floats(4)).toThrow('field 4 lists more than 16777216 numbers')
  })

  test('a text that is no UTF-8', () => {
    const bytes = onnx({ nodes: [node('Relu', ['x'], 'yabcd')], output: 'yabcd' })
    const at = Buffer.from(bytes).indexOf('yabcd')
    bytes[at + 1] = 0xff
    expect(() => read(bytes)).toThrow('is not UTF-8')
  })
})

test('ONNX-3 weights may stand in a file beside the model', () => {
  const values = random(12)
  writeFileSync(join(folder, 'w.bin'), new Uint8Array(Float32Array.from([9, 9, ...values]).buffer))
  const entry = (key: string, value: string): Uint8Array => message({ 1: key, 2: value })
  const outside = message({
    1: [4, 3],
    2: 1,
    8: 'w',
    13: [entry('location', 'w.bin'), entry('offset', '8'), entry('length', '48')],
    14: 1,
  })
  const file = join(folder, 'outside.onnx')
  writeFileSync(file, onnx({ nodes: [node('MatMul', ['x', 'w'], 'y')], tensors: [outside] }))
  expect([...readOnnx(openSource(file)).constants.get('w')!.values]).toEqual(values)

  const at = (name: string, offset: number, length = 8, location = 'w.bin'): Uint8Array =>
    message({
      1: [2],
      2: 1,
      8: name,
      13: [entry('location', location), entry('offset', `${offset}`), entry('length', `${length}`)],
      14: 1,
    })
  const reasonOf = (...tensors: readonly Uint8Array[]): string => {
    writeFileSync(file, onnx({ nodes: [node('Relu', ['x'], 'y')], tensors }))
    try {
      readOnnx(openSource(file))
    } catch (error) {
      expect(error).toBeInstanceOf(ConvertError)
      return (error as ConvertError).message
    }
    return 'read'
  }
  expect(reasonOf(at('a', 8), at('b', 0), at('c', 16))).toBe('read')
  expect(reasonOf(at('a', 8), at('b', 12))).toContain('tensor b: its data overlap those of tensor a')
  expect(reasonOf(at('a', 6))).toContain('tensor a: the offset of its data, 6, is misaligned')
  expect(reasonOf(at('a', 48, 12))).toContain('tensor a: has 12 bytes in w.bin where its shape asks for 8')
  expect(reasonOf(at('a', 56))).toContain('tensor a: truncated: its data end at byte 64 of w.bin')

  // What is no file is not read, and a pipe that nobody writes to is not waited for.
  mkdirSync(join(folder, 'inner'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  for (const name of ['inner', 'pipe', '.'])
    expect(reasonOf(at('a', 0, 8, name))).toMatch(/tensor a: its data .*(is not a file|outside)/)
  const elsewhere = mkdtempSync(join(tmpdir(), 'onnx-elsewhere-'))
  writeFileSync(join(elsewhere, 'w.bin'), new Uint8Array(8))
  symlinkSync(elsewhere, join(folder, 'link'))
  expect(reasonOf(at('a', 0, 8, 'link/w.bin'))).toContain("which is a link to outside of the model's folder")
  rmSync(elsewhere, { recursive: true })
})

// Rationale: a file of a stranger may be cut off or damaged anywhere.
test('ONNX-4 a file that is cut off or damaged is converted or refused, and nothing else happens', () => {
  const bytes = onnx(CASES['Conv with strides and uneven padding']!)
  let refused = 0
  const attempt = (damaged: Uint8Array): void => {
    try {
      const model = read(damaged)
      for (const format of MODEL_FORMATS) lowerOnnx(model, format, PROVENANCE)
    } catch (error) {
      expect(error).toBeInstanceOf(ConvertError)
      refused++
    }
  }
  for (let length = 0; length < bytes.length; length++) attempt(bytes.subarray(0, length))
  expect(refused).toBe(bytes.length)
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (offset, byte) => {
      const damaged = bytes.slice()
      damaged[offset] = byte
      attempt(damaged)
    }),
    { numRuns: 1000 },
  )
  expect(refused).toBeGreaterThan(bytes.length + 300)
})

// Rationale: files as the frameworks write them, not as they are described; the scripts beside them made both.
describe('ONNX-5 files that PyTorch and Keras exported give what these computed', () => {
  test.each([
    ['torchMlp', ['Gemm', 'Relu', 'Softmax']],
    ['torchCnn', ['Conv', 'BatchNormalization', 'MaxPool', 'GlobalAveragePool', 'Flatten', 'Gemm']],
    ['kerasCnn', ['Transpose', 'Conv', 'MaxPool', 'MatMul', 'Softmax']],
  ])('%s', async (name, operators) => {
    const fixtures = join(import.meta.dirname, '..', 'fixtures')
    const source = openSource(join(fixtures, `${name}.onnx`))
    const model = readOnnx(source)
    source.close()
    expect(model.nodes.map(({ operator }) => operator)).toEqual(expect.arrayContaining(operators))
    const file = join(folder, `${name}.opml`)
    const { fidelity } = await convertOnnx(model, file, 'fixed', PROVENANCE, () => {})
    const compared = fidelity.comparisons[0]!.operators.map(({ operator }) => operator)
    expect(compared).toEqual(expect.arrayContaining(operators.filter((each) => each !== 'Flatten')))
    for (const { operators: nodes, output } of fidelity.comparisons) {
      for (const { worst } of nodes) expect(worst).toBeLessThan(1e-3)
      expect(output).toMatchObject({ sameLargest: 1 })
    }
    const stored = readModelFile(file)
    const { input, output } = stored.header.tensors!
    const { x, y } = JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8')) as Record<
      'x' | 'y',
      number[]
    >
    const [size, outputs] = [elements(input.shape), elements(output.shape)]
    expect(x.length / size).toBe(8)
    const largest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    for (let sample = 0; sample < 8; sample++) {
      const values = Float32Array.from(x.slice(sample * size, (sample + 1) * size))
      const own = y.slice(sample * outputs, (sample + 1) * outputs)
      const found = [...decodeEdge(infer(stored, encodeEdge(values, input)), output)]
      const reference = evaluate(model, Float64Array.from(values), (_, compute) => compute()).get(
        model.output,
      )!
      own.forEach((value, i) => {
        expect(Math.abs(reference.values[i]! - value)).toBeLessThan(1e-5 * largest)
        expect(Math.abs(found[i]! - value)).toBeLessThan(1e-3 * largest)
      })
    }
  })
})
