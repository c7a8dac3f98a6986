import { describe, expect, test } from 'vitest'
import { type Hash, keccak, type MerkleRoot } from '../commitments/hash.ts'
import { checkModel, longestRuns, type Model, modelId, PHASE_CODES, type PhaseName } from './model.ts'
import { checkPhases, towerRules } from './towerRules.ts'

const root = keccak<Hash>() as MerkleRoot

const MODEL: Model = {
  program: { codeBase: 0, codeHeight: 1, codeRoot: root, imageRoot: root, entry: 0 },
  phases: ['loop', 'graph', 'tile', 'vm'],
  graphRoot: root,
  nodeCount: 3,
  valueHeight: 3,
  weightHeight: 1,
  weightsRoot: root,
  carryRoot: root,
  inputSlot: 0,
  outputSlot: 3,
  outputBytes: 4,
  mostIterations: 5,
  stepLimit: 100,
}

const NAMES = Object.keys(PHASE_CODES) as PhaseName[]

/** Every list of up to so many phases. */
const lists = (length: number): readonly (readonly PhaseName[])[] =>
  length === 0 ? [[]] : [[], ...lists(length - 1).flatMap((list) => NAMES.map((name) => [...list, name]))]

describe('lists of phases', () => {
  // Rationale: a pair without a joint is a dispute without a move; it is refused before anybody can stake on it.
  test('NODESCENT-1 exactly the towers of the design are registered', () => {
    const accepted = lists(5)
      .filter((phases) => checkPhases(phases).ok)
      .map((phases) => phases.join(' '))
    expect(new Set(accepted)).toEqual(
      new Set(['vm', 'graph vm', 'graph tile vm', 'loop graph vm', 'loop graph tile vm']),
    )
  })

  test('NODESCENT-2 a list is refused with the names of the two phases that do not meet', () => {
    const refusal = (...phases: readonly PhaseName[]) => {
      const result = towerRules({ ...MODEL, phases })
      return result.ok ? undefined : result.rejection
    }
    for (const above of NAMES)
      for (const below of NAMES) {
        if (['loop graph', 'graph tile', 'graph vm', 'tile vm'].includes(`${above} ${below}`)) continue
        // Whatever stands before and behind the pair.
        const before: readonly PhaseName[] = above === 'loop' ? [] : above === 'graph' ? ['loop'] : ['graph']
        expect(refusal(...before, above, below, 'vm')).toEqual({
          reason: 'NoDescent',
          details: { above: PHASE_CODES[above], below: PHASE_CODES[below] },
        })
      }
    for (const last of ['loop', 'graph', 'tile'] as const)
      expect(refusal('graph', last)?.details).toEqual({ above: PHASE_CODES[last], below: 0 })
    expect(refusal('tile', 'vm')).toEqual({
      reason: 'NoDescent',
      details: { above: 0, below: PHASE_CODES.tile },
    })
    expect(refusal()?.reason).toBe('NoDescent')
  })

  /** Rationale: a stranger's word is looked up in tables; one that every object has must not be found there. */
  test('NODESCENT-4 a word that every object knows is no phase', () => {
    for (const word of Object.getOwnPropertyNames(Object.prototype) as PhaseName[])
      for (const phases of [[word], [word, 'vm'], ['graph', word], ['graph', word, 'vm'], ['vm', word]]) {
        const rules = towerRules({ ...MODEL, phases: phases as PhaseName[] })
        if (rules.ok) throw new Error(`${phases} is taken for a tower`)
        const { reason, details } = rules.rejection
        expect(reason).toBe('NoDescent')
        // It is told as none is: its code is not what some object has under that name.
        for (const code of [details['above'], details['below']])
          expect([0, ...Object.values(PHASE_CODES)]).toContain(code)
      }
  })

  test('NODESCENT-3 a tower has its list’s phases, one joint a pair', () => {
    for (const phases of [['vm'], ['graph', 'vm'], ['loop', 'graph', 'tile', 'vm']] as const) {
      const rules = towerRules({ ...MODEL, phases })
      if (!rules.ok) throw new Error(rules.rejection.reason)
      expect(rules.value.phases).toEqual(phases)
      expect(rules.value.descents).toHaveLength(phases.length - 1)
    }
  })
})

describe('a model with iterations', () => {
  /** Rationale: whoever asks for more than a model states would ask for runs that its clocks and bounds do not cover. */
  test('ITERATIONS-1 the most of them are part of what the id stands for', () => {
    const ids = [1, 2, 2 ** 32 - 1].map((mostIterations) => modelId({ ...MODEL, mostIterations }))
    expect(new Set(ids).size).toBe(3)
  })

  test('ITERATIONS-2 a loop without iterations, anything else with some, or an output outside the carry, is refused', () => {
    const field = (model: Model) => {
      const checked = checkModel(model)
      return checked.ok ? 'none' : checked.rejection.details['field']
    }
    expect(field(MODEL)).toBe('none')
    for (const bad of [0, -1, 1.5, 2 ** 32, Number.NaN])
      expect(field({ ...MODEL, mostIterations: bad })).toBe('mostIterations')
    expect(field({ ...MODEL, mostIterations: 2 ** 32 - 1 })).toBe('none')
    expect(field({ ...MODEL, outputSlot: 4 })).toBe('outputSlot')
    expect(field({ ...MODEL, inputSlot: 4 })).toBe('inputSlot')
    const graph: Model = { ...MODEL, phases: ['graph', 'vm'], mostIterations: 0, outputSlot: 4 }
    expect(field(graph)).toBe('none')
    expect(field({ ...graph, mostIterations: 1 })).toBe('mostIterations')
  })

  /** Rationale: bonds and clocks are made for so many moves; a model whose disputes can have more breaks both. */
  test('LONGEST-1 the longest run of each phase is what the model states', () => {
    expect(longestRuns(MODEL)).toEqual([5, 3, 2 ** 32 - 1, 100])
    expect(longestRuns({ ...MODEL, phases: ['vm'] })).toEqual([100])
    const rules = towerRules(MODEL)
    if (!rules.ok) throw new Error(rules.rejection.reason)
    expect(rules.value).toMatchObject({ lengths: longestRuns(MODEL), outputBytes: 4, mostIterations: 5 })
  })
})
