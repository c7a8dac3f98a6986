import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { wordAt } from '../../spec/commitments/bytes.ts'
import { convertTiny } from '../convert/llama/tiny.fixture.ts'
import { infer } from '../graph/executor.ts'
import { loadModel, modelFileOf } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import { BadInputError, readWhole } from '../models/modelCommand.ts'
import { readNpy, writeNpy } from '../models/npy.ts'
import { openNative } from './openNative.ts'
import { runTensors } from './runTensors.ts'

const folder = mkdtempSync(join(tmpdir(), 'infer-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = await convertTiny(folder)

const command = (main: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, main), ...args], {
    encoding: 'utf8',
  })

test('INFER-6 a language model answers ids and texts, as JSON and with the prompt’s logits', () => {
  const logits = join(folder, 'logits.npy')
  const byIds = command(
    'inferMain.ts',
    file,
    '--prompt-ids',
    '1,75,104',
    '--tokens',
    '3',
    '--json',
    '--logits',
    logits,
  )
  expect(byIds.status).toBe(0)
  const answered = JSON.parse(byIds.stdout)
  expect(Object.keys(answered)).toEqual([
    'promptTokens',
    'tokens',
    'text',
    'stateRoot',
    'promptTokensPerSecond',
    'decodeTokensPerSecond',
  ])
  expect(answered).toMatchObject({ promptTokens: [1, 75, 104], text: null })
  expect(answered.tokens).toHaveLength(3)
  expect(readNpy(logits).shape).toEqual([288])
  const best = readNpy(logits).values.reduce((top, value, i, all) => (value > all[top]! ? i : top), 0)
  expect(best).toBe(answered.tokens[0])

  // The tokenizer has a token a byte, behind three control tokens.
  const byText = command('inferMain.ts', file, '--prompt', '<s>He', '--tokens', '3', '--json')
  const { promptTokens, text } = JSON.parse(byText.stdout)
  expect(promptTokens).toEqual([1, 75, 104])
  expect(typeof text).toBe('string')
})

test('INFER-7 a model of tensors takes a batch and gives one', () => {
  const digits = testDigits()
  const [input, output] = [join(folder, 'x.npy'), join(folder, 'y.npy')]
  const values = Float32Array.from(digits.pixels.subarray(0, 5 * 784), (pixel) => pixel / 255)
  writeNpy(input, { shape: [5, 1, 28, 28], values })
  expect(command('inferMain.ts', 'mnist-mlp', '--input', input, '--output', output).status).toBe(0)
  const answers = Array.from({ length: 5 }, (_, i) =>
    wordAt(infer(loadModel('mnist-mlp'), imageOf(digits, i)), 0),
  )
  expect(readNpy(output)).toEqual({ shape: [5, 1], values: Float32Array.from(answers) })
})

// Rationale: an image with its channels last has as many numbers as one with them first, and another class.
test('INFER-10 a batch whose dimensions are in another order is refused; a flat one is not', async () => {
  const model = await openNative(modelFileOf('mnist-cnn', 'f32'), 1)
  const input = { ...model.header.tensors!.input, shape: [2, 14, 28] }
  const turned = { ...model, header: { ...model.header, tensors: { ...model.header.tensors!, input } } }
  const ask = (...shape: readonly number[]) =>
    runTensors(turned, { shape, values: new Float32Array(3 * 784) }, () => {})
  try {
    await expect(ask(3, 14, 28, 2)).rejects.toThrow('takes (batch, 2, 14, 28)')
    await expect(ask(3, 28, 28)).rejects.toThrow(BadInputError)
    for (const shape of [
      [3, 2, 14, 28],
      [3, 784],
      [3, 2, 1, 14, 28, 1],
    ])
      expect((await ask(...shape)).shape[0]).toBe(3)
  } finally {
    await model.graph.close()
  }
})

describe('INFER-8 bad input ends with 2 and one line that says what is allowed', () => {
  const text = join(folder, 'short.txt')
  writeFileSync(text, 'abc')
  const binary = join(folder, 'binary.txt')
  writeFileSync(binary, Buffer.alloc(100, 0xfe))
  // Nobody writes to it: whoever waits for that never ends.
  const pipe = join(folder, 'pipe')
  spawnSync('mkfifo', [pipe])
  const npy = join(folder, 'wrong.npy')
  writeNpy(npy, { shape: [2, 3], values: new Float32Array(6) })
  test.each<readonly [string, readonly string[]]>([
    ['unknown model "nonsense"', ['inferMain.ts', 'nonsense', '--prompt', 'a']],
    ['give --prompt, --prompt-ids', ['inferMain.ts', file]],
    ['allowed: ids with commas', ['inferMain.ts', file, '--prompt-ids', '1,,2']],
    ['allowed: a number from 0 on', ['inferMain.ts', file, '--prompt', 'a', '--temperature', 'hot']],
    ['no chat template', ['inferMain.ts', file, '--prompt', 'a', '--chat']],
    ['--input and --output go together', ['inferMain.ts', 'mnist-mlp', '--input', npy]],
    ['takes (batch, 784)', ['inferMain.ts', 'mnist-mlp', '--input', npy, '--output', join(folder, 'no.npy')]],
    ['is no language model', ['inferMain.ts', 'mnist-mlp', '--prompt', 'a']],
    [
      'the text has 3 tokens; one chunk takes 16',
      ['perplexityMain.ts', file, '--text', text, '--context', '16'],
    ],
    ['--context 512; ', ['perplexityMain.ts', file, '--text', text]],
    ['allowed: an integer from 1 on', ['perplexityMain.ts', file, '--text', text, '--threads', 'two']],
    ['holds a model in fixed, not in f32', ['inferMain.ts', file, '--prompt', 'a', '--format', 'f32']],
    ['--prompt or --prompt-ids, not both', ['inferMain.ts', file, '--prompt', 'a', '--prompt-ids', '1']],
    ['--prompt is for language models', ['inferMain.ts', 'mnist-mlp', '--input', npy, '--prompt', 'a']],
    ['--chat wraps a text: give --prompt', ['inferMain.ts', file, '--prompt-ids', '1', '--chat']],
    [`${folder}: is not a file`, ['inferMain.ts', folder, '--prompt', 'a']],
    [`${folder}: cannot be read (EISDIR)`, ['inferMain.ts', 'mnist-mlp', '--input', folder, '--output', npy]],
    ['pipe: is not a file', ['inferMain.ts', pipe, '--prompt', 'a']],
    ['binary.txt: is not UTF-8', ['perplexityMain.ts', file, '--text', binary, '--context', '16']],
    ['nowhere.txt: cannot be read (ENOENT)', ['perplexityMain.ts', file, '--text', 'nowhere.txt']],
  ])('%s', (reason, [main, ...args]) => {
    const { status, stdout, stderr } = command(main!, ...args)
    expect(stderr).toContain(reason)
    expect(stderr).not.toContain('    at ')
    expect([status, stdout]).toEqual([2, ''])
  })
})

test.skipIf(!existsSync('/dev/zero'))(
  'READ-1 what has no end is given up at the most bytes that are wanted',
  () => {
    expect(() => readWhole('/dev/zero', 3 * 2 ** 20)).toThrow('/dev/zero: has more than 3145728 bytes')
    writeFileSync(join(folder, 'whole'), new Uint8Array(3 * 2 ** 20))
    expect(readWhole(join(folder, 'whole'), 3 * 2 ** 20)).toHaveLength(3 * 2 ** 20)
  },
)

test('NPY-1 arrays come back, and what is no array of float32 is refused', () => {
  const path = join(folder, 'a.npy')
  for (const shape of [[6], [2, 3], [1, 2, 3, 1]]) {
    writeNpy(path, { shape, values: Float32Array.of(1, -2, 0.5, 3e38, -0, 7) })
    expect(readNpy(path)).toEqual({ shape, values: Float32Array.of(1, -2, 0.5, 3e38, -0, 7) })
  }
  const header = (text: string): Buffer =>
    Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
      Buffer.from([text.length, 0]),
      Buffer.from(text),
    ])
  for (const [bytes, reason] of [
    [Buffer.from('no'), 'is no NumPy file'],
    [header("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }"), 'elements of type <f8'],
    [header("{'descr': '<f4', 'fortran_order': True, 'shape': (0,), }"), 'Fortran order'],
    [header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"), '0 bytes of numbers where'],
    [header('x').subarray(0, 10).fill(255, 8), 'is no NumPy file'],
  ] as const) {
    writeFileSync(path, bytes)
    expect(() => readNpy(path)).toThrow(BadInputError)
    expect(() => readNpy(path)).toThrow(reason)
  }
})
