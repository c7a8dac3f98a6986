import type { Bytes } from '../../commitments/bytes.ts'
import type { StateRoot, TensorRoot } from '../../commitments/hash.ts'
import { accept, type Result, reject } from '../../result.ts'
import type { DescentRules, TowerRules, Trace } from '../../tower/tower.ts'
import { SYMBOL_BYTES, type SymbolicState, type SymbolTable, symbolTable, type TrueState } from './symbols.ts'

/** A tower of k phases over symbols: nothing but the law of towers, and the rule for a run's length. */
export interface SymbolicParameters {
  /** Steps of each phase's run but the last one's, coarsest first; k is one more than their number. */
  readonly lengths: readonly number[]
  /**
   * After how many steps the runs of the last phase halt, at least 1; run number i takes entry i modulo their number.
   * One above `stepLimit` is a run that is cut off.
   */
  readonly haltingLengths: readonly number[]
  readonly stepLimit: number
}

export interface SymbolicTower {
  readonly parameters: SymbolicParameters
  readonly table: SymbolTable
  readonly rules: TowerRules
  /** What an honest party holds. */
  readonly trace: Trace
  /** The true root after `step` steps of the run; the last state stands still. */
  readonly trueRoot: (phase: number, run: readonly number[], step: number) => StateRoot
  /** Steps of the true run, cut off at the step limit. */
  readonly trueLength: (phase: number, run: readonly number[]) => number
}

/** The number of a run of the last phase: steps of the phases above, as digits. */
const runNumber = (lengths: readonly number[], run: readonly number[]): number =>
  run.reduce((number, step, phase) => number * lengths[phase]! + step, 0)

/** The states themselves: what a step is, where a run enters and where it comes out. */
const statesOf = (parameters: SymbolicParameters) => {
  const { lengths, haltingLengths, stepLimit } = parameters
  const last = lengths.length
  const haltsAfter = (run: readonly number[]): number =>
    haltingLengths[runNumber(lengths, run) % haltingLengths.length]!
  const trueLength = (phase: number, run: readonly number[]): number =>
    phase < last ? lengths[phase]! : Math.min(haltsAfter(run), stepLimit)
  const trueState = (phase: number, run: readonly number[], step: number): TrueState => ({
    kind: 'True',
    phase,
    run,
    step: Math.min(step, phase < last ? lengths[phase]! : haltsAfter(run)),
  })
  const isStable = (state: SymbolicState): boolean =>
    state.kind === 'True' ? state.step === haltsAfter(state.run) : state.variant !== 'running'
  /** One instruction. A false state that runs falls into a stable one. */
  const step = (state: SymbolicState): SymbolicState => {
    if (isStable(state)) return state
    return state.kind === 'True'
      ? trueState(state.phase, state.run, state.step + 1)
      : { ...state, variant: 'stable' }
  }
  const enter = (above: SymbolicState): SymbolicState =>
    above.kind === 'True'
      ? trueState(above.phase + 1, [...above.run, above.step], 0)
      : { ...above, phase: above.phase + 1 }
  const isTrueEnd = (above: TrueState, end: SymbolicState): boolean =>
    end.kind === 'True' &&
    [...above.run, above.step].every((digit, i) => digit === end.run[i]) &&
    end.step === trueLength(end.phase, end.run)
  const exit = (above: SymbolicState, end: SymbolicState): SymbolicState => {
    const { phase } = above
    if (above.kind === 'False') return end.kind === 'False' ? { ...end, phase } : above
    const post = trueState(phase, above.run, above.step + 1)
    if (isTrueEnd(above, end)) return post
    if (end.kind === 'True') return { kind: 'False', phase, variant: 'running' }
    if (end.variant === 'merging') return post
    // A false run that comes out at a root that is true elsewhere: where the step began.
    return end.variant === 'stable' ? above : { ...end, phase }
  }
  return { last, trueLength, trueState, isStable, step, enter, exit }
}

type States = ReturnType<typeof statesOf>

const rulesOf = (parameters: SymbolicParameters, states: States, table: SymbolTable): TowerRules => {
  const { lengths, stepLimit } = parameters
  const { last, trueState, isStable, step, enter, exit } = states

  /** The states behind the roots, which the witness must open in this order. */
  const open = (witness: Bytes, ...roots: readonly StateRoot[]): Result<readonly SymbolicState[]> => {
    const expected = roots.map((root) => ({ root, state: table.stateOf(root) }))
    const [pre, end] = expected
    if (pre?.state === undefined) return reject('PreStateMismatch', { root: pre?.root })
    if (end !== undefined && end.state === undefined) return reject('EndMismatch', { root: end.root })
    const right = table.witnessOf(...roots)
    if (witness.length !== right.length)
      return reject('WitnessMalformed', { expected: right.length, actual: witness.length })
    const differs = right.findIndex((byte, i) => byte !== witness[i])
    if (differs >= 0)
      return reject(differs < right.length / roots.length ? 'PreStateMismatch' : 'EndMismatch')
    return accept(expected.map(({ state }) => state!))
  }

  const checkLength = (phase: number, length: number, end: SymbolicState): Result<null> => {
    if (phase < last)
      return length === lengths[phase] ? accept(null) : reject('LengthInvalid', { length, phase })
    if (!Number.isInteger(length) || length < 1 || length > stepLimit)
      return reject('LengthInvalid', { length, stepLimit })
    return isStable(end) || length === stepLimit ? accept(null) : reject('EndNotStable', { length })
  }

  const descent = (phase: number): DescentRules => ({
    enterRoot: (preState, witness) => {
      // The end is the other half, and `exitRoot` opens both.
      const opened = open(witness.subarray(0, SYMBOL_BYTES), preState)
      return opened.ok ? accept(table.rootOf(enter(opened.value[0]!))) : opened
    },
    exitRoot: (preState, end, length, witness) => {
      const opened = open(witness, preState, end)
      if (!opened.ok) return opened
      const checked = checkLength(phase + 1, length, opened.value[1]!)
      return checked.ok ? accept(table.rootOf(exit(opened.value[0]!, opened.value[1]!))) : checked
    },
  })

  return {
    phases: [...lengths, stepLimit].map((_, phase) => `symbols${phase}`),
    lengths: [...lengths, stepLimit],
    outputBytes: 0,
    mostIterations: 0,
    top: {
      startRoot: () => accept(table.rootOf(trueState(0, [], 0))),
      outputRoot: (end, length, witness) => {
        const opened = open(witness, end)
        if (!opened.ok) return opened
        const checked = checkLength(0, length, opened.value[0]!)
        return checked.ok ? accept(end as string as TensorRoot) : checked
      },
    },
    descents: lengths.map((_, phase) => descent(phase)),
    arbiter: {
      stepRoot: (preState, witness) => {
        const opened = open(witness, preState)
        return opened.ok ? accept(table.rootOf(step(opened.value[0]!))) : opened
      },
    },
  }
}

export const symbolicTower = (parameters: SymbolicParameters): SymbolicTower => {
  const table = symbolTable()
  const states = statesOf(parameters)
  const { last, trueLength } = states
  const trueRoot = (phase: number, run: readonly number[], step: number): StateRoot =>
    table.rootOf(states.trueState(phase, run, step))

  const traceOf = (phase: number, run: readonly number[]): Trace => {
    const length = trueLength(phase, run)
    const rootAt = (step: number) => trueRoot(phase, run, Math.min(step, length))
    const rootsAt = (steps: readonly number[]) => steps.map(rootAt)
    if (phase === last)
      return { kind: 'last', length, rootsAt, stepWitness: (step) => table.witnessOf(rootAt(step)) }
    return {
      kind: 'upper',
      length,
      rootsAt,
      descend: (step) => {
        const below = traceOf(phase + 1, [...run, step])
        const [pre, end] = [rootAt(step), below.rootsAt([below.length])[0]!]
        return { below, witness: table.witnessOf(pre, end) }
      },
    }
  }

  return {
    parameters,
    table,
    rules: rulesOf(parameters, states, table),
    trace: traceOf(0, []),
    trueRoot,
    trueLength,
  }
}
