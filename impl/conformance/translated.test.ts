import { expect, test } from 'vitest'
import { VmTrace } from '../vm/trace.ts'
import { translationOf } from '../vm/translate/translation.ts'
import { directedPrograms } from './directed.ts'
import { SpecMachine } from './specMachine.ts'

// Rationale: run as they are, nothing in them is met often enough to be translated.
test('CONFORM-9 translated before they are first met, they end in the specification’s state', () => {
  let translated = 0
  for (const { name, given } of directedPrograms()) {
    const code = { ...given.code }
    const translation = translationOf(code, { hot: 0, unite: 1 })
    const trace = new VmTrace({ ...given, code })
    expect(trace.length, name).toBe(new VmTrace(given).length)
    expect(trace.rootAt(trace.length), name).toBe(new SpecMachine(given).rootAt(trace.length))
    if (translation.tableEntries > 1) translated++
  }
  expect(translated).toBeGreaterThan(100)
})
