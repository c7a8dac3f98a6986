import type { Mutant } from './mutant.ts'

const EXPLORER = 'spec/explore/explorer.test.ts'

/** What the exploration of the service must see go, whoever else would. */
export const EXPLORATION_MUTANTS: readonly Mutant[] = [
  {
    name: 'a refund pays twice',
    file: 'spec/service/disputes.ts',
    find: 'disputes }, challenger, state.parameters.bondWei)',
    replace: 'disputes }, challenger, 2n * state.parameters.bondWei)',
    killedBy: 'ESCROW-1',
    test: EXPLORER,
  },
  {
    name: 'what is withdrawn is still there',
    file: 'spec/service/apply.ts',
    find: 'balanceWei: state.balanceWei - credit',
    replace: 'balanceWei: state.balanceWei',
    killedBy: 'ESCROW-5',
    test: EXPLORER,
  },
  {
    name: 'only the last share is burned',
    file: 'spec/service/disputes.ts',
    find: 'burnedWei: state.burnedWei + share.burned',
    replace: 'burnedWei: share.burned - state.burnedWei',
    killedBy: 'ESCROW-6',
    test: EXPLORER,
  },
  {
    name: 'a refuted claim becomes final',
    file: 'spec/service/claims.ts',
    find: "if (entry.kind !== 'Pending') return reject('ClaimNotOpen', { id })",
    replace: "if (entry.kind === 'Final') return reject('ClaimNotOpen', { id })",
    killedBy: 'ABSORB-2',
    test: EXPLORER,
  },
  {
    name: 'a settled task is settled again',
    file: 'spec/service/claims.ts',
    find: "if (answered.kind !== 'Answered') return accept(final)",
    replace: "if (answered.kind === 'Expired') return accept(final)",
    killedBy: 'SETTLE-1',
    test: EXPLORER,
  },
  {
    name: 'a watcher that answers is slashed',
    file: 'spec/service/attention.ts',
    find: 'if (state.answers.get(answerId(taskId, verifier)) === hash)',
    replace: 'if (state.answers.get(answerId(taskId, verifier)) === taskId)',
    killedBy: 'SAFE-3',
    test: EXPLORER,
  },
  {
    name: 'a window that nobody can use',
    file: 'spec/service/disputes.ts',
    find: 'if (now > entry.windowEnd)',
    replace: 'if (now >= entry.windowEnd)',
    killedBy: 'WINDOW-3',
    test: EXPLORER,
  },
  {
    name: 'a clock that never runs out',
    file: 'spec/service/disputes.ts',
    find: "if (!isExpired(dispute.clocks, now)) return reject('ClockNotExpired', { now })",
    replace: "if (now > 0) return reject('ClockNotExpired', { now })",
    killedBy: 'BOUND-3',
    test: EXPLORER,
  },
  {
    name: 'a seal that nobody reveals holds its bond for ever',
    file: 'spec/service/seals.ts',
    find: "if (now <= last) return reject('RevealNotOver', { now, last })",
    replace: "if (now > 0) return reject('RevealNotOver', { now, last })",
    killedBy: 'LIVE-2',
    test: EXPLORER,
  },
  {
    name: 'a winning challenger’s own bond is not worth its calls',
    file: 'spec/service/disputes.ts',
    find: 'credit({ ...decided, claims }, challenger, state.parameters.bondWei + share.winner)',
    replace: 'credit({ ...decided, claims }, challenger, state.parameters.bondWei + share.winner / 2n)',
    killedBy: 'ECON-1',
    test: EXPLORER,
  },
]
