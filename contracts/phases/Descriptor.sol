// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "../libraries/Merkle.sol";

/// The words of the first leaf of a node's descriptor, each with its first byte last, as a number has them.
type Head is uint256;

using Descriptor for Head global;

/// @title What the chain reads of a node's descriptor, and the job page
/// @notice Mirrors spec/graph/descriptor.ts. The head's words, 32 bits little-endian each:
///
///   0..5   operand references: bits 31..30 kind (1 value, 2 weight, else none), bits 29..0 index
///   6      output: bit 31 in place, bits 30..0 value slot
///   7      tile count; 0 means one
///
/// Every bit pattern has a meaning.
library Descriptor {
    /// @dev Height of the tree over a descriptor's leaves, and of the half slot that the job page stands in.
    uint256 internal constant HEIGHT = 4;
    /// @dev Z(HEIGHT): what stands beside descriptors where there are no more nodes.
    bytes32 internal constant UNSET = 0xe58769b32a1beaf1ea27375a44095a0d1fb664ce2dd358e7fcbfb78c26a19344;
    uint256 private constant HALF_SLOT_HEIGHT = 23;

    uint256 internal constant OPERANDS = 6;
    uint256 internal constant VALUE = 1;
    uint256 internal constant WEIGHT = 2;

    function read(bytes32 leaf) internal pure returns (Head head) {
        assembly ("memory-safe") {
            // All words at once: bytes change places in each half, then the halves.
            let bytesOfHalves := div(not(0), 0x101)
            let halves := div(not(0), 0x10001)
            let swapped := or(and(shr(8, leaf), bytesOfHalves), shl(8, and(leaf, bytesOfHalves)))
            head := or(and(shr(16, swapped), halves), shl(16, and(swapped, halves)))
        }
    }

    /// @notice The first operand: its kind, and an index that is to be taken modulo its tree's size.
    function operand(Head head) internal pure returns (uint256 kind, uint256 index) {
        uint256 word = _word(head, 0);
        return (word >> 30, word & 0x3fffffff);
    }

    /// @notice The head without its first word.
    function next(Head head) internal pure returns (Head) {
        return Head.wrap(Head.unwrap(head) << 32);
    }

    /// @notice The value slot that the node writes, to be taken modulo the number of slots.
    function outputSlot(Head head) internal pure returns (uint256) {
        return _word(head, OPERANDS) & 0x7fffffff;
    }

    /// @notice Whether the output starts as the value in its slot.
    function isInPlace(Head head) internal pure returns (bool) {
        return _word(head, OPERANDS) >> 31 == 1;
    }

    function tileCount(Head head) internal pure returns (uint256) {
        uint256 count = _word(head, OPERANDS + 1);
        return count == 0 ? 1 : count;
    }

    /// @notice Root of the upper half of slot 0: the descriptor, then the range of tiles.
    function jobRoot(bytes32 descriptor, uint256 firstTile, uint256 count) internal pure returns (bytes32) {
        // The range's leaf: first tile and count, 32-bit little-endian.
        uint256 leaf = (_swap(firstTile) << 224) | (_swap(count) << 192);
        bytes memory zeros = Merkle.zeroRoots();
        bytes32 range = Merkle.padded(bytes32(leaf), 0, HEIGHT, zeros);
        return Merkle.padded(Merkle.join(descriptor, range), HEIGHT + 1, HALF_SLOT_HEIGHT, zeros);
    }

    function _word(Head head, uint256 index) private pure returns (uint256) {
        unchecked {
            return (Head.unwrap(head) >> (224 - 32 * index)) & 0xffffffff;
        }
    }

    /// @dev 32 bits, the other way round.
    function _swap(uint256 word) private pure returns (uint256) {
        return (word >> 24) | ((word >> 8) & 0xff00) | ((word << 8) & 0xff0000) | ((word << 24) & 0xff000000);
    }
}
