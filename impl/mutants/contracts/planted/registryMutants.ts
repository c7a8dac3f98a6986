import type { Mutant } from '../../../../spec/checks/mutants/mutant.ts'

const DEPLOY = 'impl/chain/deploy.test.ts'
const EVERY_CALL = 'impl/chain/everyCall.test.ts'
const FILE = 'contracts/Registry.sol'
const TYPES = 'contracts/Types.sol'

/** Programs and models, and what ids bind. */
export const REGISTRY_MUTANTS: readonly Mutant[] = [
  {
    name: 'a phase of a single step has no moves',
    file: FILE,
    find: 'levels == 0 ? 1 : levels',
    replace: 'levels',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'a node has few tiles at most',
    file: FILE,
    find: 'MAX_TILES = 2 ** 32 - 1',
    replace: 'MAX_TILES = 2 ** 16',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'a program is registered again',
    file: FILE,
    find: 'if (_programs[id].codeRoot != 0) revert AlreadyRegistered(id);',
    replace: '',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'nobody is told of a model',
    file: FILE,
    find: 'emit ModelRegistered(id, model);',
    replace: '',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'the registry keeps value that comes with a call',
    file: FILE,
    find: 'if (msg.value != 0) revert ValueUnexpected(msg.value);',
    replace: '',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'a model may take more moves than a deployment is made for',
    file: FILE,
    find: 'if (moves > mostMoves) revert MovesTooMany(mostMoves, moves);',
    replace: 'moves;',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'an output of any length is promised',
    file: FILE,
    find: 'if (model.outputBytes > MAX_OUTPUT_BYTES)',
    replace: 'if (model.outputBytes > 2 * MAX_OUTPUT_BYTES)',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'a model of a program that nobody registered is taken',
    file: FILE,
    find: 'if (program.codeRoot == 0) revert ProgramUnknown(model.programId);',
    replace: '',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'a loop’s output may lie outside of what it carries',
    file: FILE,
    find: 'if (loops && model.outputSlot >> carryHeight != 0)',
    replace: 'if (loops && model.outputSlot >> (carryHeight + 1) != 0)',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'a tower may start with a tile',
    file: 'contracts/phases/Joints.sol',
    find: 'if (above == TILE) revert NoDescent(0, above);',
    replace: '',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
  {
    name: 'a claim’s id forgets its nonce',
    file: TYPES,
    find: 'claim.nonce,',
    replace: '',
    killedBy: 'IMPL-17',
    test: EVERY_CALL,
  },
  {
    name: 'a task’s id forgets the iterations',
    file: TYPES,
    find: 'task.iterations,',
    replace: '',
    killedBy: 'IMPL-17',
    test: EVERY_CALL,
  },
  {
    name: 'a model’s id forgets the length of its output',
    file: TYPES,
    find: 'model.outputBytes, ',
    replace: '',
    killedBy: 'IMPL-9',
    test: DEPLOY,
  },
]
