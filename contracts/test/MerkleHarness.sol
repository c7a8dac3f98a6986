// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MachineStates} from "../libraries/MachineState.sol";
import {Merkle} from "../libraries/Merkle.sol";

/// @title The Merkle library's functions, to compare them with the specification's
contract MerkleHarness {
    function zeroRoot(uint256 height) external pure returns (bytes32) {
        return Merkle.zeroRoot(height);
    }

    function climb(bytes32 leaf, uint256 index, bytes calldata siblings) external pure returns (bytes32) {
        return Merkle.climb(leaf, index, siblings);
    }

    function climbPair(bytes32 left, bytes32 right, uint256 index, uint256 height, bytes calldata siblings)
        external
        pure
        returns (bytes32)
    {
        return Merkle.climbPair(left, right, index, height, siblings);
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
