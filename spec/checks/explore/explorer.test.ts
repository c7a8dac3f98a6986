import { describe, expect, test } from 'vitest'
import { maxMoves } from '../../game/bounds.ts'
import { OUTSIDE } from './departures.ts'
import { explore } from './disputeExplorer.ts'
import { instancesOf } from './disputeInstances.ts'
import { ledger } from './disputeProperties.ts'
import { type Arena, arenaOf, type Instance } from './instance.ts'
import { positionGraph } from './positions.ts'
import { ALL_PROPERTIES, exploreAll } from './report.ts'
import { exploreService } from './service/serviceExplorer.ts'
import { OUTSIDE_SERVICE, serviceInstancesOf } from './service/serviceInstances.ts'

const CLOCKS = { clockSeconds: 1, descentSeconds: 0 }

/** Explored by whichever test asks first, so that what throws there fails a test that has a name. */
let explored: ReturnType<typeof exploreAll> | undefined
const smallSet = () => {
  explored ??= exploreAll(instancesOf('small'), serviceInstancesOf('small'))
  return explored
}

describe('one dispute and the service around it, exhausted', () => {
  /** Rationale: on small towers nothing is left to chance; every move at every second is tried. */
  for (const { id, sentence } of ALL_PROPERTIES)
    test(`${id} ${sentence}: on every state of the small set`, () => {
      const { report, examples } = smallSet()
      expect(examples.get(id)).toBeUndefined()
      expect(report.properties.find((property) => property.id === id)).toEqual({ id, violations: 0 })
    })

  /** Rationale: an explorer that reaches little finds little, and says that all is well. */
  test('EXPLORE-1 the small set reaches as many states and transitions as it always has', () => {
    expect(smallSet().report).toMatchObject({ instances: 300, states: 63_484, transitions: 340_087 })
  })

  /** Rationale: what is explored must be the game that is played: its bound is met, by one player or the other. */
  test('EXPLORE-2 somewhere a dispute takes as many moves as the bound allows', () => {
    const instance: Instance = {
      tower: { lengths: [3], haltingLengths: [1, 2, 3, 4], stepLimit: 3 },
      arity: 2,
      clocks: CLOCKS,
      right: undefined,
    }
    const bound = maxMoves([3, 3], 2)
    const tight = (moveBound: number): boolean => {
      const book = ledger()
      const arena: Arena = { ...arenaOf(instance), moveBound }
      positionGraph(arena, book)
      return !book.violations.has('BOUND-1')
    }
    expect([tight(bound), tight(bound - 1)]).toEqual([true, false])
  })
})

describe('past the rules and past the assumptions', () => {
  for (const { name, violates, instance, departure } of OUTSIDE) {
    /** Rationale: each rule and each assumption is there for a reason; an explorer must see it go. */
    test(`EXPLORE-3 ${name}: violates ${violates}`, () => {
      expect([...explore(instance, departure).violations.keys()]).toContain(violates)
    })

    /** Rationale: what is found must come from the departure alone. */
    test(`EXPLORE-3 ${name}: without the departure nothing is violated`, () => {
      expect([...explore(instance).violations]).toEqual([])
    })
  }

  /** Rationale: as above, for the service: being late, or underpaid, must be seen. */
  for (const { name, violates, keeps, instance } of OUTSIDE_SERVICE)
    test(`EXPLORE-4 ${name}: violates ${violates}`, () => {
      const { violations } = exploreService(instance)
      expect(violations.has(violates)).toBe(true)
      if (keeps !== undefined) expect(violations.has(keeps)).toBe(false)
    })
})
