import type { Mutant } from '../../../../spec/checks/mutants/mutant.ts'

const EVERY_CALL = 'impl/chain/everyCall.test.ts'
const ESCROW = 'impl/chain/escrow.test.ts'
const DEPLOY = 'impl/chain/deploy.test.ts'

const FILE = 'contracts/Escrow.sol'

/** Payouts, delegates, and the parameters of a deployment. */
export const MONEY_MUTANTS: readonly Mutant[] = [
  {
    name: 'what is withdrawn is still there',
    file: FILE,
    find: '_ledger.credits[msg.sender] = 0;',
    replace: '',
    killedBy: 'IMPL-5',
    test: ESCROW,
  },
  {
    name: 'a recipient that refuses its payout loses it',
    file: FILE,
    find: 'if (!paid) revert PayoutRefused(msg.sender);',
    replace: 'paid;',
    killedBy: 'IMPL-5',
    test: ESCROW,
  },
  {
    name: 'a bond comes back whole',
    file: FILE,
    find: 'return bondWei - bondWei * _burnBasisPoints / TermsOf.BASIS_POINTS;',
    replace: 'return bondWei;',
    killedBy: 'IMPL-4',
    test: ESCROW,
  },
  {
    name: 'a delegate is named for somebody else',
    file: FILE,
    find: '_ledger.delegates[msg.sender] = to;',
    replace: '_ledger.delegates[to] = msg.sender;',
    killedBy: 'IMPL-17',
    test: EVERY_CALL,
  },
  {
    name: 'calls that take no value keep it',
    file: FILE,
    find: 'if (msg.value != 0) revert ValueUnexpected(msg.value);',
    replace: '',
    killedBy: 'IMPL-17',
    test: EVERY_CALL,
  },
  {
    name: 'a credit takes the place of what there was',
    file: 'contracts/Ledger.sol',
    find: 'ledger.credits[account] += amountWei;',
    replace: 'ledger.credits[account] = amountWei;',
    killedBy: 'IMPL-17',
    test: EVERY_CALL,
  },
  {
    name: 'any final claim of the task stands for the one that settled it',
    file: 'contracts/Ledger.sol',
    find: ' || entry.number != state.settledBy',
    replace: '',
    killedBy: 'ATTACK-10',
    test: 'impl/chain/attacksOnChain.test.ts',
  },
  {
    name: 'a deployment takes any arity',
    file: FILE,
    find: 'given.arity > MAX_ARITY',
    replace: 'given.arity > 2 * MAX_ARITY',
    killedBy: 'IMPL-7',
    test: DEPLOY,
  },
  {
    name: 'a deployment’s clock need not hold the moves',
    file: FILE,
    find: '(1 + uint256(given.mostMoves) / 2)',
    replace: '(uint256(given.mostMoves) / 2)',
    killedBy: 'IMPL-7',
    test: DEPLOY,
  },
  {
    name: 'a swarm of disputes may cost less than it takes',
    file: FILE,
    find: 'given.disputesAtOnce * disputeBurned < claimLeft',
    replace: 'given.disputesAtOnce * uint256(given.disputeBondWei) < claimLeft',
    killedBy: 'IMPL-7',
    test: DEPLOY,
  },
  {
    name: 'an answer may be paid more than a task has for it',
    file: FILE,
    find: 'given.payWei > given.minFeeWei',
    replace: 'given.payWei > given.minFeeWei + 1',
    killedBy: 'IMPL-7',
    test: DEPLOY,
  },
]
