import { type Bytes, bigEndian, concat, fromBigEndian, fromHex } from '../../commitments/bytes.ts'
import { asHash, type Hash, keccak, type StateRoot, type TensorRoot } from '../../commitments/hash.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import { accept, type Result, reject } from '../../result.ts'
import { lastStorey, type Storey, storey } from '../storey.ts'
import type { ArbiterRules, Descent, DescentRules, Phase, TopRules, TowerRules } from '../tower.ts'

/**
 * The alphabet tower: hash chains nested in hash chains, for any k. It has everything that the game can meet, runs
 * of fixed length above and a last phase that halts by itself, and no machine learning at all.
 */
export interface AlphabetParameters {
  /** Steps of each phase's run but the last one's, coarsest first; k is one more than their number. */
  readonly lengths: readonly number[]
  /** True lengths that a run of the last phase may have; its first value decides which. */
  readonly lastLengths: readonly number[]
  /** The most steps that a run of the last phase may be stated with. */
  readonly stepLimit: number
}

/** A letter with a counter: steps done in the upper phases, steps left in the last, where 0 is stable. */
export interface Letter {
  readonly count: number
  readonly value: Hash
}

const PREIMAGE_BYTES = 6 + 32

/** 38 bytes: count as 6, big-endian, and value. What most witnesses of this tower are made of. */
export const letterBytes = ({ count, value }: Letter): Bytes => concat(bigEndian(count, 6), fromHex(value))

const fromPreimage = (bytes: Bytes): Letter => ({
  count: Number(fromBigEndian(bytes.subarray(0, 6))),
  value: asHash(bytes.subarray(6, PREIMAGE_BYTES)),
})

/** keccak(phase as 1 byte, count as 6, value). */
export const commitLetter = (phase: number, letter: Letter): StateRoot =>
  keccak(bigEndian(phase, 1), letterBytes(letter))

export const lastPhase = ({ lengths }: AlphabetParameters): number => lengths.length

/** The first letter of a run: in the last phase the value decides how long it is. */
const startLetter = (parameters: AlphabetParameters, phase: number, value: Hash): Letter => {
  const { lastLengths } = parameters
  const choice = Number.parseInt(value.slice(2, 4), 16) % lastLengths.length
  return { count: phase === lastPhase(parameters) ? lastLengths[choice]! : 0, value }
}

export const enterLetter = (parameters: AlphabetParameters, phase: number, above: Letter): Letter =>
  startLetter(parameters, phase + 1, keccak(letterBytes(above)))

export const exitLetter = (above: Letter, end: Letter): Letter => ({
  count: above.count + 1,
  value: keccak(above.value, end.value),
})

export const stepLast = ({ count, value }: Letter): Letter =>
  count === 0 ? { count, value } : { count: count - 1, value: keccak(value) }

// --- What the chain checks -----------------------------------------------------------------------------------

const openLetter = (
  phase: number,
  root: StateRoot,
  bytes: Bytes,
  mismatch: 'PreStateMismatch' | 'EndMismatch',
): Result<Letter> => {
  const letter = fromPreimage(bytes)
  const actual = commitLetter(phase, letter)
  return actual === root ? accept(letter) : reject(mismatch, { expected: root, actual })
}

const sized = (witness: Bytes, bytes: number): Result<null> =>
  witness.length === bytes
    ? accept(null)
    : reject('WitnessMalformed', { expected: bytes, actual: witness.length })

/** A run's length: fixed above, stated in the last phase with an end that is stable or at exactly the step limit. */
const checkLength = (
  parameters: AlphabetParameters,
  phase: number,
  length: number,
  end: Letter,
): Result<null> => {
  const { lengths, stepLimit } = parameters
  if (phase < lastPhase(parameters))
    return length === lengths[phase]
      ? accept(null)
      : reject('LengthInvalid', { expected: lengths[phase], given: length })
  if (!Number.isInteger(length) || length < 1 || length > stepLimit)
    return reject('LengthInvalid', { expected: stepLimit, given: length })
  return end.count === 0 || length === stepLimit
    ? accept(null)
    : reject('EndNotStable', { length, stepLimit })
}

const top = (parameters: AlphabetParameters): TopRules => ({
  startRoot: (input, witness) => {
    const empty = sized(witness, 0)
    return empty.ok ? accept(commitLetter(0, startLetter(parameters, 0, keccak(input)))) : empty
  },
  outputRoot: (end, length, witness) => {
    const whole = sized(witness, PREIMAGE_BYTES)
    if (!whole.ok) return whole
    const letter = openLetter(0, end, witness, 'EndMismatch')
    if (!letter.ok) return letter
    const checked = checkLength(parameters, 0, length, letter.value)
    return checked.ok ? accept(tensorRoot(fromHex(letter.value.value))) : checked
  },
})

const descentRules = (parameters: AlphabetParameters, phase: number): DescentRules => ({
  enterRoot: (preState, witness) => {
    const whole = sized(witness, 2 * PREIMAGE_BYTES)
    if (!whole.ok) return whole
    const above = openLetter(phase, preState, witness, 'PreStateMismatch')
    return above.ok ? accept(commitLetter(phase + 1, enterLetter(parameters, phase, above.value))) : above
  },
  exitRoot: (preState, end, length, witness) => {
    const whole = sized(witness, 2 * PREIMAGE_BYTES)
    if (!whole.ok) return whole
    const above = openLetter(phase, preState, witness, 'PreStateMismatch')
    if (!above.ok) return above
    const below = openLetter(phase + 1, end, witness.subarray(PREIMAGE_BYTES), 'EndMismatch')
    if (!below.ok) return below
    const checked = checkLength(parameters, phase + 1, length, below.value)
    return checked.ok ? accept(commitLetter(phase, exitLetter(above.value, below.value))) : checked
  },
})

const arbiter = (parameters: AlphabetParameters): ArbiterRules => ({
  stepRoot: (preState, witness) => {
    const whole = sized(witness, PREIMAGE_BYTES)
    if (!whole.ok) return whole
    const letter = openLetter(lastPhase(parameters), preState, witness, 'PreStateMismatch')
    return letter.ok ? accept(commitLetter(lastPhase(parameters), stepLast(letter.value))) : letter
  },
})

export const alphabetRules = (parameters: AlphabetParameters): TowerRules => ({
  phases: [...parameters.lengths, 0].map((_, phase) => `alphabet${phase}`),
  lengths: [...parameters.lengths, parameters.stepLimit],
  outputBytes: 32,
  mostIterations: 0,
  top: top(parameters),
  descents: parameters.lengths.map((_, phase) => descentRules(parameters, phase)),
  arbiter: arbiter(parameters),
})

// --- What a party computes -----------------------------------------------------------------------------------

/** The last phase's runs; a lie there puts another letter in the state's place, with as many steps left. */
const lastAlphabet = (parameters: AlphabetParameters): Storey<Letter> => {
  const phase = lastPhase(parameters)
  return lastStorey(
    {
      name: `alphabet${phase}`,
      step: stepLast,
      commit: (letter) => commitLetter(phase, letter),
      length: ({ count }) => Math.max(1, Math.min(count, parameters.stepLimit)),
    },
    letterBytes,
    ({ count, value }) => ({ count, value: keccak(value, value) }),
  )
}

const alphabetDescent = (parameters: AlphabetParameters, phase: number): Descent<Letter, Letter> => ({
  ...descentRules(parameters, phase),
  enter: (above) => enterLetter(parameters, phase, above),
  exit: exitLetter,
  witness: (above, end) => concat(letterBytes(above), letterBytes(end)),
})

/** All phases of the tower, for whoever plays it. */
export const alphabetStorey = (parameters: AlphabetParameters): Storey<Letter> =>
  parameters.lengths.reduceRight((below, length, index) => {
    const descent = alphabetDescent(parameters, index)
    const phase: Phase<Letter> = {
      name: `alphabet${index}`,
      // The law of the tower is this phase's definition.
      step: (letter) => descent.exit(letter, below.run(descent.enter(letter)).end),
      commit: (letter) => commitLetter(index, letter),
      length: () => length,
    }
    return storey(phase, descent, below)
  }, lastAlphabet(parameters))

export const alphabetStart = (parameters: AlphabetParameters, input: TensorRoot): Letter =>
  startLetter(parameters, 0, keccak(input))

/** What a claim carries beside its roots: the output and its witness. */
export const alphabetOutput = (end: Letter): { readonly output: Bytes; readonly outputWitness: Bytes } => ({
  output: fromHex(end.value),
  outputWitness: letterBytes(end),
})
