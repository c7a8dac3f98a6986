import { afterEach, expect, test, vi } from 'vitest'
import { startProgress } from './progress.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

// Rationale: a token of a large model in double precision takes seconds, and a rate rounded to 0 said nothing of the rest.
test('PROGRESS-1 slow work has a rate with decimals, and the time that is left follows from what was done', () => {
  const wasTerminal = process.stderr.isTTY
  process.stderr.isTTY = false
  try {
    const lines: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
    const now = vi.spyOn(performance, 'now').mockReturnValue(0)
    const progress = startProgress('reading', 100, 'tokens')
    now.mockReturnValue(40_000)
    progress.update(10)
    now.mockReturnValue(50_000)
    progress.update(90)
    expect(lines).toEqual([
      'reading 10/100 tokens, 0.25 a second, 360 s left\n',
      'reading 90/100 tokens, 1.8 a second, 6 s left\n',
    ])
  } finally {
    process.stderr.isTTY = wasTerminal
  }
})
