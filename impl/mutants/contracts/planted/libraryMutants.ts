import type { Mutant } from '../../../../spec/checks/mutants/mutant.ts'

const TREES = 'contracts/test/MerkleHarness.test.ts'
const STEPS = 'contracts/test/StepBatch.test.ts'

const MERKLE = 'contracts/libraries/Merkle.sol'
const MULTI = 'contracts/libraries/Multiproof.sol'
const STEP = 'contracts/libraries/Rv32Step.sol'

/** Proofs, and one step of the machine. */
export const LIBRARY_MUTANTS: readonly Mutant[] = [
  {
    name: 'one of the zero roots is another',
    file: MERKLE,
    find: 'hex"ad3228b6',
    replace: 'hex"ad3228b7',
    killedBy: 'MERKLE-SOL-1',
    test: TREES,
  },
  {
    name: 'an index outside of the tree is taken',
    file: MERKLE,
    find: 'if (index >> height != 0)',
    replace: 'if (index >> (height + 1) != 0)',
    killedBy: 'MERKLE-SOL-2',
    test: TREES,
  },
  {
    name: 'bytes beyond the tree are taken',
    file: MERKLE,
    find: 'if (data.length > (32 << height))',
    replace: 'if (data.length > (64 << height))',
    killedBy: 'MERKLE-SOL-4',
    test: TREES,
  },
  {
    name: 'a proof’s bitmap may have bits that nothing reads',
    file: MULTI,
    find: 'if (bitmap != expected) revert WitnessMalformed(expected, bitmap);',
    replace: 'expected;',
    killedBy: 'MERKLE-SOL-3',
    test: TREES,
  },
  {
    name: 'two leaves side by side have a parent each',
    file: MULTI,
    find: 'if paired { paired := eq(mload(neighbour), add(position, 1)) }',
    replace: 'paired := 0',
    killedBy: 'MERKLE-SOL-3',
    test: TREES,
  },
  {
    name: 'an instruction need not be the program’s',
    file: STEP,
    find: 'if (actual != codeRoot) revert CodeMismatch(codeRoot, actual);',
    replace: 'actual;',
    killedBy: 'VM-26',
    test: STEPS,
  },
  {
    name: 'a step starts from any state',
    file: STEP,
    find: 'if (actual != pre) revert PreStateMismatch(pre, actual);',
    replace: 'actual;',
    killedBy: 'VM-26',
    test: STEPS,
  },
  {
    name: 'a stable machine goes on',
    file: STEP,
    find: 'if (state.isStable()) return pre;',
    replace: '',
    killedBy: 'VM-25',
    test: STEPS,
  },
  {
    name: 'the bitmap of a memory’s proof may be higher than the memory',
    file: STEP,
    find: 'if (bitmap >> MEMORY_HEIGHT != 0)',
    replace: 'if (bitmap >> (MEMORY_HEIGHT + 5) != 0)',
    killedBy: 'VM-26',
    test: STEPS,
  },
  {
    name: 'a refused bitmap is told with another one that it should be',
    file: STEP,
    find: 'bitmap & ((1 << MEMORY_HEIGHT) - 1)',
    replace: 'bitmap | ((1 << MEMORY_HEIGHT) - 1)',
    killedBy: 'VM-26',
    test: STEPS,
  },
  {
    name: 'what is stored is not kept',
    file: STEP,
    find: 'if (stored != leaf) {',
    replace: 'if (stored == leaf) {',
    killedBy: 'VM-23',
    test: STEPS,
  },
]
