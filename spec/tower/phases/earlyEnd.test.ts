import { expect, test } from 'vitest'
import type { StateRoot } from '../../commitments/hash.ts'
import { ZERO_HASH } from '../../commitments/hash.ts'
import type { Model } from '../model.ts'
import { openNode } from './nodeOpening.ts'
import { openTile } from './tile.ts'
import { carryWithInput } from './vm.ts'

const ROOT = ZERO_HASH as unknown as StateRoot
const MODEL = {
  nodeCount: 5,
  valueHeight: 3,
  weightHeight: 2,
  carryRoot: ROOT,
  inputSlot: 1,
} as unknown as Model

const malformed = (expected: number, actual: number) => ({
  ok: false,
  rejection: { reason: 'WitnessMalformed', details: { expected, actual } },
})

// Rationale: whoever sent too little learns what was wanted; a number that is read past the end is none.
test('EARLY-1 a witness that ends within its first part is refused with the bytes that this part has, and those that came', () => {
  const bytes = (length: number) => new Uint8Array(length)
  for (let length = 0; length < 4; length++)
    expect(openNode(MODEL, ROOT, bytes(length))).toEqual(malformed(4, length))
  for (let length = 0; length < 36; length++)
    expect(openTile(ROOT, bytes(length))).toEqual(malformed(36, length))
  for (const length of [0, 1, 64, 95, 97, 128])
    expect(carryWithInput(MODEL, 3, ROOT as never, bytes(length))).toEqual(malformed(96, length))
  // Where the first part is whole, it is the next one that is missing.
  expect(openNode(MODEL, ROOT, bytes(4))).toMatchObject({ rejection: { reason: 'WitnessMalformed' } })
  expect(openNode(MODEL, ROOT, bytes(4))).not.toEqual(malformed(4, 4))
  expect(openTile(ROOT, bytes(36))).toMatchObject({ rejection: { reason: 'WitnessMalformed' } })
  expect(openTile(ROOT, bytes(36))).not.toEqual(malformed(36, 36))
})
