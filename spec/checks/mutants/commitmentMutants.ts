import type { Mutant } from './mutant.ts'

const MERKLE = 'spec/commitments/merkle.test.ts'
const MEMORY = 'spec/commitments/memory.test.ts'
const ALPHABET = 'spec/checks/properties/alphabet.test.ts'
const GAME = 'spec/checks/properties/game.test.ts'
const SERVICE = 'spec/checks/properties/service.test.ts'
const GRAPH = 'spec/tower/phases/graph.test.ts'
const VM_PHASE = 'spec/tower/phases/vm.test.ts'

/** Trees, memories, and the joints of the phases, which open them. */
export const COMMITMENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'a proof ignores its index',
    file: 'spec/commitments/merkle.ts',
    find: 'Math.floor(index / 2 ** level) % 2 === 0 ? join(root, sibling) : join(sibling, root)',
    replace: 'join(root, sibling)',
    killedBy: 'MERKLE-2',
    test: MERKLE,
  },
  {
    name: 'a proof joins in sorted order, so left and right are one',
    file: 'spec/commitments/merkle.ts',
    find: 'keccak(left, right)',
    replace: 'left < right ? keccak(left, right) : keccak(right, left)',
    killedBy: 'MERKLE-1',
    test: MERKLE,
  },
  {
    name: 'an index outside the tree wraps',
    file: 'spec/commitments/merkle.ts',
    find: 'Number.isInteger(index) && index >= 0 && index < 2 ** height',
    replace: 'Number.isInteger(index) && index >= 0',
    killedBy: 'MERKLE-4',
    test: MERKLE,
  },
  {
    name: 'a pair’s proof may have siblings left over',
    file: 'spec/commitments/merkle.ts',
    find: 'rest.length === height - level - 1 ?',
    replace: 'rest.length >= height - level - 1 ?',
    killedBy: 'MERKLE-6',
    test: MERKLE,
  },
  {
    name: 'a byte string’s last leaf is cut off',
    file: 'spec/commitments/merkle.ts',
    find: 'Math.ceil(bytes.length / 32)',
    replace: 'Math.floor(bytes.length / 32)',
    killedBy: 'MERKLE-7',
    test: MERKLE,
  },
  {
    name: 'a leaf’s path is of another level',
    file: 'spec/commitments/memory.ts',
    find: 'siblings.unshift(',
    replace: 'siblings.push(',
    killedBy: 'MEMORY-4',
    test: MEMORY,
  },
  {
    name: 'the root of a changed branch is the old one',
    file: 'spec/commitments/memory.ts',
    find: 'return right ? { left: child(node, false), right: replaced }',
    replace: 'return right ? { ...(node as Branch), left: child(node, false), right: replaced }',
    killedBy: 'MEMORY-3',
    test: MEMORY,
  },
  {
    name: 'a run of the alphabet’s last phase may end before it is stable',
    file: 'spec/tower/phases/alphabet.ts',
    find: 'return end.count === 0 || length === stepLimit',
    replace: 'return end.count >= 0 || length === stepLimit',
    killedBy: 'LENGTH-1',
    test: SERVICE,
  },
  {
    name: 'a run of a phase above has any length',
    file: 'spec/tower/phases/alphabet.ts',
    find: 'return length === lengths[phase]',
    replace: 'return length >= 0',
    killedBy: 'LENGTH-2',
    test: SERVICE,
  },
  {
    name: 'the alphabet opens any letter',
    file: 'spec/tower/phases/alphabet.ts',
    find: 'return commitLetter(phase, letter) === root ? accept(letter) : reject(mismatch, { root })',
    replace: 'return root === mismatch ? reject(mismatch, { root }) : accept(letter)',
    killedBy: 'DESCENT-1, DESCENT-2',
    test: GAME,
  },
  {
    name: 'a step above leaves its counter',
    file: 'spec/tower/phases/alphabet.ts',
    find: 'count: above.count + 1,',
    replace: 'count: above.count,',
    killedBy: 'ALPHABET-1',
    test: ALPHABET,
  },
  {
    name: 'a run of the machine may end before it is stable',
    file: 'spec/tower/phases/vm.ts',
    find: 'return isStable({ status }) || length === stepLimit',
    replace: 'return status >= 0 || length === stepLimit',
    killedBy: 'VM-62',
    test: VM_PHASE,
  },
  {
    name: 'a run of the machine may be one step over the limit',
    file: 'spec/tower/phases/vm.ts',
    find: 'length < 1 || length > stepLimit',
    replace: 'length < 1 || length > stepLimit + 1',
    killedBy: 'VM-62',
    test: VM_PHASE,
  },
  {
    name: 'a claim’s memory need not be the committed one',
    file: 'spec/tower/phases/vm.ts',
    find: 'return climb(UNSET_TENSOR, model.inputSlot, siblings) === model.carryRoot',
    replace: 'return climb(UNSET_TENSOR, model.inputSlot, siblings) !== undefined',
    killedBy: 'VM-60',
    test: VM_PHASE,
  },
  {
    name: 'a node comes from any state',
    file: 'spec/tower/phases/graph.ts',
    find: "if (graphStateRoot(node, valuesRoot) !== preState) return reject('PreStateMismatch', { preState })",
    replace: '',
    killedBy: 'GRAPH-5',
    test: GRAPH,
  },
  {
    name: 'a node’s job comes from any graph',
    file: 'spec/tower/phases/graph.ts',
    find: 'if (climb(descriptor, node, siblings.slice(DESCRIPTOR_HEIGHT)) !== model.graphRoot)',
    replace: 'if (climb(descriptor, node, siblings.slice(DESCRIPTOR_HEIGHT)) === undefined)',
    killedBy: 'GRAPH-5',
    test: GRAPH,
  },
  {
    name: 'leaving a node does not go on to the next',
    file: 'spec/tower/phases/graph.ts',
    find: 'accept(graphStateRoot(node + 1, climb(',
    replace: 'accept(graphStateRoot(node, climb(',
    killedBy: 'GRAPH-4',
    test: GRAPH,
  },
]
