import { expect } from 'vitest'
import type { Model } from '../../spec/tower/model.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import { towerRules } from '../../spec/tower/towerRules.ts'

/**
 * The law of the tower along a path: what the chain computes of each step's witness is the start of the run below and the
 * state behind the step, down to an instruction.
 *
 * @param path one step a phase, each modulo its run's length
 */
export const expectLaw = (model: Model, top: Trace, path: readonly number[]): void => {
  const rules = towerRules(model)
  if (!rules.ok) throw new Error(rules.rejection.reason)
  const { descents, arbiter } = rules.value
  let trace = top
  for (const [phase, choice] of path.entries()) {
    const step = choice % trace.length
    const [pre, post] = trace.rootsAt([step, step + 1])
    if (trace.kind === 'last') {
      expect(arbiter.stepRoot(pre!, trace.stepWitness(step))).toEqual({ ok: true, value: post })
      return
    }
    const { below, witness } = trace.descend(step)
    const [start, end] = below.rootsAt([0, below.length])
    const { enterRoot, exitRoot } = descents[phase]!
    expect(enterRoot(pre!, witness)).toEqual({ ok: true, value: start })
    expect(exitRoot(pre!, end!, below.length, witness)).toEqual({ ok: true, value: post })
    trace = below
  }
}
