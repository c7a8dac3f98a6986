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
    /// Its place in the vector.
    uint256 index;
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
        unchecked {
            return (i * length) / segments;
        }
    }

    /// @notice The hash of the position that is opened, and what stands behind; the segment that is picked goes to
    /// `segment`. The opening:
    ///
    ///   phase 1 | length 6 | segments 1 | segment 1 | start 32 | end 32 | siblings 1 | that many siblings, 32 bytes each
    ///
    /// of the segment in the vector's tree, lowest first. A segment or siblings that no such vector has make the hash
    /// zero, which is no position's.
    function open(Segment memory segment, bytes calldata opening)
        internal
        pure
        returns (bytes32 positionHash, bytes calldata rest)
    {
        if (opening.length < FIXED_BYTES) revert CallMalformed(FIXED_BYTES, opening.length);
        uint256 length;
        uint256 segments;
        uint256 picked;
        uint256 height;
        assembly ("memory-safe") {
            let first := calldataload(opening.offset)
            length := and(shr(200, first), 0xffffffffffff)
            segments := byte(7, first)
            picked := byte(8, first)
            height := byte(0, calldataload(add(opening.offset, 73)))
            // phase, start, end, index; the length where the vector is one
            mstore(segment, byte(0, first))
            calldatacopy(add(segment, 0x40), add(opening.offset, 9), 64)
            mstore(add(segment, 0x80), picked)
        }
        unchecked {
            uint256 used = FIXED_BYTES + 32 * height;
            if (opening.length < used) revert CallMalformed(used, opening.length);
            assembly ("memory-safe") {
                rest.offset := add(opening.offset, used)
                rest.length := sub(opening.length, used)
            }
            // The tree's height is the least h with 2^h >= segments.
            if (picked >= segments || 1 << height < segments || (1 << height) >> 1 >= segments) return (0, rest);
            segment.length = cutPoint(picked + 1, length, segments) - cutPoint(picked, length, segments);
            bytes32 vector = Merkle.ascend(
                Merkle.join(segment.start, segment.end), picked, opening[FIXED_BYTES:used]
            );
            return (hashOf(segment.phase, length, segments, vector), rest);
        }
    }

    function hashOf(uint256 phase, uint256 length, uint256 segments, bytes32 vector)
        internal
        pure
        returns (bytes32 positionHash)
    {
        assembly ("memory-safe") {
            // Eight bytes before the vector's word.
            mstore(0x00, or(shl(56, phase), or(shl(8, length), segments)))
            mstore(0x20, vector)
            positionHash := keccak256(0x18, 40)
        }
    }

    /// @notice A vector in memory, where the next allocation would be: the start at `nodes`, the roots behind it, and a
    /// word before it that is the caller's too.
    function load(bytes32 start, bytes calldata roots) internal pure returns (uint256 nodes) {
        assembly ("memory-safe") {
            nodes := add(mload(0x40), 32)
            mstore(nodes, start)
            calldatacopy(add(nodes, 32), roots.offset, roots.length)
        }
    }

    /// @notice Hash of the position with the vector at `nodes`, of so many bytes of roots behind its start. The tree over
    /// its segments, whose leaf is keccak(root at its start, root at its end), takes the vector's place in memory.
    function hash(uint256 phase, uint256 length, uint256 nodes, uint256 rootsBytes) internal pure returns (bytes32) {
        bytes32 vector;
        assembly ("memory-safe") {
            let size := rootsBytes
            let level := 0
            switch and(size, 127)
            case 0 {
                // Four segments at a time, up to their common node: loops cost as much as hashes.
                let to := nodes
                for { let at := nodes let end := add(nodes, size) } lt(at, end) { at := add(at, 128) } {
                    mstore(0x00, keccak256(at, 64))
                    mstore(0x20, keccak256(add(at, 32), 64))
                    let left := keccak256(0x00, 64)
                    mstore(0x00, keccak256(add(at, 64), 64))
                    mstore(0x20, keccak256(add(at, 96), 64))
                    mstore(0x20, keccak256(0x00, 64))
                    mstore(0x00, left)
                    mstore(to, keccak256(0x00, 64))
                    to := add(to, 32)
                }
                size := shr(2, size)
                level := 2
            }
            default {
                // Each leaf takes the place of its first root, which no later one has.
                for { let at := nodes let end := add(nodes, size) } lt(at, end) { at := add(at, 32) } {
                    mstore(at, keccak256(at, 64))
                }
            }
            // Inner nodes, four at a time as long as that goes, ...
            for {} iszero(and(size, 127)) {} {
                let to := nodes
                for { let at := nodes let end := add(nodes, size) } lt(at, end) { at := add(at, 128) } {
                    mstore(0x00, keccak256(at, 64))
                    mstore(0x20, keccak256(add(at, 64), 64))
                    mstore(to, keccak256(0x00, 64))
                    to := add(to, 32)
                }
                size := shr(2, size)
                level := add(level, 2)
            }
            // ... then two at a time.
            for {} gt(size, 32) { level := add(level, 1) } {
                // An odd level ends with an absent neighbour, Z(level).
                if and(size, 32) {
                    let zero := 0
                    for { let i := level } i { i := sub(i, 1) } {
                        mstore(0x00, zero)
                        mstore(0x20, zero)
                        zero := keccak256(0x00, 0x40)
                    }
                    mstore(add(nodes, size), zero)
                    size := add(size, 32)
                }
                let to := nodes
                for { let at := nodes let end := add(nodes, size) } lt(at, end) { at := add(at, 64) } {
                    mstore(to, keccak256(at, 64))
                    to := add(to, 32)
                }
                size := shr(1, size)
            }
            vector := mload(nodes)
        }
        return hashOf(phase, length, rootsBytes >> 5, vector);
    }
}
