import type { Mutant } from '../../../../spec/checks/mutants/mutant.ts'

const JOINTS = 'impl/chain/joints.test.ts'
const TOWERS = 'impl/chain/publishedTowers.test.ts'
const DESCENT = 'impl/chain/descent.test.ts'

const DESCRIPTOR = 'contracts/phases/Descriptor.sol'
const NODE = 'contracts/phases/NodeOpening.sol'
const TILE = 'contracts/phases/TilePhase.sol'
const LOOP = 'contracts/phases/LoopPhase.sol'
const VM = 'contracts/phases/VmPhase.sol'

/** Joints and tops: what a descent starts from and leads to. */
export const PHASE_MUTANTS: readonly Mutant[] = [
  {
    name: 'an output in place starts unset',
    file: DESCRIPTOR,
    find: '>> 31 == 1',
    replace: '>> 31 == 2',
    killedBy: 'JOINT-4',
    test: JOINTS,
  },
  {
    name: 'an operand of kind 3 is a weight',
    file: NODE,
    find: 'else if (kind == Descriptor.WEIGHT) _insert',
    replace: 'else if (kind >= Descriptor.WEIGHT) _insert',
    killedBy: 'JOINT-5',
    test: JOINTS,
  },
  {
    name: 'a value’s index is not taken modulo the values',
    file: NODE,
    find: '_insert(values, _slot(index, valueHeight))',
    replace: '_insert(values, index)',
    killedBy: 'JOINT-6',
    test: JOINTS,
  },
  {
    name: 'a weight’s index is not taken modulo the weights',
    file: NODE,
    find: '_insert(weights, _slot(index, weightHeight))',
    replace: '_insert(weights, index)',
    killedBy: 'JOINT-6',
    test: JOINTS,
  },
  {
    name: 'the output slot is not taken modulo the values',
    file: NODE,
    find: 'uint256 written = _slot(head.outputSlot(), height);',
    replace: 'uint256 written = head.outputSlot();',
    killedBy: 'JOINT-6',
    test: JOINTS,
  },
  {
    name: 'no tiles are no tiles',
    file: DESCRIPTOR,
    find: 'return count == 0 ? 1 : count;',
    replace: 'return count;',
    killedBy: 'JOINT-7',
    test: JOINTS,
  },
  {
    name: 'a machine that trapped is not stable',
    file: 'contracts/libraries/MachineState.sol',
    find: 'return state.status() != RUNNING;',
    replace: 'return state.status() == EXITED;',
    killedBy: 'JOINT-8',
    test: JOINTS,
  },
  {
    name: 'an operand need not come from the agreed state',
    file: NODE,
    find: 'if (actual != preState) revert PreStateMismatch(preState, actual);',
    replace: 'actual;',
    killedBy: 'IMPL-3',
    test: DESCENT,
  },
  {
    name: 'weights need not be the model’s',
    file: NODE,
    find: 'if (root != expected) revert OperandMismatch(expected, root);',
    replace: 'expected;',
    killedBy: 'IMPL-3',
    test: DESCENT,
  },
  {
    name: 'a node need not be of the committed graph',
    file: NODE,
    find: 'if (graph != expected) revert DescriptorMismatch(expected, graph);',
    replace: 'graph;',
    killedBy: 'IMPL-3',
    test: DESCENT,
  },
  {
    name: 'a node is any one that stands in the graph’s tree',
    file: NODE,
    find: 'if (node >> height != 0) revert DescriptorMismatch(expected, 0);',
    replace: '',
    killedBy: 'JOINT-9',
    test: JOINTS,
  },
  {
    name: 'the state behind a node stands at the same node',
    file: NODE,
    find: 'opened.node + 1',
    replace: 'opened.node',
    killedBy: 'JOINT-2',
    test: JOINTS,
  },
  {
    name: 'a node may have fewer tiles than it has',
    file: TILE,
    find: 'if (length != tiles)',
    replace: 'if (length > tiles)',
    killedBy: 'JOINT-2',
    test: JOINTS,
  },
  {
    name: 'a tile need not belong to the agreed state',
    file: TILE,
    find: 'if (actual != preState) revert PreStateMismatch(preState, actual);',
    replace: 'actual;',
    killedBy: 'JOINT-3',
    test: JOINTS,
  },
  {
    name: 'a tile’s machine is given all tiles',
    file: TILE,
    find: 'Descriptor.jobRoot(descriptor, tile, 1)',
    replace: 'Descriptor.jobRoot(descriptor, 0, 1)',
    killedBy: 'JOINT-3',
    test: JOINTS,
  },
  {
    name: 'a loop may run fewer iterations than were asked for',
    file: LOOP,
    find: 'if (length != iterations)',
    replace: 'if (length > iterations)',
    killedBy: 'JOINT-1',
    test: TOWERS,
  },
  {
    name: 'an iteration starts from any carry',
    file: LOOP,
    find: 'if (actual != preState) revert PreStateMismatch(preState, actual);',
    replace: 'actual;',
    killedBy: 'JOINT-1',
    test: TOWERS,
  },
  {
    name: 'an iteration carries the scratch half on',
    file: LOOP,
    find: '_stateRoot(iteration + 1, left)',
    replace: '_stateRoot(iteration + 1, bytes32(witness[INDEX_BYTES + 64:]))',
    killedBy: 'JOINT-3',
    test: JOINTS,
  },
  {
    name: 'a machine may be stopped before its end',
    file: VM,
    find: 'if (!state.isStable() && length != stepLimit)',
    replace: 'if (!state.isStable() && length == 0)',
    killedBy: 'JOINT-1',
    test: TOWERS,
  },
  {
    name: 'a machine may run beyond its step limit',
    file: VM,
    find: 'if (length < 1 || length > stepLimit)',
    replace: 'if (length < 1)',
    killedBy: 'IMPL-3',
    test: DESCENT,
  },
  {
    name: 'any input is the one that was asked about',
    file: VM,
    find: 'if (actual != expected) revert StartMismatch(expected, actual);',
    replace: 'actual;',
    killedBy: 'IMPL-3',
    test: DESCENT,
  },
]
