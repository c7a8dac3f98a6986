import { expect, test, vi } from 'vitest'
import { printSimBench } from './printSimBench.ts'

// Rationale: the figures are read by programs, under these names and no others.
test('SIMBENCH-1 disputes and calls a second, with symbols and with hashes, as one object', () => {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  printSimBench(true, { warming: 0, measured: 0.01 })
  log.mockRestore()
  expect(lines).toHaveLength(1)
  const { disputesPerSecond, callsPerSecond, hashed, ...more } = JSON.parse(lines[0]!)
  expect(more).toEqual({})
  expect(Object.keys(hashed)).toEqual(['disputesPerSecond'])
  // Every run of it is one dispute; hashing is what symbols save.
  expect(callsPerSecond / disputesPerSecond).toBeCloseTo(10, 0)
  expect(hashed.disputesPerSecond).toBeGreaterThan(0)
})
