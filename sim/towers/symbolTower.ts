import { type Bytes, bigEndian, concat, fromBigEndian, fromHex } from '../../spec/commitments/bytes.ts'
import { keccak, type StateRoot, type TensorRoot } from '../../spec/commitments/hash.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import { accept, type Result, reject } from '../../spec/result.ts'
import type { DescentRules, TowerRules, Trace } from '../../spec/tower/tower.ts'

/**
 * A tower of any lengths in which no state need be computed to be known: a state is its place in the run, and a mark
 * that says whether it is true. So a run of 2^40 steps costs nothing, and a party holds its whole trace; all else is
 * as in the alphabet tower. For questions of money and time, which no state has a part in.
 */
export interface SymbolTower {
  /** Steps of each phase's run, coarsest first; the last phase's runs all halt there, which is its step limit. */
  readonly lengths: readonly number[]
}

/** Where in the computation, and whether that is what really happens there. */
interface Place {
  /** Which task's run: 8 bytes of its input's root. */
  readonly run: string
  readonly phase: number
  /** For each phase above, the step that was descended into; then the step of this phase. */
  readonly at: readonly number[]
  /** `TRUE_MARK`, or the number of a lie: everything that is computed on from it carries it. */
  readonly mark: number
}

export const TRUE_MARK = 0
/** Of a state that no joint leads to. */
const NOWHERE_MARK = 0xffff_ffff

const RUN_BYTES = 8
const STEP_BYTES = 6
const MARK_BYTES = 4
/** Bytes of an output: the mark of the last state. */
export const OUTPUT_BYTES = MARK_BYTES

const encode = ({ run, phase, at, mark }: Place): Bytes =>
  concat(
    fromHex(`0x${run}`),
    bigEndian(phase, 1),
    bigEndian(mark, MARK_BYTES),
    ...at.map((step) => bigEndian(step, STEP_BYTES)),
  )

const bytesOf = (phase: number): number => RUN_BYTES + 1 + MARK_BYTES + STEP_BYTES * (phase + 1)

const decode = (bytes: Bytes, phase: number): Place => {
  const number = (from: number, width: number) => Number(fromBigEndian(bytes.subarray(from, from + width)))
  const steps = RUN_BYTES + 1 + MARK_BYTES
  return {
    run: Buffer.from(bytes.subarray(0, RUN_BYTES)).toString('hex'),
    phase: bytes[RUN_BYTES]!,
    mark: number(RUN_BYTES + 1, MARK_BYTES),
    at: Array.from({ length: phase + 1 }, (_, i) => number(steps + STEP_BYTES * i, STEP_BYTES)),
  }
}

const rootOf = (place: Place): StateRoot => keccak(encode(place))

const open = (
  phase: number,
  root: StateRoot,
  bytes: Bytes,
  mismatch: 'PreStateMismatch' | 'EndMismatch',
): Result<Place> =>
  keccak<StateRoot>(bytes) === root && bytes[RUN_BYTES] === phase
    ? accept(decode(bytes, phase))
    : reject(mismatch, { root })

const sized = (witness: Bytes, expected: number): Result<null> =>
  witness.length === expected ? accept(null) : reject('WitnessMalformed', { expected, given: witness.length })

const enter = ({ run, phase, at, mark }: Place): Place => ({ run, phase: phase + 1, at: [...at, 0], mark })

const stepped = (place: Place, mark = place.mark): Place => ({
  ...place,
  at: [...place.at.slice(0, -1), place.at.at(-1)! + 1],
  mark,
})

/** A step's end is marked as the run below it: one that ends elsewhere leads nowhere. */
const exit = (above: Place, end: Place): Place => {
  const isOwn = end.run === above.run && above.at.every((step, i) => step === end.at[i])
  return stepped(above, isOwn ? end.mark : NOWHERE_MARK)
}

export const outputOf = (mark: number): Bytes => bigEndian(mark, OUTPUT_BYTES)

const runOf = (input: TensorRoot): string => input.slice(2, 2 + 2 * RUN_BYTES)

export const symbolRules = ({ lengths }: SymbolTower): TowerRules => {
  const last = lengths.length - 1
  const checkLength = (phase: number, length: number, end: Place): Result<null> => {
    if (length !== lengths[phase]) return reject('LengthInvalid', { length, expected: lengths[phase] })
    return end.at.at(-1) === length ? accept(null) : reject('EndNotStable', { length })
  }
  const descent = (phase: number): DescentRules => ({
    enterRoot: (preState, witness) => {
      const whole = sized(witness, bytesOf(phase) + bytesOf(phase + 1))
      if (!whole.ok) return whole
      const above = open(phase, preState, witness.subarray(0, bytesOf(phase)), 'PreStateMismatch')
      return above.ok ? accept(rootOf(enter(above.value))) : above
    },
    exitRoot: (preState, end, length, witness) => {
      const whole = sized(witness, bytesOf(phase) + bytesOf(phase + 1))
      if (!whole.ok) return whole
      const above = open(phase, preState, witness.subarray(0, bytesOf(phase)), 'PreStateMismatch')
      if (!above.ok) return above
      const below = open(phase + 1, end, witness.subarray(bytesOf(phase)), 'EndMismatch')
      if (!below.ok) return below
      const checked = checkLength(phase + 1, length, below.value)
      return checked.ok ? accept(rootOf(exit(above.value, below.value))) : checked
    },
  })
  return {
    phases: lengths.map((_, phase) => `symbols${phase}`),
    lengths,
    outputBytes: OUTPUT_BYTES,
    mostIterations: 0,
    top: {
      startRoot: (input, witness) => {
        const empty = sized(witness, 0)
        return empty.ok ? accept(rootOf({ run: runOf(input), phase: 0, at: [0], mark: TRUE_MARK })) : empty
      },
      outputRoot: (end, length, witness) => {
        const whole = sized(witness, bytesOf(0))
        if (!whole.ok) return whole
        const place = open(0, end, witness, 'EndMismatch')
        if (!place.ok) return place
        const checked = checkLength(0, length, place.value)
        return checked.ok ? accept(tensorRoot(outputOf(place.value.mark))) : checked
      },
    },
    descents: lengths.slice(1).map((_, phase) => descent(phase)),
    arbiter: {
      stepRoot: (preState, witness) => {
        const whole = sized(witness, bytesOf(last))
        if (!whole.ok) return whole
        const place = open(last, preState, witness, 'PreStateMismatch')
        if (!place.ok) return place
        const isStable = place.value.at.at(-1)! >= lengths[last]!
        return accept(rootOf(isStable ? place.value : stepped(place.value)))
      },
    },
  }
}

/** Where a run departs from the truth, and what it says from there on. */
export interface Lie {
  /** Steps from the top phase down to the instruction whose post-state is the first false one. */
  readonly at: readonly number[]
  /** Not `TRUE_MARK`: two lies with one mark tell the same story behind the same place. */
  readonly mark: number
  /** Whether its roots below the top phase are those of some run, so that whoever tells it can arbitrate on them. */
  readonly continuation: 'consistent' | 'garbage'
}

/** Whether step `at` of a run is false: behind the lie, in the order of the computation. */
const isBehind = (at: readonly number[], lie: readonly number[]): boolean => {
  for (const [phase, step] of at.entries()) {
    const liar = lie[phase]!
    if (step > liar) return true
    if (step < liar) return false
  }
  return false
}

/** The run of a task, true or with a lie, as a party holds it. */
export const symbolTrace = ({ lengths }: SymbolTower, input: TensorRoot, lie?: Lie): Trace => {
  const run = runOf(input)
  const placeAt = (above: readonly number[], step: number): Place => {
    const at = [...above, step]
    return { run, phase: above.length, at, mark: lie && isBehind(at, lie.at) ? lie.mark : TRUE_MARK }
  }
  const rootAt = (place: Place): StateRoot =>
    place.mark !== TRUE_MARK && place.phase > 0 && lie?.continuation === 'garbage'
      ? keccak(encode(place), new Uint8Array(1))
      : rootOf(place)
  const traceOf = (above: readonly number[]): Trace => {
    const length = lengths[above.length]!
    const clamped = (step: number) => placeAt(above, Math.min(step, length))
    const known = new Map<number, StateRoot>()
    const rootOfStep = (step: number): StateRoot => {
      const found = known.get(step)
      if (found !== undefined) return found
      const root = rootAt(clamped(step))
      known.set(step, root)
      return root
    }
    const rootsAt = (steps: readonly number[]) => steps.map(rootOfStep)
    if (above.length === lengths.length - 1)
      return { kind: 'last', length, rootsAt, stepWitness: (step) => encode(clamped(step)) }
    return {
      kind: 'upper',
      length,
      rootsAt,
      descend: (step) => {
        const below = [...above, step]
        const end = placeAt(below, lengths[below.length]!)
        return { below: traceOf(below), witness: concat(encode(clamped(step)), encode(end)) }
      },
    }
  }
  return traceOf([])
}

/** A run as a party holds it, and what a server posts of it. */
export type SymbolRun = ReturnType<typeof symbolClaim>

/** What a server posts for such a run. */
export const symbolClaim = (tower: SymbolTower, input: TensorRoot, lie?: Lie) => {
  const length = tower.lengths[0]!
  const trace = symbolTrace(tower, input, lie)
  const mark = lie?.mark ?? TRUE_MARK
  return {
    trace,
    prepared: {
      length,
      endRoot: trace.rootsAt([length])[0]!,
      output: outputOf(mark),
      startWitness: new Uint8Array(),
      outputWitness: encode({ run: runOf(input), phase: 0, at: [length], mark }),
    },
  }
}
