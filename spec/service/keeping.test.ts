import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COPIED, type Kept, VERSIONED, Version, versioned } from './keeping.ts'

/** What is done to one of the versions that there are, which leaves one more. */
type Act =
  | { readonly kind: 'with'; readonly of: number; readonly key: number; readonly value: number | undefined }
  | { readonly kind: 'without'; readonly of: number; readonly key: number }

const key = fc.nat({ max: 5 })
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('with' as const),
      // Mostly of the latest: so play goes, and so ways grow long.
      of: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 30 })),
      key,
      value: fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 3 }) }, fc.constant(undefined)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('without' as const), of: fc.nat({ max: 30 }), key }),
  },
)

interface Pair {
  readonly version: Kept<number, number | undefined>
  readonly map: ReadonlyMap<number, number | undefined>
}

const acted = ({ version, map }: Pair, does: Act): Pair => {
  const copy = new Map(map)
  if (does.kind === 'with')
    return { version: version.with(does.key, does.value), map: copy.set(does.key, does.value) }
  copy.delete(does.key)
  return { version: version.without(does.key), map: copy }
}

/** All versions that a story makes, and plain maps beside them. */
const played = (acts: readonly Act[], few: number): readonly Pair[] => {
  const version = versioned(few)<number, number | undefined>() as Pair['version']
  const pairs: Pair[] = [{ version, map: new Map() }]
  for (const does of acts) pairs.push(acted(pairs[pairs.length - 1 - (does.of % pairs.length)]!, does))
  return pairs
}

/** What is done, and with how many entries a list becomes a table. */
const stories = fc.tuple(fc.array(act, { maxLength: 25 }), fc.constantFrom(0, 3, 16))

/** Rationale: a version that gives another's entries lets a simulated party see what never was. */
describe('versions of a map', () => {
  test('KEEPING-2 each says at any time what a plain map would, in its order', () => {
    let reached = 0
    fc.assert(
      fc.property(stories, fc.infiniteStream(fc.nat()), ([acts, few], order) => {
        const pairs = played(acts, few)
        for (let asked = 0; asked < 2 * pairs.length; asked++) {
          const { version, map } = pairs[order.next().value! % pairs.length]!
          expect([...version]).toEqual([...map])
          expect([...version.keys()]).toEqual([...map.keys()])
          expect([...version.values()]).toEqual([...map.values()])
          expect(version.size).toBe(map.size)
          for (let at = 0; at <= 5; at++) {
            expect(version.get(at)).toBe(map.get(at))
            expect(version.has(at)).toBe(map.has(at))
          }
          const visited: unknown[] = []
          version.forEach((value, of, whole) => {
            visited.push([of, value, whole === version])
          })
          expect(visited).toEqual([...map].map(([of, value]) => [of, value, true]))
          if (map.size > 3) reached++
        }
      }),
    )
    expect(reached).toBeGreaterThan(5)
  })

  test('KEEPING-3 whoever goes through one may ask another meanwhile', () => {
    const one = new Version<number, number>(new Map()).with(1, 1).with(2, 2)
    const other = one.with(1, 7).with(3, 3)
    for (const through of [() => one.entries(), () => one.keys(), () => one.values()]) {
      const expected = [...through()]
      const met: unknown[] = []
      for (const each of through()) {
        expect(other.get(1)).toBe(7)
        met.push(each)
      }
      expect(met).toEqual(expected)
    }
  })

  test('KEEPING-4 what has changed from one version to another is told whole, each key once with what it was', () => {
    let told = 0
    fc.assert(
      fc.property(stories, fc.nat(), fc.nat(), ([acts, few], first, second) => {
        const pairs = played(acts, few)
        const [from, to] = [pairs[first % pairs.length]!, pairs[second % pairs.length]!]
        if (!(to.version instanceof Version && from.version instanceof Version)) return
        const changes = to.version.changedSince(from.version)
        if (changes === undefined) return
        const keys = changes.map((change) => change.key)
        expect(new Set(keys).size).toBe(keys.length)
        for (const { key: changed, before } of changes) expect(before).toBe(from.map.get(changed))
        // What it does not name is the same.
        for (let at = 0; at <= 5; at++)
          if (!keys.includes(at))
            expect([to.map.has(at), to.map.get(at)]).toEqual([from.map.has(at), from.map.get(at)])
        if (changes.length > 0) told++
      }),
    )
    expect(told).toBeGreaterThan(0)
  })

  test('KEEPING-5 a version tells what changed since one before it, and nothing of what it has no part in', () => {
    const empty = new Version<number, number>(new Map())
    const one = empty.with(1, 1)
    const two = one.with(2, 2)
    const three = two.with(1, 3)
    expect(three.changedSince(three)).toEqual([])
    expect(three.changedSince(one)).toEqual([
      { key: 2, before: undefined },
      { key: 1, before: 1 },
    ])
    expect(three.with(1, 4).changedSince(one)).toEqual([
      { key: 2, before: undefined },
      { key: 1, before: 1 },
    ])
    expect(one.changedSince(three)).toEqual([
      { key: 1, before: 3 },
      { key: 2, before: 2 },
    ])
    expect(three.changedSince(new Version(new Map([[1, 1]])))).toBeUndefined()
    // One entry in the place of another, by way of where there was none: it may stand elsewhere.
    expect(two.with(5, 2).changedSince(two.with(5, 1))).toBeUndefined()
    const apart = new Version<number, number>(new Map([[1, 1]]))
    expect(three.changedSince(apart.with(2, 2))).toBeUndefined()
    expect(three.changedSince(apart)).toBeUndefined()
    // Where more has changed than there is, looking at all is sooner done.
    let far = three
    for (let key = 10; key < 14; key++) far = far.with(key, key)
    expect(three.changedSince(far)?.length ?? 0).toBeLessThanOrEqual(three.size + 1)
  })

  test('KEEPING-6 few entries are a list, which is copied; more are versions of one table', () => {
    const empty = versioned(3)<number, number>() as Kept<number, number>
    const two = empty.with(1, 1).with(2, 2)
    expect(two).not.toBeInstanceOf(Version)
    const three = two.with(3, 3)
    expect(three).toBeInstanceOf(Version)
    expect([...three]).toEqual([...two, [3, 3]])
    expect(
      (three.with(4, 4) as Version<number, number>).changedSince(three as Version<number, number>),
    ).toEqual([{ key: 4, before: undefined }])
    // Without an entry, of either, and of what is not there.
    expect([[...two.without(1)], [...two.without(2)], [...two.without(9)]]).toEqual([
      [[2, 2]],
      [[1, 1]],
      [...two],
    ])
    expect([[...three.without(1)], [...three.without(9)]]).toEqual([
      [
        [2, 2],
        [3, 3],
      ],
      [...three],
    ])
    // All begin with the same, and nobody sees what another has set.
    expect(VERSIONED()).toBe(VERSIONED())
    expect([...empty]).toEqual([])
    expect(COPIED()).toEqual(new Map())
    expect(COPIED()).not.toBe(COPIED())
  })
})
