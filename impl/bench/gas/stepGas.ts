import { SLOTS_HEIGHT } from '../../../spec/commitments/memory.ts'
import { merkleTree } from '../../../spec/commitments/merkle.ts'
import { SLOT_HEIGHT } from '../../../spec/commitments/tensor.ts'
import { decode, type Instruction } from '../../../spec/machine/decode.ts'
import { type Code, codeTree, fetchWord } from '../../../spec/machine/program.ts'
import { commitProcessor } from '../../../spec/machine/state.ts'
import { witnessOf } from '../../../spec/machine/witness.ts'
import { type StepCase, startStepBatch } from '../../chain/stepBatch.ts'
import { wholeRun } from '../../inference/mnistSteps.ts'
import { VmTrace } from '../../vm/trace.ts'
import { OSAKA } from './chain.ts'
import { type GasFigures, STEP_KINDS, type StepKind } from './gasFigures.ts'

const IMAGE = 42

/** How many places of the run are looked at, and how many steps of each kind are measured. */
const PLACES = 3000
const EACH = 6

const DIVISIONS: ReadonlySet<string> = new Set(['div', 'divu', 'rem', 'remu'])

/** Which kind of figure an instruction counts for; jumps and the rest for none but the worst. */
const kindOf = (instruction: Instruction): StepKind | undefined => {
  switch (instruction.kind) {
    case 'load':
    case 'store':
    case 'branch':
      return instruction.kind
    case 'register':
      return DIVISIONS.has(instruction.operation) ? 'div' : 'alu'
    case 'immediate':
    case 'lui':
    case 'auipc':
      return 'alu'
    default:
      return undefined
  }
}

interface Sample {
  readonly kind: StepKind | undefined
  readonly step: StepCase
}

/** Steps of the run of MNIST as a whole, some of each kind, spread over it. */
const executed = (code: Code, run: VmTrace): readonly Sample[] => {
  const program = programOf(code)
  const taken = new Map<StepKind | undefined, number>()
  const samples: Sample[] = []
  for (let place = 0; place < PLACES; place++) {
    const n = Math.floor(((place + 0.5) * run.length) / PLACES)
    const kind = kindOf(decode(fetchWord(code, run.stateAt(n).pc)!))
    const count = taken.get(kind) ?? 0
    if (count >= EACH) continue
    taken.set(kind, count + 1)
    samples.push({ kind, step: { program, pre: run.rootAt(n), witness: run.stepWitness(n) } })
  }
  return samples
}

/** A division that the program has and this run does not come to, from a state in the middle of it. */
const division = (code: Code, run: VmTrace): Sample => {
  const index = code.words.findIndex((word) => kindOf(decode(word)) === 'div')
  if (index < 0) throw new Error('the program divides nowhere')
  const middle = Math.floor(run.length / 2)
  const processor = { ...run.stateAt(middle), pc: code.base + 4 * index }
  const { root } = merkleTree(run.slotRootsAt(middle), SLOTS_HEIGHT, SLOT_HEIGHT)
  const noAccess = (): never => {
    throw new Error('a division accesses no memory')
  }
  const witness = witnessOf(code, processor, { root: () => root, leaf: noAccess, path: noAccess })
  return { kind: 'div', step: { program: programOf(code), pre: commitProcessor(root, processor), witness } }
}

const programOf = (code: Code): StepCase['program'] => ({
  codeBase: code.base,
  codeHeight: code.height,
  codeRoot: codeTree(code).root,
})

export const measureSteps = async (): Promise<GasFigures['step']> => {
  const given = wholeRun(IMAGE)
  const run = new VmTrace(given)
  const samples = [...executed(given.code, run), division(given.code, run)]
  const batch = await startStepBatch({ flags: OSAKA })
  try {
    const dearest = new Map<StepKind | 'worst', number>()
    for (const { kind, step } of samples) {
      const gas = Number(await batch.transactionGas(step))
      for (const name of kind === undefined ? (['worst'] as const) : ([kind, 'worst'] as const))
        dearest.set(name, Math.max(gas, dearest.get(name) ?? 0))
    }
    const names = [...STEP_KINDS, 'worst'] as const
    return Object.fromEntries(names.map((name) => [name, dearest.get(name)!])) as GasFigures['step']
  } finally {
    await batch.stop()
  }
}
