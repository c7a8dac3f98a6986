// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "../libraries/Merkle.sol";
import {StateMismatch} from "../Rejections.sol";

/// One segment of a position, opened against the position's hash.
struct Opening {
    uint8 phase;
    uint48 length;
    /// Segments of the vector.
    uint8 segments;
    /// Index of the segment picked.
    uint8 segment;
    bytes32 start;
    bytes32 end;
    /// Of the segment in the vector's tree, 32 bytes each, lowest first.
    bytes siblings;
}

/// A segment that the mover has picked: its start is agreed, its end disputed.
struct Segment {
    uint256 phase;
    uint256 length;
    bytes32 start;
    bytes32 end;
}

/// @title A run of one phase and a vector of roots at its cut points
/// @notice Mirrors spec/game/position.ts. The chain keeps the hash alone:
/// keccak(phase as 1 byte, length as 6, segments as 1, root of the tree over the vector's segments).
library Position {
    function segmentCount(uint256 length, uint256 arity) internal pure returns (uint256) {
        return length < arity ? length : arity;
    }

    /// @notice Cut point `i` of `segments`: floor(i * length / segments).
    function cutPoint(uint256 i, uint256 length, uint256 segments) internal pure returns (uint256) {
        return (i * length) / segments;
    }

    /// @notice Height of the tree over `segments`: the least h with 2^h >= segments.
    function vectorHeight(uint256 segments) internal pure returns (uint256 height) {
        while ((1 << height) < segments) height++;
    }

    /// @notice Hash of the position with that start and those roots, 32 bytes each, behind it.
    function hash(uint256 phase, uint256 length, bytes32 start, bytes calldata roots)
        internal
        pure
        returns (bytes32)
    {
        uint256 segments = roots.length >> 5;
        return hashOf(phase, length, segments, vectorRoot(start, roots));
    }

    /// @notice BIND-1: refuses an opening of any other position than the one that hashes to `expected`.
    function open(Opening calldata opening, bytes32 expected) internal pure returns (Segment memory segment) {
        uint256 segments = opening.segments;
        if (opening.segment >= segments || opening.siblings.length != 32 * vectorHeight(segments)) {
            revert StateMismatch(expected, 0);
        }
        bytes32 leaf = Merkle.join(opening.start, opening.end);
        bytes32 vector = Merkle.climb(leaf, opening.segment, opening.siblings);
        bytes32 actual = hashOf(opening.phase, opening.length, segments, vector);
        if (actual != expected) revert StateMismatch(expected, actual);
        uint256 from = cutPoint(opening.segment, opening.length, segments);
        uint256 to = cutPoint(uint256(opening.segment) + 1, opening.length, segments);
        return Segment(opening.phase, to - from, opening.start, opening.end);
    }

    function hashOf(uint256 phase, uint256 length, uint256 segments, bytes32 vector)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(uint8(phase), uint48(length), uint8(segments), vector));
    }

    /// @notice Root of the tree over the segments of a vector, whose leaf is keccak(root at its start, root at its end).
    function vectorRoot(bytes32 start, bytes calldata roots) internal pure returns (bytes32 root) {
        bytes memory zeros = Merkle.zeroRoots();
        uint256 nodes;
        assembly ("memory-safe") {
            nodes := mload(0x40)
            mstore(nodes, start)
            calldatacopy(add(nodes, 32), roots.offset, roots.length)
            // Each leaf takes the place of its first root, which no later one has.
            for { let at := nodes let end := add(nodes, roots.length) } lt(at, end) { at := add(at, 32) } {
                mstore(at, keccak256(at, 64))
            }
        }
        (root,) = Merkle.reduce(nodes, roots.length >> 5, zeros);
    }
}
