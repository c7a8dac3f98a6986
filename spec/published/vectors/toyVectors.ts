import { type ToyDescriptor, type ToyPlan, toyOf, toyRun } from '../../checks/toy/toyModel.ts'
import { TOY_CODE } from '../../checks/toy/toyProgram.ts'
import { type Bytes, littleEndian } from '../../commitments/bytes.ts'
import type { OperandReference } from '../../graph/descriptor.ts'
import { modelId, type PhaseName } from '../../tower/model.ts'
import type { Trace } from '../../tower/tower.ts'
import { towerRules } from '../../tower/towerRules.ts'
import { drawsFrom } from './draws.ts'
import { modelCase } from './gameCase.ts'
import { gameVector } from './gameVectors.ts'
import { jointVectors, topVectors } from './jointVectors.ts'
import type { VectorFile } from './json.ts'

/** The phases `loop` and `tile`, on one toy: its joints, its top, and a whole game at k = 4. */
const words = (...values: readonly number[]): Bytes => new Uint8Array(Uint32Array.from(values).buffer)
const value = (index: number): OperandReference => ({ kind: 'value', index })
const weight = (index: number): OperandReference => ({ kind: 'weight', index })

const NODES: readonly ToyDescriptor[] = [
  // Three tiles, of which the last is cut off.
  {
    operands: [value(0), weight(1)],
    outputSlot: 4,
    inPlace: false,
    tileCount: 3,
    operatorCode: 7,
    tileElements: 2,
    elements: 5,
  },
  // In place, no tiles, an index beyond the value slots.
  {
    operands: [value(8 + 4), value(1)],
    outputSlot: 1,
    inPlace: true,
    tileCount: 0,
    operatorCode: 1,
    tileElements: 8,
    elements: 6,
  },
  // No operator: the machine traps, and a carry slot is left unset.
  {
    operands: [value(1), weight(0), value(2), { kind: 'none', index: 0 }, weight(3), value(5)],
    outputSlot: 3,
    inPlace: false,
    tileCount: 2,
    operatorCode: 0,
    tileElements: 1,
    elements: 2,
  },
]

const PLAN: ToyPlan = {
  phases: ['loop', 'graph', 'tile', 'vm'],
  nodes: NODES,
  weights: [words(3, 1, 4), words(1, 5, 9, 2, 6), words(0x8000_0000)],
  carry: [words(), words(2, 7, 1), words(8, 2, 8, 1), words(1)],
  inputSlot: 0,
  outputSlot: 1,
  stepLimit: 100,
  iterations: 3,
}

const INPUT = littleEndian(0x0102_0304, 4)
const STRIDE = 160

const TOY = toyOf(PLAN)

const rules = (() => {
  const tower = towerRules(TOY.plain.model)
  if (!tower.ok) throw new Error(tower.rejection.reason)
  return tower.value
})()

/** Every step of a run from the second iteration on, and of the runs below it, with the joint that it is left by. */
const joints = (trace: Trace, phase: number, at: readonly number[]): readonly unknown[] => {
  if (trace.kind === 'last') return []
  const { stepLimit } = TOY.plain.model
  const steps = phase === 0 ? [1] : Array.from({ length: trace.length }, (_, step) => step)
  return steps.flatMap((step) => {
    const descended = trace.descend(step)
    const lengths = [0, 1, descended.below.length + 1, stepLimit, stepLimit + 1]
    const joint = `${rules.phases[phase]}/${rules.phases[phase + 1]}`
    return [
      {
        joint,
        at: [...at, step],
        ...jointVectors(rules.descents[phase]!, trace, step, descended, STRIDE, lengths),
      },
      ...joints(descended.below, phase + 1, [...at, step]),
    ]
  })
}

const LISTS: readonly (readonly PhaseName[])[] = [
  ['loop', 'graph', 'tile', 'vm'],
  ['loop', 'graph', 'vm'],
  ['graph', 'tile', 'vm'],
  ['tile', 'vm'],
  ['loop', 'vm'],
  ['loop', 'tile', 'vm'],
  ['graph', 'loop', 'vm'],
  ['graph', 'tile', 'tile', 'vm'],
  ['loop', 'graph'],
]

export const toyVectors = (): VectorFile => {
  const { model, trees } = TOY.plain
  const { trace, prepared } = toyRun(TOY, INPUT)
  return {
    about:
      'The phases loop and tile: spec/tower/phases/loop, spec/tower/phases/tile, on a toy of spec/checks/toy. joints has every step of the second iteration, with the runs below it; the first of each list of witnesses is true, the others are damaged. registered says which lists of phases make a tower, and the id of the model with such a list.',
    model,
    code: TOY_CODE,
    descriptors: trees.model.nodes.map(({ descriptor }) => descriptor),
    weights: trees.model.weights,
    carry: TOY.carry,
    input: INPUT,
    registered: LISTS.map((phases) => {
      const made = towerRules({ ...model, phases })
      return {
        phases,
        id: modelId({ ...model, phases }),
        ...(made.ok ? {} : { rejection: made.rejection.reason }),
      }
    }),
    top: topVectors(rules.top, INPUT, trace, prepared, model.stepLimit, model.mostIterations),
    joints: joints(trace, 0, []),
    games: [
      gameVector(
        modelCase({
          name: 'loop, graph, tile and machine: a false tile in the second iteration',
          model,
          input: INPUT,
          run: (lie) => {
            const run = toyRun(TOY, INPUT, lie)
            return { trace: run.trace, carried: run.prepared }
          },
          server: [1, 1, 0, 30],
          verifier: undefined,
        }),
        drawsFrom(8),
      ),
    ],
  }
}
