import type { StateRoot } from '../../commitments/hash.ts'
import { maxDisputeSeconds, maxMoves } from '../../game/bounds.ts'
import { initialSeconds, type Party, type Seconds } from '../../game/clocks.ts'
import type { Position } from '../../game/position.ts'
import { applyReply } from '../../game/reply.ts'
import type { TowerRules } from '../../tower/tower.ts'
import { type Alphabet, fourRoots, sixRoots } from './anyReply.ts'
import { type SymbolicParameters, type SymbolicTower, symbolicTower } from './symbolicTower.ts'

/** One dispute to be explored. */
export interface Instance {
  readonly tower: SymbolicParameters
  readonly arity: number
  readonly clocks: { readonly clockSeconds: Seconds; readonly descentSeconds: Seconds }
  /** Who is in the right: its claim is true, or it disputes a false one. Undefined: any claim, and nobody is honest. */
  readonly right: Party | undefined
}

/** Where an instance departs from the rules or from the assumptions, so that it must fail. */
export interface Departure {
  readonly rules?: (tower: SymbolicTower) => TowerRules
  readonly applyReply?: typeof applyReply
  /** The opening may state any length for a last phase at the top. */
  readonly opensWithAnyLength?: boolean
  /** `late`: the party in the right may be silent longer than its clock; `any`: it plays like its opponent. */
  readonly conduct?: 'late' | 'any'
}

/** An instance with all that follows from it. */
export interface Arena {
  readonly instance: Instance
  readonly tower: SymbolicTower
  readonly rules: TowerRules
  readonly applyReply: typeof applyReply
  readonly alphabet: Alphabet
  /** Who plays the honest strategy. */
  readonly honest: Party | undefined
  readonly mayBeLate: boolean
  readonly departs: boolean
  readonly seconds: Seconds
  readonly moveBound: number
  readonly secondsBound: Seconds
  /** The claims that a dispute can be about, each as the vector with one segment that it is. */
  readonly claims: readonly Position[]
}

export const arenaOf = (instance: Instance, departure: Departure = {}): Arena => {
  const tower = symbolicTower(instance.tower)
  const rules = departure.rules?.(tower) ?? tower.rules
  const honest = departure.conduct === 'any' ? undefined : instance.right
  const alphabet = honest === undefined ? fourRoots(tower) : sixRoots(tower)
  const phaseCount = rules.phases.length
  const { lengths, stepLimit } = instance.tower
  return {
    instance,
    tower,
    rules,
    applyReply: departure.applyReply ?? applyReply,
    alphabet,
    honest,
    mayBeLate: departure.conduct === 'late',
    departs: Object.keys(departure).length > 0,
    seconds: initialSeconds(instance.clocks, phaseCount),
    moveBound: maxMoves([...lengths, stepLimit], instance.arity),
    secondsBound: maxDisputeSeconds(instance.clocks, phaseCount),
    claims: claimsOf(instance, tower, rules, alphabet, departure.opensWithAnyLength === true),
  }
}

const claimsOf = (
  { right }: Instance,
  tower: SymbolicTower,
  rules: TowerRules,
  alphabet: Alphabet,
  anyLength: boolean,
): readonly Position[] => {
  const { lengths, stepLimit } = tower.parameters
  const [start, trueLength] = [tower.trueRoot(0, [], 0), tower.trueLength(0, [])]
  const position = (length: number, end: StateRoot): Position => ({
    phase: 0,
    length,
    roots: [start, end],
    at: [0],
  })
  const stated = lengths.length > 0 ? [lengths[0]!] : Array.from({ length: stepLimit }, (_, i) => i + 1)
  const trueEnd = tower.trueRoot(0, [], trueLength)
  if (right === 'asserter')
    return (anyLength ? stated : [trueLength]).map((length) => position(length, trueEnd))
  return stated.flatMap((length) =>
    alphabet
      .rootsAt(0, [], length)
      .filter((end) => right === undefined || end !== tower.trueRoot(0, [], Math.min(length, trueLength)))
      .filter((end) => rules.top.outputRoot(end, length, tower.table.witnessOf(end)).ok)
      .map((end) => position(length, end)),
  )
}
