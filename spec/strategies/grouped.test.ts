import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Id } from '../commitments/hash.ts'
import { type Kept, versioned } from '../service/keeping.ts'
import type { ServiceState } from '../service/state.ts'
import { grouped } from './grouped.ts'

interface Item {
  readonly group: Id
  readonly stamp: number
}

const idOf = (number: number): Id => `0x${number.toString(16).padStart(64, '0')}` as Id
const STATE = {} as ServiceState

const act = fc.record({
  /** Which of the maps so far, counted from the last. */
  of: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat({ max: 20 })),
  key: fc.nat({ max: 11 }),
  group: fc.nat({ max: 2 }),
  isGone: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
})

// Rationale: a party that is shown another task's disputes, or not all of its own, loses a bond.
test('GROUPED-1 of any map, whichever was asked about before, a group has its entries and no others, in their order', () => {
  let moved = 0
  fc.assert(
    fc.property(
      fc.array(act, { minLength: 12, maxLength: 40 }),
      fc.constantFrom(0, 6),
      fc.infiniteStream(fc.nat()),
      (acts, few, order) => {
        const entriesOf = grouped(
          ({ group }: Item) => group,
          (entries) => ({ entries: [...entries] }),
        )
        const maps: Kept<Id, Item>[] = [versioned(few)<Id, Item>() as Kept<Id, Item>]
        for (const [stamp, { of, key, group, isGone }] of acts.entries()) {
          const from = maps[maps.length - 1 - (of % maps.length)]!
          // What an entry belongs to never changes.
          const item = { group: from.get(idOf(key))?.group ?? idOf(group), stamp }
          maps.push(isGone ? from.without(idOf(key)) : from.with(idOf(key), item))
          const asked =
            maps[maps.length - 1 - (order.next().value! % 3 === 0 ? order.next().value! % maps.length : 0)]!
          for (const wanted of [0, 1, 2, 3].map(idOf)) {
            const expected = [...asked].filter(([, { group: own }]) => own === wanted)
            expect(entriesOf(asked, wanted, STATE).entries).toEqual(expected)
            if (expected.length > 1) moved++
          }
        }
      },
    ),
  )
  expect(moved).toBeGreaterThan(50)
})

test('GROUPED-2 what is made of a group is made once, and again where it has changed', () => {
  let made = 0
  const sizes = grouped(
    ({ group }: Item) => group,
    (entries) => {
      made++
      return { size: entries.length }
    },
  )
  const item = (group: number): Item => ({ group: idOf(group), stamp: 0 })
  let map = versioned(0)<Id, Item>() as Kept<Id, Item>
  for (let key = 0; key < 8; key++) map = map.with(idOf(key), item(key % 2))
  expect([sizes(map, idOf(0), STATE).size, sizes(map, idOf(1), STATE).size]).toEqual([4, 4])
  expect(sizes(map, idOf(0), STATE)).toBe(sizes(map, idOf(0), STATE))
  expect(made).toBe(2)
  const next = map.with(idOf(8), item(1))
  expect([sizes(next, idOf(0), STATE).size, sizes(next, idOf(1), STATE).size]).toEqual([4, 5])
  expect(made).toBe(3)
})
