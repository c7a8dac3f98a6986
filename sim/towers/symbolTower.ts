import { type Bytes, bigEndian } from '../../spec/commitments/bytes.ts'
import { type StateRoot, symbolsInPlace } from '../../spec/commitments/hash.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import type { GameRules } from '../../spec/game/position.ts'
import { accept, type Result, reject } from '../../spec/result.ts'
import type { DescentRules } from '../../spec/tower/tower.ts'
import { MARK_BYTES, NOWHERE_MARK, type Place, Places, placeBytes, TRUE_MARK } from './places.ts'
import { SEEN_POSITIONS } from './seenPositions.ts'

/**
 * A tower of any lengths in which no state need be computed to be known: a state is its place in the run, and a mark
 * that says whether it is true. So a run of 2^40 steps costs nothing, and a party holds its whole trace; all else is
 * as in the alphabet tower. For questions of money and time, which no state has a part in.
 */
export interface SymbolTower {
  /** Steps of each phase's run, coarsest first; the last phase's runs all halt there, which is its step limit. */
  readonly lengths: readonly number[]
  readonly places: Places
}

export const symbolTower = (lengths: readonly number[]): SymbolTower => ({ lengths, places: new Places() })

/** Bytes of an output: the mark of the last state. */
export const OUTPUT_BYTES = MARK_BYTES

export const outputOf = (mark: number): Bytes => bigEndian(mark, OUTPUT_BYTES)

const sized = (witness: Bytes, expected: number): Result<null> =>
  witness.length === expected ? accept(null) : reject('WitnessMalformed', { expected, given: witness.length })

const rootOf = ({ run, step, mark }: Place): StateRoot => run.rootOf(step, mark)

/** The first state of the run below a step: as true as the step's. */
const enter = ({ run, step, mark }: Place): Place => ({ run: run.below(step), step: 0, mark })

const stepped = ({ run, step }: Place, mark: number): Place => ({ run, step: step + 1, mark })

/** A step's end is marked as the run below it: one that ends elsewhere leads nowhere. */
const exit = (above: Place, end: Place): Place =>
  stepped(above, end.run === above.run.below(above.step) ? end.mark : NOWHERE_MARK)

export const symbolRules = ({ lengths, places }: SymbolTower): GameRules => {
  const last = lengths.length - 1
  const checkLength = (phase: number, length: number, end: Place): Result<null> => {
    if (length !== lengths[phase]) return reject('LengthInvalid', { length, expected: lengths[phase] })
    return end.step === length ? accept(null) : reject('EndNotStable', { length })
  }
  /** @param at where the place's bytes begin in the witness */
  const open = (
    phase: number,
    root: StateRoot,
    witness: Bytes,
    at: number,
    mismatch: 'PreStateMismatch' | 'EndMismatch',
  ): Result<Place> => {
    const place = places.decode(witness, at, phase)
    return place !== undefined && rootOf(place) === root ? accept(place) : reject(mismatch, { root })
  }
  const descent = (phase: number): DescentRules => ({
    enterRoot: (preState, witness) => {
      const whole = sized(witness, placeBytes(phase) + placeBytes(phase + 1))
      if (!whole.ok) return whole
      const above = open(phase, preState, witness, 0, 'PreStateMismatch')
      return above.ok ? accept(rootOf(enter(above.value))) : above
    },
    exitRoot: (preState, end, length, witness) => {
      const whole = sized(witness, placeBytes(phase) + placeBytes(phase + 1))
      if (!whole.ok) return whole
      const above = open(phase, preState, witness, 0, 'PreStateMismatch')
      if (!above.ok) return above
      const below = open(phase + 1, end, witness, placeBytes(phase), 'EndMismatch')
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
        return empty.ok ? accept(places.runOf(input).rootOf(0, TRUE_MARK)) : empty
      },
      outputRoot: (end, length, witness) => {
        const whole = sized(witness, placeBytes(0))
        if (!whole.ok) return whole
        const place = open(0, end, witness, 0, 'EndMismatch')
        if (!place.ok) return place
        const checked = checkLength(0, length, place.value)
        return checked.ok ? accept(tensorRoot(outputOf(place.value.mark))) : checked
      },
    },
    descents: lengths.slice(1).map((_, phase) => descent(phase)),
    arbiter: {
      stepRoot: (preState, witness) => {
        const whole = sized(witness, placeBytes(last))
        if (!whole.ok) return whole
        const place = open(last, preState, witness, 0, 'PreStateMismatch')
        if (!place.ok) return place
        const isStable = place.value.step >= lengths[last]!
        return accept(rootOf(isStable ? place.value : stepped(place.value, place.value.mark)))
      },
    },
    ...(symbolsInPlace() === undefined ? {} : { positions: SEEN_POSITIONS }),
  }
}
