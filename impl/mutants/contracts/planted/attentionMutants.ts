import type { Mutant } from '../../../../spec/checks/mutants/mutant.ts'

const ANY_CALLS = 'impl/chain/duet.test.ts'
const FILE = 'contracts/Attention.sol'

/** Stakes, rounds, and what is asked of verifiers. */
export const ATTENTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'a stake of any size is taken',
    file: FILE,
    find: 'if (msg.value != stakeWei)',
    replace: 'if (msg.value > stakeWei)',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
  {
    name: 'a stake is for all models: its place forgets which',
    file: FILE,
    find: 'return keccak256(abi.encodePacked(modelId, verifier));',
    replace: 'return keccak256(abi.encodePacked(modelId >> 256, verifier));',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
  {
    name: 'whoever retired retires again',
    file: FILE,
    find: 'if (entry.retiredAt != 0) revert AlreadyRetired(id);',
    replace: '',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
  {
    name: 'a round is closed while it lasts',
    file: FILE,
    find: 'if (block.timestamp <= end) revert RoundNotOver',
    replace: 'if (block.timestamp < end) revert RoundNotOver',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
  {
    name: 'a round is closed again until its block is liked',
    file: FILE,
    find: 'if (ledger.rounds[round].closedIn != 0) revert RoundClosed(round);',
    replace: '',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
  {
    name: 'a round is recorded again',
    file: FILE,
    find: 'if (entry.randomness != 0) revert RoundRecorded(round);',
    replace: '',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
  {
    name: 'a block that the chain has forgotten draws zero',
    file: FILE,
    find: 'if (randomness == 0) revert BlockUnknown(number);',
    replace: '',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
  {
    name: 'each seal puts its task into the draw anew',
    file: 'contracts/Seals.sol',
    find: '&& !state.isDrawn',
    replace: '',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
  {
    name: 'all tasks of a round stand at its start',
    file: 'contracts/Seals.sol',
    find: 'state.weightStart = uint128(start);',
    replace: '',
    killedBy: 'IMPL-11',
    test: ANY_CALLS,
  },
]
