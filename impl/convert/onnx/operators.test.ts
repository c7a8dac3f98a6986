import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { infer } from '../../graph/executor.ts'
import { decodeEdge, encodeEdge } from '../../inference/runTensors.ts'
import { MODEL_FORMATS } from '../../models/catalogue.ts'
import { readModelFile } from '../../models/modelFile.ts'
import { writeLowered } from '../graphPlan.ts'
import { bytesSource } from '../sourceFile.ts'
import { evaluate } from './evaluate.ts'
import { lowerOnnx } from './lowerOnnx.ts'
import { readOnnx } from './onnxFile.ts'

const folder = mkdtempSync(join(tmpdir(), 'onnx-operators-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Case {
  /** An ONNX file, in base64. */
  readonly model: string
  readonly x: readonly number[]
  /** Of the output. */
  readonly shape: readonly number[]
  readonly y: readonly number[]
}

const CASES = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'operators.json'), 'utf8'),
) as Readonly<Record<string, Case>>

// Rationale: our own reference reads the specification of ONNX as we do; onnxruntime is what exporters test against. The
// script beside the fixture made both. Int8 weights may cost a percent of the largest, single precision its rounding.
describe('ONNX-6 operators give what onnxruntime makes of them', () => {
  test.each(Object.keys(CASES))('%s', async (name) => {
    const { model: bytes, x, shape, y } = CASES[name]!
    const model = readOnnx(bytesSource(name, new Uint8Array(Buffer.from(bytes, 'base64'))))
    const largest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const reference = evaluate(model, Float64Array.from(x), (_, compute) => compute()).get(model.output)!
    expect(reference.shape).toEqual(shape)
    y.forEach((value, i) => {
      expect(Math.abs(reference.values[i]! - value)).toBeLessThan(1e-6 * largest)
    })
    for (const format of MODEL_FORMATS) {
      const file = join(folder, 'model.opml')
      const { plan, fills } = lowerOnnx(model, format, { source: name, sha256: null })
      await writeLowered(file, plan, fills, () => {})
      const stored = readModelFile(file)
      const { input, output } = stored.header.tensors!
      expect(output.shape).toEqual(shape[0] === 1 ? shape.slice(1) : shape)
      const found = decodeEdge(infer(stored, encodeEdge(Float32Array.from(x), input)), output)
      const most = (format === 'fixed' ? 5e-4 : 1e-6) * largest
      y.forEach((value, i) => {
        expect(Math.abs(found[i]! - value)).toBeLessThan(most)
      })
    }
  })
})
