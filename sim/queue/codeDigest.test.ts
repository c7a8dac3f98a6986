import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'
import { codeDigest } from './codeDigest.ts'

// Rationale: a worker that somebody has not brought up to date would give other results, and nobody would see it.
test('QUEUE-8 code that differs in what results follow from has another queue, and tests are no part of it', () => {
  expect(codeDigest(PROJECT_FOLDER)).toBe(codeDigest(PROJECT_FOLDER))
  const root = mkdtempSync(join(tmpdir(), 'code-'))
  try {
    const put = (file: string, text: string) => {
      mkdirSync(join(root, file, '..'), { recursive: true })
      writeFileSync(join(root, file), text)
      return codeDigest(root)
    }
    const digests = [
      put('spec/game/a.ts', 'ab'),
      put('spec/game/a.ts', 'ac'),
      put('spec/game/b.ts', ''),
      put('sim/compute/rates.json', '{}'),
      put('impl/vm/x.wasm', '1'),
      put('contracts/A.sol', '1'),
      put('package-lock.json', '{}'),
    ]
    expect(new Set(digests).size).toBe(digests.length)
    const before = codeDigest(root)
    expect(put('spec/game/a.test.ts', 'x')).toBe(before)
    expect(put('sim/README.md', 'x')).toBe(before)
  } finally {
    rmSync(root, { recursive: true })
  }
})
