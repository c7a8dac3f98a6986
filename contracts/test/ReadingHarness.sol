// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Instruction, Rv32} from "../libraries/Rv32.sol";
import {Descriptor, Head} from "../phases/Descriptor.sol";

/// @title What the chain reads of words and of descriptors, to compare it with the published vectors
contract ReadingHarness {
    /// @notice Of each word: kind, operation, rd, rs1, rs2, immediate.
    function decode(uint32[] calldata words) external pure returns (int256[6][] memory decoded) {
        decoded = new int256[6][](words.length);
        for (uint256 i = 0; i < words.length; i++) {
            Instruction memory instruction = Rv32.decode(words[i]);
            decoded[i] = [
                int256(uint256(instruction.kind)),
                int256(instruction.operation),
                int256(instruction.rd),
                int256(instruction.rs1),
                int256(instruction.rs2),
                instruction.immediate
            ];
        }
    }

    /// @notice Kinds and indices of the six operands, the output's slot, whether it is in place, the number of tiles.
    function read(bytes32 leaf)
        external
        pure
        returns (uint256[6] memory kinds, uint256[6] memory indices, uint256 slot, bool inPlace, uint256 tiles)
    {
        Head head = Head.wrap(leaf);
        for (uint256 i = 0; i < 6; i++) (kinds[i], indices[i]) = head.operand(i);
        return (kinds, indices, head.outputSlot(), head.isInPlace(), head.tileCount());
    }

    function jobRoot(bytes32 descriptor, uint256 firstTile, uint256 count) external pure returns (bytes32) {
        return Descriptor.jobRoot(descriptor, firstTile, count);
    }
}
