import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inputs, toys } from '../../spec/checks/toy/toyModel.arbitrary.ts'
import { toyRun } from '../../spec/checks/toy/toyModel.ts'
import { modelId, type PhaseName } from '../../spec/tower/model.ts'
import { pathInto } from '../../spec/tower/storey.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import { seededToy } from '../models/toy.ts'
import { toyRuns } from './toyRuns.ts'

const TOWERS: readonly (readonly PhaseName[])[] = [
  ['loop', 'graph', 'tile', 'vm'],
  ['loop', 'graph', 'vm'],
  ['graph', 'tile', 'vm'],
  ['graph', 'vm'],
]

/** Two traces have the same roots, the same witnesses on the way down, and the same below. */
const expectSame = (own: Trace, plain: Trace, [step, ...rest]: readonly number[]): void => {
  expect([own.kind, own.length]).toEqual([plain.kind, plain.length])
  const steps = Array.from({ length: own.length + 2 }, (_, i) => i)
  expect(own.rootsAt(steps)).toEqual(plain.rootsAt(steps))
  const at = step! % own.length
  if (own.kind === 'upper' && plain.kind === 'upper') {
    const [mine, theirs] = [own.descend(at), plain.descend(at)]
    expect(mine.witness).toEqual(theirs.witness)
    expectSame(mine.below, theirs.below, rest)
  } else if (own.kind === 'last' && plain.kind === 'last')
    expect(own.stepWitness(at)).toEqual(plain.stepWitness(at))
}

describe('toys from a seed', () => {
  // Rationale: a scenario names a toy by its seed alone, and a lie in it must reach the end, or there is nothing to play.
  test('TOY-2 a seed is one toy, and an element altered anywhere in it alters the end', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...TOWERS), fc.nat(), fc.nat(), (seed, phases, node, element) => {
        const { toy, input } = seededToy(seed, phases)
        expect(modelId(toy.plain.model)).toBe(modelId(seededToy(seed, phases).toy.plain.model))
        expect(modelId(toy.plain.model)).not.toBe(modelId(seededToy(seed + 1, phases).toy.plain.model))
        const runs = toyRuns(toy, input)
        const { nodes } = toy.plain.trees.model
        const at = node % nodes.length
        const lying = runs.withElement(at, element % nodes[at]!.outputElements, 1)
        expect(lying.prepared.endRoot).not.toBe(runs.honest().prepared.endRoot)
        // The lie is one instruction: from there on all is computed as it must be.
        const altered = lying.trace.rootsAt(Array.from({ length: lying.trace.length + 1 }, (_, i) => i))
        expect(altered[0]).toBe(runs.honest().trace.rootsAt([0])[0])
      }),
      { numRuns: 20 },
    )
  })
})

describe('runs of toys', () => {
  // Rationale: a dispute about a long run is played from these; whoever holds every state must come to the same.
  test.each(TOWERS.map((phases) => ({ phases, name: phases.join(', ') })))(
    'TOY-1 native above and engine below are the specification’s runs, true ones and damaged ones: $name',
    ({ phases }) => {
      let damaged = 0
      fc.assert(
        fc.property(
          toys(phases),
          inputs,
          fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
          fc.boolean(),
          (toy, input, steps, lies) => {
            const runs = toyRuns(toy, input)
            const path = lies ? pathInto(runs.honest().trace, steps) : undefined
            const own = path === undefined ? runs.honest() : runs.withLie(path)
            const plain = toyRun(toy, input, path)
            expect({ ...own.prepared, output: trimmed(own.prepared.output) }).toEqual({
              ...plain.prepared,
              output: trimmed(plain.prepared.output),
            })
            expectSame(own.trace, plain.trace, steps)
            if (path !== undefined) damaged++
          },
        ),
        { numRuns: 12 },
      )
      expect(damaged).toBeGreaterThan(1)
    },
  )
})

/** The zeros behind a tensor are no part of it. */
const trimmed = (bytes: Uint8Array): readonly number[] => {
  const values = [...bytes]
  while (values.at(-1) === 0) values.pop()
  return values
}
