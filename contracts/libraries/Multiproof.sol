// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "./Merkle.sol";
import {WitnessMalformed} from "./WitnessRejections.sol";

/// A row of words in a witness, of which those that are their level's zero root are left out.
struct Row {
    /// Bit i is set where word i is given.
    uint256 bitmap;
    /// Words read so far.
    uint256 used;
    /// Where the next word given stands in the calldata.
    uint256 next;
}

/// Leaves of one tree, opened together.
struct Leaves {
    /// Ascending.
    uint256[] indices;
    bytes32[] leaves;
    uint256 height;
    /// The row behind the leaves: the siblings.
    Row siblings;
}

using Multiproof for Row global;
using Multiproof for Leaves global;

/// @title Several leaves of one tree, in one proof
/// @notice Mirrors spec/commitments/multiproof.ts. A proof is a row of words, the leaves and then their siblings, lowest
/// level first and left before right, behind a bitmap: a word that is its level's zero root is left out. Which leaves
/// these are and how high the tree is comes from the caller, never from the proof.
library Multiproof {
    /// @notice A row at `at`, behind a bitmap of `bits` bits, big-endian; and where it ends. `bits` is at most 256.
    function readRow(bytes calldata witness, uint256 at, uint256 bits)
        internal
        pure
        returns (Row memory row, uint256 end)
    {
        unchecked {
            uint256 bytesOfBitmap = (bits + 7) >> 3;
            end = at + bytesOfBitmap;
            if (witness.length < end) revert WitnessMalformed(end, witness.length);
            uint256 bitmap;
            assembly ("memory-safe") {
                bitmap := shr(sub(256, shl(3, bytesOfBitmap)), calldataload(add(witness.offset, at)))
                mstore(add(row, 0x40), add(witness.offset, end))
            }
            row.bitmap = bitmap;
            for (uint256 left = bitmap; left != 0; left &= left - 1) end += 32;
            if (witness.length < end) revert WitnessMalformed(end, witness.length);
        }
    }

    /// @notice The next word of the row, which is `zero` where it is not given.
    function read(Row memory row, bytes32 zero) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            let used := mload(add(row, 0x20))
            mstore(add(row, 0x20), add(used, 1))
            word := zero
            if and(shr(used, mload(row)), 1) {
                let next := mload(add(row, 0x40))
                word := calldataload(next)
                mstore(add(row, 0x40), add(next, 32))
            }
        }
    }

    /// @notice Refuses a row whose bitmap has bits beyond the words that were read.
    function requireSpent(Row memory row) internal pure {
        uint256 expected = row.bitmap & ((1 << row.used) - 1);
        if (row.bitmap != expected) revert WitnessMalformed(expected, row.bitmap);
    }

    /// @notice The root of the tree of height `levels` in which `node`, of height 0 there, stands at `index`, from the
    /// row's next words. `zero` is the zero root beside it; the one beside the root is returned too.
    function climb(Row memory row, bytes32 node, uint256 index, uint256 levels, bytes32 zero)
        internal
        pure
        returns (bytes32, bytes32)
    {
        unchecked {
            for (; levels != 0; levels--) {
                bytes32 sibling = row.read(zero);
                node = index & 1 == 0 ? Merkle.join(node, sibling) : Merkle.join(sibling, node);
                index >>= 1;
                zero = Merkle.join(zero, zero);
            }
            return (node, zero);
        }
    }

    /// @notice Opens the leaves at `indices`, ascending, all of them in the tree of `height`, from the proof at `at`;
    /// and where that ends. An absent leaf is `zero`. Whose root it is remains to be checked.
    function openLeaves(bytes calldata witness, uint256 at, uint256[] memory indices, uint256 height, bytes32 zero)
        internal
        pure
        returns (Leaves memory opened, bytes32 root, uint256 end)
    {
        unchecked {
            uint256 count = indices.length;
            Row memory row;
            (row, end) = readRow(witness, at, count * (height + 1));
            bytes32[] memory leaves = new bytes32[](count);
            for (uint256 i = 0; i < count; i++) leaves[i] = row.read(zero);
            opened = Leaves(indices, leaves, height, Row(row.bitmap, row.used, row.next));
            root = _climbTogether(indices, leaves, height, row, zero);
            row.requireSpent();
        }
    }

    /// @notice Opens the one leaf at `index`.
    function openLeaf(bytes calldata witness, uint256 at, uint256 index, uint256 height, bytes32 zero)
        internal
        pure
        returns (bytes32 leaf, bytes32 root, uint256 end)
    {
        Row memory row;
        (row, end) = readRow(witness, at, height + 1);
        leaf = row.read(zero);
        (root,) = row.climb(leaf, index, height, zero);
        row.requireSpent();
    }

    /// @notice The leaf at `index`, which is one of those that were opened.
    function at(Leaves memory opened, uint256 index) internal pure returns (bytes32) {
        return opened.leaves[_placeOf(opened, index)];
    }

    /// @notice The tree's root once the leaf at `index`, one of those that were opened, is another.
    function rootWith(Leaves memory opened, uint256 index, bytes32 leaf, bytes32 zero)
        internal
        pure
        returns (bytes32)
    {
        opened.leaves[_placeOf(opened, index)] = leaf;
        return _climbTogether(opened.indices, opened.leaves, opened.height, opened.siblings, zero);
    }

    function _placeOf(Leaves memory opened, uint256 index) private pure returns (uint256 place) {
        while (opened.indices[place] != index) place++;
    }

    function _climbTogether(
        uint256[] memory indices,
        bytes32[] memory leaves,
        uint256 height,
        Row memory siblings,
        bytes32 zero
    ) private pure returns (bytes32) {
        unchecked {
            uint256 count = indices.length;
            uint256[] memory positions = new uint256[](count);
            bytes32[] memory nodes = new bytes32[](count);
            for (uint256 i = 0; i < count; i++) (positions[i], nodes[i]) = (indices[i], leaves[i]);
            for (; height != 0; height--) {
                uint256 parents = 0;
                for (uint256 i = 0; i < count; i++) {
                    (uint256 position, bytes32 node) = (positions[i], nodes[i]);
                    if (position & 1 == 1) node = Merkle.join(siblings.read(zero), node);
                    else if (i + 1 < count && positions[i + 1] == position + 1) node = Merkle.join(node, nodes[++i]);
                    else node = Merkle.join(node, siblings.read(zero));
                    (positions[parents], nodes[parents]) = (position >> 1, node);
                    parents++;
                }
                count = parents;
                zero = Merkle.join(zero, zero);
            }
            return nodes[0];
        }
    }
}
