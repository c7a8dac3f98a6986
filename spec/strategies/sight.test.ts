import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parametersOf } from '../checks/properties/alphabetGame.ts'
import { tally } from '../checks/properties/tally.ts'
import { type Id, keccak } from '../commitments/hash.ts'
import { COPIED, versioned } from '../service/keeping.ts'
import { initialService, withEntry } from '../service/state.ts'
import { grouped } from './grouped.ts'

const ids: readonly Id[] = Array.from({ length: 5 }, (_, n) => keccak<Id>(Uint8Array.of(n)))
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
  fc.assert(
    fc.property(keepings, fc.array(fc.tuple(id, id, fc.boolean()), { maxLength: 12 }), (keeping, changes) => {
      let map: ReadonlyMap<Id, { readonly of: Id }> = keeping()
      let branch = map
      for (const [key, of, asksBefore] of changes) {
        // Now and then another way is taken from where there was one before.
        const before = asksBefore ? branch : map
        branch = map
        map = withEntry(before, key, { of })
        for (const asked of asksBefore ? [before, map, before] : [map])
          for (const group of ids) {
            const expected = [...asked].filter(([, value]) => value.of === group)
            expect(belonging(asked, group, state)).toEqual(expected)
            if (expected.length > 1) reached.note('several belong to one')
            if (asked !== map) reached.note('an earlier map')
          }
      }
    }),
  )
  reached.expectAtLeast({ 'several belong to one': 100, 'an earlier map': 500 })
})
