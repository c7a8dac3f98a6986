import type { Sources } from '../../chain/compile.ts'

/**
 * The compiler's old code generator is three times as fast as the new one, and has no room for the locals of a few functions. For it
 * these are written with fewer: the same contracts to whoever calls them, as the tests on the unbroken ones say.
 */
interface Rewriting {
  /** Path below `contracts/`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const inFile = (
  file: string,
  edits: readonly (readonly [find: string, replace: string])[],
): readonly Rewriting[] => edits.map(([find, replace]) => ({ file, find, replace }))

/** Opens a block of its own for a local, and ends it behind its last use. */
const scoped = (first: string, last: string): readonly (readonly [string, string])[] => [
  [first, `{ ${first}`],
  [last, `${last} }`],
]

const CLIMB_TOGETHER = `        Climbing memory climbing;
        climbing.bitmap = siblings.bitmap >> siblings.used;
        climbing.next = siblings.next;
        uint256[] memory positions = new uint256[](indices.length);
        bytes32[] memory nodes = new bytes32[](indices.length);
        uint256 count = indices.length;
        for (uint256 i = 0; i < count; i++) (positions[i], nodes[i]) = (indices[i], leaves[i]);
        for (; height != 0; height--) {
            count = _climbLevel(positions, nodes, count, climbing, zero);
            zero = keccak256(abi.encodePacked(zero, zero));
        }
        return (nodes[0], climbing.used);
    }

    struct Climbing {
        uint256 bitmap;
        uint256 next;
        uint256 used;
    }

    function _climbLevel(
        uint256[] memory positions,
        bytes32[] memory nodes,
        uint256 count,
        Climbing memory climbing,
        bytes32 zero
    ) private pure returns (uint256 to) {
        for (uint256 i = 0; i < count; i++) {
            uint256 position = positions[i];
            bytes32 node = nodes[i];
            if (position & 1 == 0 && i + 1 < count && positions[i + 1] == position + 1) {
                i++;
                node = keccak256(abi.encodePacked(node, nodes[i]));
            } else {
                bytes32 sibling = zero;
                if (climbing.bitmap & 1 == 1) {
                    uint256 next = climbing.next;
                    assembly ("memory-safe") {
                        sibling := calldataload(next)
                    }
                    climbing.next += 32;
                }
                climbing.bitmap >>= 1;
                climbing.used++;
                node = position & 1 == 0
                    ? keccak256(abi.encodePacked(node, sibling))
                    : keccak256(abi.encodePacked(sibling, node));
            }
            positions[to] = position >> 1;
            nodes[to] = node;
            to++;
        }
    }
}
`

/** In order: a later one may speak of what an earlier one wrote. */
const REWRITINGS: readonly Rewriting[] = [
  ...inFile('Court.sol', [
    [
      `tower.descent(
            entry.model, segment.phase, segment.start, _last(roots), length, _behind(reply, end)
        );`,
      '_below(entry.model, segment, roots, length, _behind(reply, end));',
    ],
    [
      '    function _requireRoots(',
      `    function _below(uint32 model, Segment memory segment, bytes calldata roots, uint48 length, bytes calldata witness)
        private
        view
        returns (bytes32, bytes32)
    {
        return tower.descent(model, segment.phase, segment.start, _last(roots), length, witness);
    }

    function _requireRoots(`,
    ],
  ]),
  ...inFile('libraries/Rv32Step.sol', [
    ...scoped('bytes32 actual = Merkle.climb(codeLeaf,', 'revert CodeMismatch(codeRoot, actual);'),
    ['uint32 word = Rv32.swap(', 'offset = Rv32.swap('],
    ['Rv32.decode(word)', 'Rv32.decode(uint32(offset))'],
    ['bytes memory zeros = Merkle.zeroRoots();', ''],
    ['siblings, zeros);\n            _prove', 'siblings, Merkle.zeroRoots());\n            _prove'],
    ['siblings, zeros);\n                state', 'siblings, Merkle.zeroRoots());\n                state'],
    ...scoped('uint256 expected = 32 * Merkle', 'dataAt + 36 + siblings.length);\n            }'),
  ]),
  ...inFile('phases/TilePhase.sol', [
    ...scoped('bytes32 actual = _stateRoot(tile,', 'revert PreStateMismatch(preState, actual);'),
    ['bytes32 descriptor = bytes32(witness[INDEX_BYTES:at]);', 'start = bytes32(witness[INDEX_BYTES:at]);'],
    ['_jobHash(descriptor, tensors);\n        // TILE-2', '_jobHash(start, tensors);\n        // TILE-2'],
    ['Descriptor.jobRoot(descriptor, tile, 1)', 'Descriptor.jobRoot(start, tile, 1)'],
    ['bytes32 output = VmPhase', 'post = VmPhase'],
    ['_stateRoot(tile + 1, output, job)', '_stateRoot(tile + 1, post, job)'],
  ]),
  ...inFile('phases/NodeOpening.sol', [
    ...scoped('bytes32 actual = stateRoot(opened.node, root);', 'revert PreStateMismatch(preState, actual);'),
    ['Head head = opened.head;\n', ''],
    ['uint256 height = model.valueHeight;\n', ''],
    ['_slot(head.outputSlot(), height)', '_slot(opened.head.outputSlot(), model.valueHeight)'],
    ['_reads(head, height,', '_reads(opened.head, model.valueHeight,'],
    ['valueSlots, height, VmPhase', 'valueSlots, model.valueHeight, VmPhase'],
    ['_take(opened, head, weights)', '_take(opened, opened.head, weights)'],
    ['if (head.isInPlace())', 'if (opened.head.isInPlace())'],
  ]),
]

/** The function that climbs from several leaves at once is the last of its file, and all locals. */
const MULTIPROOF = 'libraries/Multiproof.sol'
const CLIMBS = '        assembly ("memory-safe") {\n            let count := mload(indices)'

/**
 * The sources as the old code generator takes them.
 *
 * @param unbroken the sources that nothing was changed in
 * @returns undefined where the change is in the very lines that are rewritten
 */
export const shallow = (sources: Sources, unbroken: Sources): Sources | undefined => {
  const written: Record<string, string> = { ...sources }
  const [before, climbs, ...rest] = (sources[MULTIPROOF] ?? '').split(CLIMBS)
  if (sources[MULTIPROOF] !== undefined) {
    if (climbs === undefined || rest.length > 0 || !unbroken[MULTIPROOF]!.endsWith(CLIMBS + climbs))
      return undefined
    written[MULTIPROOF] = before! + CLIMB_TOGETHER
  }
  for (const { file, find, replace } of REWRITINGS) {
    const parts = written[file]?.split(find)
    if (parts === undefined) continue
    if (parts.length !== 2) return undefined
    written[file] = parts.join(replace)
  }
  return written
}
