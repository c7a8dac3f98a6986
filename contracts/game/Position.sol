// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "../libraries/Merkle.sol";
import {CallMalformed} from "../Rejections.sol";

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
    /// @dev Of an opening, before its siblings.
    uint256 private constant FIXED_BYTES = 74;

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

    /// @notice The hash of the position that is opened, and the segment of it that is picked, from
    ///
    ///   phase 1 | length 6 | segments 1 | segment 1 | start 32 | end 32 | siblings 1 | that many siblings, 32 bytes each
    ///
    /// of the segment in the vector's tree, lowest first; `used` bytes in all.
    /// A segment or siblings that no such vector has make the hash zero, which is no position's.
    function open(bytes calldata opening)
        internal
        pure
        returns (bytes32 positionHash, Segment memory segment, uint8 picked, uint256 used)
    {
        if (opening.length < FIXED_BYTES) revert CallMalformed(FIXED_BYTES, opening.length);
        used = FIXED_BYTES + 32 * uint256(uint8(opening[FIXED_BYTES - 1]));
        if (opening.length < used) revert CallMalformed(used, opening.length);
        uint256 length = uint48(bytes6(opening[1:7]));
        uint256 segments = uint8(opening[7]);
        picked = uint8(opening[8]);
        segment.phase = uint8(opening[0]);
        segment.start = bytes32(opening[9:41]);
        segment.end = bytes32(opening[41:73]);
        if (picked >= segments || used - FIXED_BYTES != 32 * vectorHeight(segments)) return (0, segment, picked, used);
        bytes32 vector = Merkle.climb(Merkle.join(segment.start, segment.end), picked, opening[FIXED_BYTES:used]);
        positionHash = hashOf(segment.phase, length, segments, vector);
        segment.length = cutPoint(uint256(picked) + 1, length, segments) - cutPoint(picked, length, segments);
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
