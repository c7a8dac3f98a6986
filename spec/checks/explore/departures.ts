import { toHex } from '../../commitments/bytes.ts'
import { applyReply } from '../../game/reply.ts'
import { accept, reject } from '../../result.ts'
import type { DescentRules, TowerRules } from '../../tower/tower.ts'
import type { PropertyId } from './disputeProperties.ts'
import type { Departure, Instance } from './instance.ts'
import type { SymbolicTower } from './symbolicTower.ts'
import { FALSE_VARIANTS } from './symbols.ts'

/**
 * Instances past the rules or past the assumptions. Each must violate the property that the missing piece keeps: an
 * explorer that finds nothing there would find nothing anywhere.
 */
export interface Outside {
  readonly name: string
  readonly violates: PropertyId
  readonly instance: Instance
  readonly departure: Departure
}

const CLOCKS = { clockSeconds: 1, descentSeconds: 0 }

/** The rules with another check of what leaves the run below. */
const withExit =
  (exitRoot: (tower: SymbolicTower, joint: DescentRules, below: number) => DescentRules['exitRoot']) =>
  (tower: SymbolicTower): TowerRules => ({
    ...tower.rules,
    descents: tower.rules.descents.map((joint, phase) => ({
      ...joint,
      exitRoot: exitRoot(tower, joint, phase + 1),
    })),
  })

/** Whatever length is stated above the last phase, the rules are asked about the right one. */
const uncheckedLength = withExit(({ parameters }, joint, below) => (preState, end, length, witness) => {
  const fixed = parameters.lengths[below]
  return joint.exitRoot(preState, end, fixed ?? length, witness)
})

/** A run of the last phase may end anywhere: the rules are asked as if it had gone to the step limit. */
const uncheckedStability = withExit(({ parameters }, joint, below) => (preState, end, length, witness) => {
  const isLast = below === parameters.lengths.length
  return joint.exitRoot(preState, end, isLast ? parameters.stepLimit : length, witness)
})

/** A run of the last phase has no end but a stable one, also at the step limit. */
const noStepLimit = withExit(({ parameters }, joint, below) => (preState, end, length, witness) => {
  const isLast = below === parameters.lengths.length
  const atLimit = isLast && length === parameters.stepLimit
  return joint.exitRoot(preState, end, atLimit ? length - 1 : length, witness)
})

/**
 * A hash that does not bind: behind the root of a true state somebody knows a false one too. Whoever stands by a false end
 * below opens the state above as that one, and enters there.
 */
const withSecondPreimages = ({ rules, table }: SymbolicTower): TowerRules => ({
  ...rules,
  descents: rules.descents.map((joint, phase) => ({
    ...joint,
    enterRoot: (preState, witness) => {
      const isFalseEnd = FALSE_VARIANTS.some((variant) => {
        const end = table.rootOf({ kind: 'False', phase: phase + 1, variant })
        return toHex(witness) === toHex(table.witnessOf(preState, end))
      })
      return isFalseEnd
        ? accept(table.rootOf({ kind: 'False', phase: phase + 1, variant: 'running' }))
        : joint.enterRoot(preState, witness)
    },
  })),
})

/** The rules, except that a mover may stand by the very end that it disputes. */
const withReassertion: typeof applyReply = (tower, arity, segment, reply) => {
  const judged = applyReply(tower, arity, segment, reply)
  if (judged.ok || judged.rejection.reason !== 'SameEnd' || reply.kind === 'Arbitrate') return judged
  const { phase, length, start, at } = segment
  if (reply.kind === 'Dissect')
    return accept({ kind: 'Continues', position: { phase, length, roots: [start, ...reply.roots], at } })
  const entered = tower.descents[phase]?.enterRoot(start, reply.witness) ?? reject('CannotDescend')
  if (!entered.ok) return entered
  const roots = [entered.value, ...reply.roots]
  return accept({
    kind: 'Continues',
    position: { phase: phase + 1, length: reply.length, roots, at: [...at, 0] },
  })
}

const onePhase = { lengths: [], haltingLengths: [3], stepLimit: 4 }
const twoPhases = { lengths: [2], haltingLengths: [3], stepLimit: 4 }
const threePhases = { lengths: [2, 2], haltingLengths: [2], stepLimit: 3 }
// A challenger makes the first move, so it is the one that descends where the top run is a single step.
const challengerDescends = { lengths: [1], haltingLengths: [3], stepLimit: 4 }
const challengerDescendsToMiddle = { lengths: [1, 2], haltingLengths: [2], stepLimit: 3 }
const neverHalts = { lengths: [2], haltingLengths: [99], stepLimit: 4 }

const outside = (
  name: string,
  violates: PropertyId,
  right: NonNullable<Instance['right']>,
  tower: Instance['tower'],
  departure: Departure,
): Outside => ({ name, violates, instance: { tower, arity: 2, clocks: CLOCKS, right }, departure })

export const OUTSIDE: readonly Outside[] = [
  outside('no honest party, true claim', 'SAFE-1', 'asserter', twoPhases, { conduct: 'any' }),
  outside('no honest party, false claim', 'SAFE-2', 'challenger', twoPhases, { conduct: 'any' }),
  outside('honest asserter silent longer than its clock', 'SAFE-1', 'asserter', twoPhases, {
    conduct: 'late',
  }),
  outside('honest challenger silent longer than its clock', 'SAFE-2', 'challenger', twoPhases, {
    conduct: 'late',
  }),
  outside('length at k=1 chosen by the challenger', 'SAFE-1', 'asserter', onePhase, {
    opensWithAnyLength: true,
  }),
  outside(
    'unchecked length in the middle, true claim',
    'INVARIANT-3',
    'asserter',
    challengerDescendsToMiddle,
    {
      rules: uncheckedLength,
    },
  ),
  outside('unchecked length in the middle, false claim', 'INVARIANT-3', 'challenger', threePhases, {
    rules: uncheckedLength,
  }),
  outside('unchecked stability, true claim', 'INVARIANT-3', 'asserter', challengerDescends, {
    rules: uncheckedStability,
  }),
  outside('unchecked stability, false claim', 'INVARIANT-3', 'challenger', twoPhases, {
    rules: uncheckedStability,
  }),
  outside('re-asserted end allowed, true claim', 'INVARIANT-3', 'asserter', twoPhases, {
    applyReply: withReassertion,
  }),
  outside('re-asserted end allowed, false claim', 'INVARIANT-3', 'challenger', twoPhases, {
    applyReply: withReassertion,
  }),
  outside('a root with a second preimage, true claim', 'INVARIANT-1', 'asserter', challengerDescends, {
    rules: withSecondPreimages,
  }),
  outside('a root with a second preimage, false claim', 'INVARIANT-1', 'challenger', twoPhases, {
    rules: withSecondPreimages,
  }),
  outside('no step limit', 'LIVE-1', 'asserter', neverHalts, { rules: noStepLimit }),
]
