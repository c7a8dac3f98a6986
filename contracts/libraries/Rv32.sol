// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MachineState, MachineStates} from "./MachineState.sol";

/// @dev What an instruction is, without its operands. The order is that of spec/machine/decode.ts.
enum Kind {
    Illegal,
    Fence,
    Ecall,
    Ebreak,
    Register,
    Immediate,
    Load,
    Store,
    Branch,
    Lui,
    Auipc,
    Jal,
    Jalr
}

/// @dev `operation` is funct3 for loads, stores and branches, one of `Rv32`'s constants for arithmetic, else 0.
struct Instruction {
    Kind kind;
    uint256 operation;
    uint256 rd;
    uint256 rs1;
    uint256 rs2;
    int32 immediate;
}

/// @dev Where a load or store accesses the memory; `size` is 1, 2 or 4 bytes, 0 where there is no access.
struct DataAccess {
    uint256 leafIndex;
    uint256 offset;
    uint256 size;
}

/// @title RV32IM: decoder and execution of one instruction
/// @notice Mirrors spec/machine/decode.ts and spec/machine/execute.ts, function by function. All arithmetic is modulo
/// 2^32 and unchecked on purpose.
library Rv32 {
    uint256 internal constant EXIT_CALL = 93;
    uint256 private constant A7 = 17;

    uint256 private constant ECALL = 0x00000073;
    uint256 private constant EBREAK = 0x00100073;

    // Arithmetic: funct3, plus 8 for funct7 = 1 (M), plus 16 for funct7 = 0x20.
    uint256 private constant ADD = 0;
    uint256 private constant SLL = 1;
    uint256 private constant SLT = 2;
    uint256 private constant SLTU = 3;
    uint256 private constant XOR = 4;
    uint256 private constant SRL = 5;
    uint256 private constant OR = 6;
    uint256 private constant AND = 7;
    uint256 private constant MUL = 8;
    uint256 private constant MULH = 9;
    uint256 private constant MULHSU = 10;
    uint256 private constant MULHU = 11;
    uint256 private constant DIV = 12;
    uint256 private constant DIVU = 13;
    uint256 private constant REM = 14;
    uint256 private constant REMU = 15;
    uint256 private constant SUB = 16;
    uint256 private constant SRA = 21;

    /// @notice The instruction that `word` encodes: total, all 2^32 words.
    function decode(uint32 word) internal pure returns (Instruction memory instruction) {
        unchecked {
            uint256 opcode = word & 0x7f;
            uint256 funct3 = (word >> 12) & 0x7;
            uint256 funct7 = word >> 25;
            instruction.rd = (word >> 7) & 0x1f;
            instruction.rs1 = (word >> 15) & 0x1f;
            instruction.rs2 = (word >> 20) & 0x1f;
            if (opcode == 0x03) {
                if (funct3 == 3 || funct3 > 5) return instruction;
                instruction.kind = Kind.Load;
                instruction.operation = funct3;
                instruction.immediate = immediateI(word);
            } else if (opcode == 0x0f) {
                if (funct3 == 0) instruction.kind = Kind.Fence;
            } else if (opcode == 0x13) {
                bool shift = funct3 == 1 || funct3 == 5;
                bool arithmetic = funct3 == 5 && funct7 == 0x20;
                if (shift && funct7 != 0 && !arithmetic) return instruction;
                instruction.kind = Kind.Immediate;
                instruction.operation = arithmetic ? SRA : funct3;
                instruction.immediate = shift ? int32(uint32(instruction.rs2)) : immediateI(word);
            } else if (opcode == 0x17) {
                instruction.kind = Kind.Auipc;
                instruction.immediate = immediateU(word);
            } else if (opcode == 0x23) {
                if (funct3 > 2) return instruction;
                instruction.kind = Kind.Store;
                instruction.operation = funct3;
                instruction.immediate = immediateS(word);
            } else if (opcode == 0x33) {
                if (funct7 == 0x20 ? funct3 != 0 && funct3 != 5 : funct7 > 1) return instruction;
                instruction.kind = Kind.Register;
                instruction.operation = funct3 + (funct7 == 0x20 ? 16 : 8 * funct7);
            } else if (opcode == 0x37) {
                instruction.kind = Kind.Lui;
                instruction.immediate = immediateU(word);
            } else if (opcode == 0x63) {
                if (funct3 == 2 || funct3 == 3) return instruction;
                instruction.kind = Kind.Branch;
                instruction.operation = funct3;
                instruction.immediate = immediateB(word);
            } else if (opcode == 0x67) {
                if (funct3 != 0) return instruction;
                instruction.kind = Kind.Jalr;
                instruction.immediate = immediateI(word);
            } else if (opcode == 0x6f) {
                instruction.kind = Kind.Jal;
                instruction.immediate = immediateJ(word);
            } else if (word == ECALL) {
                instruction.kind = Kind.Ecall;
            } else if (word == EBREAK) {
                instruction.kind = Kind.Ebreak;
            }
        }
    }

    // The immediates of the five formats, sign bit always at bit 31.

    function immediateI(uint32 word) internal pure returns (int32) {
        return int32(word) >> 20;
    }

    function immediateS(uint32 word) internal pure returns (int32) {
        return ((int32(word) >> 25) << 5) | int32((word >> 7) & 0x1f);
    }

    function immediateB(uint32 word) internal pure returns (int32) {
        return ((int32(word) >> 31) << 12)
            | int32(((word << 4) & 0x800) | ((word >> 20) & 0x7e0) | ((word >> 7) & 0x1e));
    }

    function immediateU(uint32 word) internal pure returns (int32) {
        return int32(word & 0xfffff000);
    }

    function immediateJ(uint32 word) internal pure returns (int32) {
        return ((int32(word) >> 31) << 20)
            | int32((word & 0xff000) | ((word >> 9) & 0x800) | ((word >> 20) & 0x7fe));
    }

    /// @notice The access that `instruction` makes; size 0 where it makes none, because it traps or is no load or
    /// store.
    function dataAccess(Instruction memory instruction, MachineState state)
        internal
        pure
        returns (DataAccess memory data)
    {
        unchecked {
            if (instruction.kind != Kind.Load && instruction.kind != Kind.Store) return data;
            uint256 size = 1 << (instruction.operation & 3);
            uint256 target = state.register(instruction.rs1) + uint32(instruction.immediate);
            if (target & (size - 1) != 0) return data;
            data.leafIndex = target >> 5;
            data.offset = target & 31;
            data.size = size;
        }
    }

    /// @notice `a op b`. Division by zero and overflow as in the manual, table "Semantics for division".
    function compute(uint256 operation, uint32 a, uint32 b) internal pure returns (uint32) {
        unchecked {
            if (operation < MUL) {
                if (operation == ADD) return a + b;
                if (operation == SLL) return a << (b & 31);
                if (operation == SLT) return int32(a) < int32(b) ? 1 : 0;
                if (operation == SLTU) return a < b ? 1 : 0;
                if (operation == XOR) return a ^ b;
                if (operation == SRL) return a >> (b & 31);
                if (operation == OR) return a | b;
                return a & b; // AND
            }
            if (operation == MUL) return a * b;
            if (operation == MULH) return high(int256(int32(a)) * int256(int32(b)));
            if (operation == MULHSU) return high(int256(int32(a)) * int256(uint256(b)));
            if (operation == MULHU) return high(int256(uint256(a)) * int256(uint256(b)));
            if (operation == DIV) return b == 0 ? type(uint32).max : uint32(int32(a) / int32(b));
            if (operation == DIVU) return b == 0 ? type(uint32).max : a / b;
            if (operation == REM) return b == 0 ? a : uint32(int32(a) % int32(b));
            if (operation == REMU) return b == 0 ? a : a % b;
            if (operation == SUB) return a - b;
            return uint32(int32(a) >> (b & 31)); // SRA
        }
    }

    /// @dev The upper half of a product of 64 bits.
    function high(int256 product) private pure returns (uint32) {
        return uint32(uint256(product) >> 32);
    }

    function isTaken(uint256 operation, uint32 a, uint32 b) internal pure returns (bool) {
        if (operation == 0) return a == b;
        if (operation == 1) return a != b;
        if (operation == 4) return int32(a) < int32(b);
        if (operation == 5) return int32(a) >= int32(b);
        if (operation == 6) return a < b;
        return a >= b;
    }

    /// @notice What a load of `operation` (its funct3) at `data` reads from `leaf`.
    function loadedValue(uint256 operation, bytes32 leaf, DataAccess memory data) internal pure returns (uint32) {
        unchecked {
            uint32 value = littleEndian(leaf << (8 * data.offset), data.size);
            if (operation == 0) return uint32(int32(int8(uint8(value))));
            if (operation == 1) return uint32(int32(int16(uint16(value))));
            return value;
        }
    }

    /// @notice `leaf` with the lowest `data.size` bytes of `value` at `data.offset`.
    function storedLeaf(bytes32 leaf, DataAccess memory data, uint32 value) internal pure returns (bytes32) {
        unchecked {
            uint256 mask = type(uint256).max << (256 - 8 * data.size);
            uint256 bytes4Value = uint256(swap(value)) << 224;
            return (leaf & ~bytes32(mask >> (8 * data.offset))) | bytes32((bytes4Value & mask) >> (8 * data.offset));
        }
    }

    /// @dev The first `size` bytes (1, 2 or 4) of `data` as a little-endian number.
    function littleEndian(bytes32 data, uint256 size) private pure returns (uint32) {
        unchecked {
            return swap(uint32(uint256(data) >> 224)) & uint32((1 << (8 * size)) - 1);
        }
    }

    /// @notice Reverses the four bytes.
    function swap(uint32 word) internal pure returns (uint32) {
        word = ((word & 0x00ff00ff) << 8) | ((word >> 8) & 0x00ff00ff);
        return (word << 16) | (word >> 16);
    }

    /// @notice What the instruction at pc does to a running machine, `leaf` being the leaf of memory that it accesses.
    /// Changes `state`, and gives the leaf after a store, `leaf` itself else.
    function executeInstruction(
        Instruction memory instruction,
        MachineState state,
        DataAccess memory data,
        bytes32 leaf
    ) internal pure returns (bytes32) {
        unchecked {
            Kind kind = instruction.kind;
            uint32 pc = state.pc();
            uint32 a = state.register(instruction.rs1);
            if (kind == Kind.Register) {
                write(state, instruction.rd, compute(instruction.operation, a, state.register(instruction.rs2)), pc + 4);
            } else if (kind == Kind.Immediate) {
                write(state, instruction.rd, compute(instruction.operation, a, uint32(instruction.immediate)), pc + 4);
            } else if (kind == Kind.Lui) {
                write(state, instruction.rd, uint32(instruction.immediate), pc + 4);
            } else if (kind == Kind.Auipc) {
                write(state, instruction.rd, pc + uint32(instruction.immediate), pc + 4);
            } else if (kind == Kind.Jal) {
                write(state, instruction.rd, pc + 4, pc + uint32(instruction.immediate));
            } else if (kind == Kind.Jalr) {
                write(state, instruction.rd, pc + 4, (a + uint32(instruction.immediate)) & ~uint32(1));
            } else if (kind == Kind.Branch) {
                bool taken = isTaken(instruction.operation, a, state.register(instruction.rs2));
                write(state, 0, 0, pc + (taken ? uint32(instruction.immediate) : 4));
            } else if (kind == Kind.Load) {
                if (data.size == 0) state.setStatus(MachineStates.TRAPPED);
                else write(state, instruction.rd, loadedValue(instruction.operation, leaf, data), pc + 4);
            } else if (kind == Kind.Store) {
                if (data.size == 0) {
                    state.setStatus(MachineStates.TRAPPED);
                } else {
                    leaf = storedLeaf(leaf, data, state.register(instruction.rs2));
                    write(state, 0, 0, pc + 4);
                }
            } else if (kind == Kind.Fence) {
                write(state, 0, 0, pc + 4);
            } else if (kind == Kind.Ecall && state.register(A7) == EXIT_CALL) {
                state.setStatus(MachineStates.EXITED);
            } else {
                state.setStatus(MachineStates.TRAPPED);
            }
            return leaf;
        }
    }

    /// @dev Writes rd and goes to `target`; a misaligned target traps and writes nothing.
    function write(MachineState state, uint256 rd, uint32 value, uint32 target) private pure {
        if (target & 3 != 0) {
            state.setStatus(MachineStates.TRAPPED);
        } else {
            state.setRegister(rd, value);
            state.setPc(target);
        }
    }
}
