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
    /// @notice Begins `row` at `at`, behind a bitmap of `bits` bits, big-endian; gives where it ends. `bits` is at most 255.
    function readRow(Row memory row, bytes calldata witness, uint256 at, uint256 bits)
        internal
        pure
        returns (uint256 end)
    {
        unchecked {
            uint256 bytesOfBitmap = (bits + 7) >> 3;
            end = at + bytesOfBitmap;
            if (witness.length < end) revert WitnessMalformed(end, witness.length);
            uint256 bitmap;
            assembly ("memory-safe") {
                bitmap := shr(sub(256, shl(3, bytesOfBitmap)), calldataload(add(witness.offset, at)))
                mstore(row, bitmap)
                mstore(add(row, 0x20), 0)
                mstore(add(row, 0x40), add(witness.offset, end))
            }
            end += 32 * Merkle.countBits(bitmap);
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
        _requireSpent(row.bitmap, row.used);
    }

    function _requireSpent(uint256 bitmap, uint256 used) private pure {
        uint256 expected = bitmap & ((1 << used) - 1);
        if (bitmap != expected) revert WitnessMalformed(expected, bitmap);
    }

    /// @notice The root of the tree of height `levels` in which `node`, of height 0 there, stands at `index`, from the
    /// row's next words. `zero` is the zero root beside it.
    function climb(Row memory row, bytes32 node, uint256 index, uint256 levels, bytes32 zero)
        internal
        pure
        returns (bytes32 root)
    {
        assembly ("memory-safe") {
            let used := mload(add(row, 0x20))
            let bitmap := shr(used, mload(row))
            let next := mload(add(row, 0x40))
            mstore(add(row, 0x20), add(used, levels))
            // By how many levels `zero` is behind: it is raised where it is needed alone.
            let behind := 0
            for {} levels { levels := sub(levels, 1) } {
                let sibling
                switch and(bitmap, 1)
                case 0 {
                    for {} behind { behind := sub(behind, 1) } {
                        mstore(0x00, zero)
                        mstore(0x20, zero)
                        zero := keccak256(0x00, 0x40)
                    }
                    sibling := zero
                }
                default {
                    sibling := calldataload(next)
                    next := add(next, 32)
                }
                // The node goes left where the index is even: to 0x00, its sibling to 0x20.
                let place := shl(5, and(index, 1))
                mstore(place, node)
                mstore(xor(place, 0x20), sibling)
                node := keccak256(0x00, 0x40)
                behind := add(behind, 1)
                index := shr(1, index)
                bitmap := shr(1, bitmap)
            }
            mstore(add(row, 0x40), next)
            root := node
        }
    }

    /// @notice Opens the leaves at `indices`, ascending, all of them in the tree of `height`, from the proof at `at`, and
    /// puts them into `opened`; gives the root, and where the proof ends. An absent leaf is `zero`. Whose root it is
    /// remains to be checked.
    function openLeaves(
        Leaves memory opened,
        bytes calldata witness,
        uint256 at,
        uint256[] memory indices,
        uint256 height,
        bytes32 zero
    ) internal pure returns (bytes32 root, uint256 end) {
        unchecked {
            uint256 count = indices.length;
            Row memory row = opened.siblings;
            end = row.readRow(witness, at, count * (height + 1));
            bytes32[] memory leaves = _readLeaves(row, count, zero);
            opened.indices = indices;
            opened.leaves = leaves;
            opened.height = height;
            uint256 used;
            (root, used) = _climbTogether(indices, leaves, height, row, zero);
            _requireSpent(row.bitmap, row.used + used);
        }
    }

    function _readLeaves(Row memory row, uint256 count, bytes32 zero) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        assembly ("memory-safe") {
            let bitmap := mload(row)
            let next := mload(add(row, 0x40))
            let at := add(leaves, 0x20)
            for { let end := add(at, shl(5, count)) } lt(at, end) { at := add(at, 0x20) } {
                let leaf := zero
                if and(bitmap, 1) {
                    leaf := calldataload(next)
                    next := add(next, 32)
                }
                mstore(at, leaf)
                bitmap := shr(1, bitmap)
            }
            mstore(add(row, 0x20), count)
            mstore(add(row, 0x40), next)
        }
    }

    /// @notice Opens the one leaf at `index`.
    function openLeaf(bytes calldata witness, uint256 at, uint256 index, uint256 height, bytes32 zero)
        internal
        pure
        returns (bytes32 leaf, bytes32 root, uint256 end)
    {
        Row memory row;
        unchecked {
            end = row.readRow(witness, at, height + 1);
        }
        leaf = row.read(zero);
        root = row.climb(leaf, index, height, zero);
        row.requireSpent();
    }

    /// @notice The leaf at `index`, which is one of those that were opened.
    function leafAt(Leaves memory opened, uint256 index) internal pure returns (bytes32 leaf) {
        uint256 place = _placeOf(opened, index);
        assembly ("memory-safe") {
            leaf := mload(place)
        }
    }

    /// @notice The tree's root once the leaf at `index`, one of those that were opened, is another.
    function rootWith(Leaves memory opened, uint256 index, bytes32 leaf, bytes32 zero)
        internal
        pure
        returns (bytes32 root)
    {
        uint256 place = _placeOf(opened, index);
        assembly ("memory-safe") {
            mstore(place, leaf)
        }
        (root,) = _climbTogether(opened.indices, opened.leaves, opened.height, opened.siblings, zero);
    }

    /// @dev Where the leaf stands in memory.
    function _placeOf(Leaves memory opened, uint256 index) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            let indices := mload(opened)
            let at := add(indices, 0x20)
            for {} iszero(eq(mload(at), index)) {} { at := add(at, 0x20) }
            place := add(mload(add(opened, 0x20)), sub(at, indices))
        }
    }

    /// @dev The row is not written to: the leaves can be climbed from again.
    function _climbTogether(
        uint256[] memory indices,
        bytes32[] memory leaves,
        uint256 height,
        Row memory siblings,
        bytes32 zero
    ) private pure returns (bytes32 root, uint256 used) {
        assembly ("memory-safe") {
            let count := mload(indices)
            let bitmap := shr(mload(add(siblings, 0x20)), mload(siblings))
            let next := mload(add(siblings, 0x40))
            // Pairs of position and node, behind all that is allocated; parents take the places of their children.
            let pairs := mload(0x40)
            let from := add(indices, 0x20)
            let shift := sub(leaves, indices)
            for { let to := pairs let end := add(pairs, shl(6, count)) } lt(to, end) { to := add(to, 0x40) } {
                mstore(to, mload(from))
                mstore(add(to, 0x20), mload(add(from, shift)))
                from := add(from, 0x20)
            }
            // By how many levels `zero` is behind: it is raised where it is needed alone.
            let behind := 0
            for {} height { height := sub(height, 1) } {
                let to := pairs
                let end := add(pairs, shl(6, count))
                for { let at := pairs } lt(at, end) { at := add(at, 0x40) } {
                    let position := mload(at)
                    let node := mload(add(at, 0x20))
                    let place := shl(5, and(position, 1))
                    let sibling
                    let neighbour := add(at, 0x40)
                    // A left child whose right neighbour is there: the two have one parent.
                    let paired := and(lt(neighbour, end), iszero(place))
                    if paired { paired := eq(mload(neighbour), add(position, 1)) }
                    switch paired
                    case 1 {
                        sibling := mload(add(neighbour, 0x20))
                        at := neighbour
                    }
                    default {
                        switch and(bitmap, 1)
                        case 0 {
                            for {} behind { behind := sub(behind, 1) } {
                                mstore(0x00, zero)
                                mstore(0x20, zero)
                                zero := keccak256(0x00, 0x40)
                            }
                            sibling := zero
                        }
                        default {
                            sibling := calldataload(next)
                            next := add(next, 32)
                        }
                        bitmap := shr(1, bitmap)
                        used := add(used, 1)
                    }
                    mstore(place, node)
                    mstore(xor(place, 0x20), sibling)
                    mstore(to, shr(1, position))
                    mstore(add(to, 0x20), keccak256(0x00, 0x40))
                    to := add(to, 0x40)
                }
                count := shr(6, sub(to, pairs))
                behind := add(behind, 1)
            }
            root := mload(add(pairs, 0x20))
        }
    }
}
