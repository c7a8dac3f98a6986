import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { execute } from '../impl/graph/executor.ts'
import { imageOf, testDigits } from '../impl/models/mnist/data.ts'
import { REGISTER_NAMES } from '../impl/vm/disassemble.ts'
import { wordAt } from '../spec/commitments/bytes.ts'
import { arbitrationOf } from './arbitration.ts'
import { chronicle } from './chronicle.ts'
import { escapeText } from './html.ts'
import { played } from './played.fixture.ts'
import { pageOf } from './writePage.ts'

const arbitrated = async (name: string) => {
  const record = await played(name)
  return { record, arbitration: arbitrationOf(chronicle(record), record) }
}

// Rationale: this is what the whole dispute came down to, so it must be the very store that the server altered, with
// the value that the native executor gets for that element.
test('REPORT-5 the arbitrated step is the store of the altered element, with the true value', async () => {
  const { record, arbitration } = await arbitrated('mnist-wrong-logit')
  const outputs = execute(record.graph, imageOf(testDigits(), record.scenario.task.image!))
  const [node, element] = [3, 5]
  const { pre, post, leaf, word, assembly } = arbitration!
  expect(arbitration!.at[0]).toBe(node)
  expect(word).toBe(0x00ad_a023)
  expect(assembly).toBe('sw a0, 0(s11)')
  const [a0, s11] = [REGISTER_NAMES.indexOf('a0'), REGISTER_NAMES.indexOf('s11')]
  const value = wordAt(outputs[node]!, 4 * element)
  expect(pre.registers[a0]).toBe(value)
  expect(pre.registers[s11]).toBe(0xe000_0000 + 4 * element)
  expect(leaf).toMatchObject({ address: 0xe000_0000 + 4 * element, bytes: 4 })
  expect(wordAt(leaf!.before, leaf!.offset)).toBe(0)
  expect(wordAt(leaf!.after, leaf!.offset)).toBe(value)
  // A store changes no register, and goes on to the next instruction.
  expect(post).toEqual({ ...pre, pc: pre.pc + 4 })
  expect(arbitration).toMatchObject({ mover: 'sam', opponent: 'vera', moverWins: false })
  expect(arbitration!.disputedRoot).toBe(arbitration!.postRoot)
})

// Rationale: where the machine is the only phase the step is numbered from the start of the whole run.
test('REPORT-6 in a one-phase game the arbitrated step is the first false one', async () => {
  const { arbitration } = await arbitrated('mnist-one-phase')
  const { at, mover, opponent, moverWins } = arbitration!
  expect(at).toEqual([250_000])
  expect(moverWins ? mover : opponent).toBe('vera')
})

// Rationale: a run without an arbitration has nothing to show, and must not show something.
test('REPORT-7 no arbitration where the dispute ends by timeout or there is none', async () => {
  expect((await arbitrated('mnist-silent-server')).arbitration).toBeUndefined()
  expect((await arbitrated('mnist-honest')).arbitration).toBeUndefined()
})

// Rationale: an instruction alone tells nobody what went wrong; the line of the kernel that it is of does.
test('REPORT-32 the arbitrated step has its operator, and the line of the kernel that it comes from', async () => {
  const record = await played('mnist-wrong-logit')
  const section = /<section id="step">.*?<\/section>/s.exec(pageOf(record))![0]
  const [, file, line] = /<code>impl\/kernels\/(\w+\.[ch]):(\d+)<\/code>/.exec(section)!
  const text = readFileSync(join(import.meta.dirname, '../impl/kernels', file!), 'utf8').split('\n')[
    Number(line) - 1
  ]!
  expect(section).toContain(`<code>${escapeText(text.trim())}</code>`)
  // The first false instruction is the store of an element of the output: see `mnist-wrong-logit`.
  expect(section).toContain('sw a0, 0(s11)')
  expect(text).toMatch(/output\[.*\] =|= /)
  expect(section).toMatch(/<code>matmul-\w+<\/code> <span class="quiet">matmul2</)
})
