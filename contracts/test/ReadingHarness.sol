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

    /// @notice Digest of what many words decode to, as spec/published/vectors/decoder.json has it.
    /// @param words 4 bytes each
    /// @param operations the number under which an operation is published, by 32 * kind + operation
    /// @param masks by kind: the bits of a record that are published of an instruction of that kind
    function digest(bytes calldata words, bytes calldata operations, uint72[] calldata masks)
        external
        pure
        returns (bytes32)
    {
        bytes memory records;
        uint256 free;
        assembly {
            // In place of `new bytes`: nothing need be cleared, and each instruction goes where the last one was.
            records := mload(0x40)
            let size := mul(shr(2, words.length), 9)
            mstore(records, size)
            free := and(add(add(records, size), 127), not(31))
        }
        unchecked {
            for (uint256 i = 0; i < words.length >> 2; i++) {
                uint256 word;
                assembly {
                    mstore(0x40, free)
                    word := shr(224, calldataload(add(words.offset, shl(2, i))))
                }
                Instruction memory instruction = Rv32.decode(uint32(word));
                uint256 kind = uint256(instruction.kind);
                uint256 record = (kind << 64) | (instruction.rd << 48) | (instruction.rs1 << 40)
                    | (instruction.rs2 << 32) | uint32(instruction.immediate);
                record &= masks[kind];
                record |= uint256(uint8(operations[32 * kind + instruction.operation])) << 56;
                assembly {
                    // Writes past the record, into the next one's place.
                    mstore(add(add(records, 32), mul(i, 9)), shl(184, record))
                }
            }
        }
        return keccak256(records);
    }

    /// @notice Kinds and indices of the six operands, the output's slot, whether it is in place, the number of tiles.
    function read(bytes32 leaf)
        external
        pure
        returns (uint256[6] memory kinds, uint256[6] memory indices, uint256 slot, bool inPlace, uint256 tiles)
    {
        Head head = Descriptor.read(leaf);
        Head rest = head;
        for (uint256 i = 0; i < 6; i++) {
            (kinds[i], indices[i]) = rest.operand();
            rest = rest.next();
        }
        return (kinds, indices, head.outputSlot(), head.isInPlace(), head.tileCount());
    }

    function jobRoot(bytes32 descriptor, uint256 firstTile, uint256 count) external pure returns (bytes32) {
        return Descriptor.jobRoot(descriptor, firstTile, count);
    }
}
