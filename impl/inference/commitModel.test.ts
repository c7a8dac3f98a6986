import { expect, test } from 'vitest'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import { graphTrees } from '../../spec/tower/phases/graphWitness.ts'
import { planNode } from '../graph/node.ts'
import { loadModel } from '../models/catalogue.ts'
import { commitModel } from './commitModel.ts'
import { guestOf, loadGuest } from './guest.ts'

const value = (index: number) => ({ kind: 'value', index }) as const

/** One attention over so long a context that all heads together may take more than the step limit. */
const LONG: GraphModel = {
  name: 'long',
  nodes: [
    planNode({
      name: 'attention',
      operator: 'attention',
      operands: [value(0), value(1), value(1), value(2)],
      outputSlot: 4,
      attributes: [8, 1, 256, 2 ** 16, 1, 30, 16],
    }),
  ],
  weights: [],
  valueHeight: 3,
  weightHeight: 0,
  inputSlot: 0,
  inputBytes: 4,
  outputSlot: 4,
}

// Natively the node would be done, in the machine it would be cut off: an honest server would lose.
test('COMMIT-1 a model whose node may take more than the step limit is refused, and taken in tiles', () => {
  const trees = graphTrees(LONG)
  const { program } = guestOf(LONG)
  expect(() => commitModel(trees, program, ['graph', 'vm'])).toThrow('a node of attention: ')
  expect(() => commitModel(trees, program, ['vm'])).toThrow('the whole graph: ')
  expect(commitModel(trees, program, ['graph', 'tile', 'vm']).nodeCount).toBe(1)
})

test('COMMIT-2 a model runs on the smallest program that has its operators', () => {
  expect(guestOf(loadModel('mnist-mlp'))).toBe(loadGuest())
  expect(guestOf(LONG)).not.toBe(loadGuest())
  const strange = {
    ...LONG,
    nodes: LONG.nodes.map((node) => ({ ...node, descriptor: new Uint8Array(512).fill(9) })),
  }
  expect(() => guestOf(strange)).toThrow('no program has all operators of long')
})
