import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parametersOf } from '../checks/properties/alphabetGame.ts'
import { tally } from '../checks/properties/tally.ts'
import { type Id, keccak } from '../commitments/hash.ts'
import { COPIED, versioned } from '../service/keeping.ts'
import { initialService, withEntry } from '../service/state.ts'
import { grouped } from './grouped.ts'

const ids: readonly Id[] = Array.from({ length: 8 }, (_, n) => keccak<Id>(Uint8Array.of(n)))
const id = fc.constantFrom(...ids)
const keepings = fc.constantFrom(COPIED, versioned(0), versioned(3))

// Rationale: what is kept of one state must never be told of another.
test('SIGHT-2 the entries that belong to something are those of this very map, in its order', () => {
  const state = initialService(parametersOf(2))
  const belonging = grouped(
    (value: { readonly of: Id }) => value.of,
    (all) => all,
  )
  const reached = tally()
  /** Sets an entry, in the last map or in one before it, and asks of some of them or of none. */
  const change = fc.record({
    key: id,
    of: fc.constantFrom(...ids.slice(0, 2)),
    back: fc.constantFrom(0, 0, 0, 1, 2, 3),
    asked: fc.constantFrom([], [], [0], [1, 0], [2, 0, 1]),
  })
  fc.assert(
    fc.property(keepings, fc.array(change, { maxLength: 24, size: 'max' }), (keeping, changes) => {
      const maps: ReadonlyMap<Id, { readonly of: Id }>[] = [keeping()]
      for (const { key, of, back, asked } of changes) {
        maps.push(withEntry(maps.at(-1 - back) ?? maps[0]!, key, { of }))
        for (const ago of asked) {
          const map = maps.at(-1 - ago) ?? maps[0]!
          for (const group of ids) {
            const expected = [...map].filter(([, value]) => value.of === group)
            expect(belonging(map, group, state)).toEqual(expected)
            if (expected.length > 1) reached.note('several belong to one')
            if (ago > 0) reached.note('an earlier map')
            if (map.size > 4) reached.note('groups are made')
          }
        }
      }
    }),
    { numRuns: 600 },
  )
  reached.expectAtLeast({ 'several belong to one': 500, 'an earlier map': 500, 'groups are made': 500 })
})
