// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MachineStates} from "../libraries/MachineState.sol";
import {Merkle} from "../libraries/Merkle.sol";
import {Leaves} from "../libraries/Multiproof.sol";

/// @title The Merkle library's functions, to compare them with the specification's
contract MerkleHarness {
    function zeroRoot(uint256 height) external pure returns (bytes32) {
        return Merkle.zeroRoot(height);
    }

    function climb(bytes32 leaf, uint256 index, bytes calldata siblings) external pure returns (bytes32) {
        return Merkle.climb(leaf, index, siblings);
    }

    /// @notice The leaves at `indices`, their root, where the proof ends, and the root once the one at `index` is `leaf`.
    function openLeaves(
        bytes calldata witness,
        uint256 at,
        uint256[] memory indices,
        uint256 height,
        uint256 leafHeight,
        uint256 index,
        bytes32 leaf
    ) external pure returns (bytes32[] memory, bytes32 root, uint256 end, bytes32 rootWith) {
        bytes32 zero = Merkle.zeroRoot(leafHeight);
        Leaves memory opened;
        (root, end) = opened.openLeaves(witness, at, indices, height, zero);
        bytes32[] memory leaves = new bytes32[](indices.length);
        for (uint256 i = 0; i < leaves.length; i++) leaves[i] = opened.leafAt(indices[i]);
        rootWith = opened.rootWith(index, leaf, zero);
        return (leaves, root, end, rootWith);
    }

    function rootOfBytes(bytes calldata data, uint256 height) external pure returns (bytes32) {
        return Merkle.rootOfBytes(data, height);
    }

    function padToHeight(bytes32 root, uint256 from, uint256 to) external pure returns (bytes32) {
        return Merkle.padToHeight(root, from, to);
    }

    function initialRoot(bytes32 memoryRoot, uint32 entry) external pure returns (bytes32) {
        return MachineStates.initialRoot(memoryRoot, entry);
    }
}
