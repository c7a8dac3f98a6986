import { expect } from 'vitest'
import type { Engine } from './engine.ts'

/**
 * Runs two machines side by side, the first one by its interpreter alone, and expects the same after each part, and the
 * same pages written at the end. @returns the steps made
 */
export const expectSameRun = (plain: Engine, fast: Engine, parts: readonly number[]): number => {
  let steps = 0
  for (const part of parts) {
    const done = plain.interpret(part)
    expect(fast.run(part)).toBe(done)
    expect(fast.processor()).toEqual(plain.processor())
    steps += done
  }
  const written = [...plain.memory.takeWritten()].sort()
  expect([...fast.memory.takeWritten()].sort()).toEqual(written)
  for (const page of written) expect(fast.memory.pageWords(page)).toEqual(plain.memory.pageWords(page))
  return steps
}
