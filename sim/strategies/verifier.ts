import type { ModelRuns } from '../../impl/inference/runs.ts'
import type { Claim } from '../../spec/service/task.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import { integer, mapping } from '../scenario/fields.ts'
import {
  type Choose,
  fitsAll,
  neverSilent,
  noFault,
  type VerifierStrategy,
  verifierStrategy,
} from './strategy.ts'

const endsAs = (trace: Trace, claim: Claim): boolean => trace.rootsAt([claim.length])[0] === claim.endRoot

/** A damaged trace whose end is not the claim's: the seed says where the damage is. */
const lieAgainst = (claim: Claim, runs: ModelRuns, choose: Choose): Trace => {
  for (;;) {
    const { trace } = runs.damaged(choose)
    if (!endsAs(trace, claim)) return trace
  }
}

export const VERIFIER_STRATEGIES: Readonly<Record<string, VerifierStrategy>> = {
  honest: verifierStrategy({
    options: mapping({}),
    misfit: fitsAll,
    fault: noFault,
    silentAfter: neverSilent,
    traceAgainst: (_, runs) => runs.honest().trace,
  }),
  /** Honest, with a stake on its attention: it sees to the rounds, and answers where it is asked. */
  watcher: verifierStrategy({
    options: mapping({}),
    misfit: fitsAll,
    fault: noFault,
    silentAfter: neverSilent,
    attention: 'looks',
    traceAgainst: (_, runs) => runs.honest().trace,
  }),
  /** Has the same stake, and looks at nothing. */
  sleeper: verifierStrategy({
    options: mapping({}),
    misfit: fitsAll,
    fault: noFault,
    silentAfter: neverSilent,
    attention: 'sleeps',
    traceAgainst: () => undefined,
  }),
  /** Disputes whatever is claimed and lies as long as it can. */
  frivolous: verifierStrategy({
    options: mapping({}),
    misfit: fitsAll,
    fault: noFault,
    silentAfter: neverSilent,
    traceAgainst: lieAgainst,
  }),
  /** Opens, lying only if it must. */
  silent: verifierStrategy({
    options: mapping({ after: integer(0, Number.MAX_SAFE_INTEGER).default(0) }),
    misfit: fitsAll,
    fault: noFault,
    silentAfter: ({ after }) => after,
    traceAgainst: (claim, runs, choose) => {
      const { trace } = runs.honest()
      return endsAs(trace, claim) ? lieAgainst(claim, runs, choose) : trace
    },
  }),
}
