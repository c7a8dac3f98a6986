// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MachineState, MachineStates} from "./MachineState.sol";
import {Merkle} from "./Merkle.sol";
import {DataAccess, Instruction, Rv32} from "./Rv32.sol";
import {CodeMismatch, PreStateMismatch, WitnessMalformed} from "./WitnessRejections.sol";

/// @title One step of the machine, from a witness
/// @notice Mirrors spec/machine/witness.ts. The witness:
///
///   status (1) | x1..x31 (124) | pc (4), then
///   - machine stable, pc misaligned or pc outside the code tree:
///       memory root (32)
///   - else:
///       code leaf (32) | its siblings (32 each, as many as the code tree is high, lowest first), then
///       - the instruction is a load or store that accesses the memory:
///           data leaf (32) | bitmap (4, big-endian) | siblings (32 each, lowest first)
///           bit i of the bitmap is set where the sibling at level i is given; else it is Z(i)
///       - else: memory root (32)
///
/// A transaction pays for the bytes of its witness more than for all that is done with them, so the code here is
/// written to be read.
library Rv32Step {
    uint256 private constant MEMORY_HEIGHT = 27;

    /// @notice The root of the state after `pre`, by one step of the program. Refusals: `WitnessMalformed` (wrong
    /// length or bitmap), `CodeMismatch` (its code is not the program's), `PreStateMismatch` (its state is not `pre`).
    function stepRoot(uint32 codeBase, uint8 codeHeight, bytes32 codeRoot, bytes32 pre, bytes calldata witness)
        internal
        pure
        returns (bytes32)
    {
        unchecked {
            _requireLeast(MachineStates.PROCESSOR_BYTES, witness.length);
            MachineState state = MachineStates.load(witness);
            (bool fetches, uint256 offset) = codeOffset(codeBase, codeHeight, state.pc());
            if (state.isStable() || !fetches) {
                _provePreState(state, _memoryRoot(witness, MachineStates.PROCESSOR_BYTES), pre);
                if (state.isStable()) return pre;
                state.setStatus(MachineStates.TRAPPED);
                return state.root();
            }

            uint256 siblingsAt = MachineStates.PROCESSOR_BYTES + 32;
            uint256 dataAt = siblingsAt + 32 * uint256(codeHeight);
            _requireLeast(dataAt, witness.length);
            bytes32 codeLeaf = bytes32(witness[MachineStates.PROCESSOR_BYTES:siblingsAt]);
            bytes32 actual = Merkle.climb(codeLeaf, offset >> 5, witness[siblingsAt:dataAt]);
            if (actual != codeRoot) revert CodeMismatch(codeRoot, actual);

            uint32 word = Rv32.swap(uint32(uint256(codeLeaf) >> (224 - 8 * (offset & 31))));
            Instruction memory instruction = Rv32.decode(word);
            DataAccess memory data = Rv32.dataAccess(instruction, state);
            if (data.size != 0) return _replayAccess(state, instruction, data, pre, witness[dataAt:], dataAt);

            _provePreState(state, _memoryRoot(witness, dataAt), pre);
            Rv32.executeInstruction(instruction, state, data, 0);
            return state.root();
        }
    }

    /// @notice Offset of `pc` into a code tree; not `fetches` where a fetch traps before it reads: misaligned, or
    /// outside the tree.
    function codeOffset(uint32 base, uint8 height, uint32 pc) internal pure returns (bool fetches, uint256 offset) {
        unchecked {
            offset = pc - base;
            fetches = pc & 3 == 0 && offset >> (5 + uint256(height)) == 0;
        }
    }

    /// @dev The step of a load or store that accesses the memory; `proof` is the witness from `dataAt` on.
    function _replayAccess(
        MachineState state,
        Instruction memory instruction,
        DataAccess memory data,
        bytes32 pre,
        bytes calldata proof,
        uint256 dataAt
    ) private pure returns (bytes32) {
        unchecked {
            _requireLeast(dataAt + 36, dataAt + proof.length);
            bytes32 leaf = bytes32(proof[0:32]);
            uint256 bitmap = uint32(bytes4(proof[32:36]));
            if (bitmap >> MEMORY_HEIGHT != 0) revert WitnessMalformed(bitmap & ((1 << MEMORY_HEIGHT) - 1), bitmap);
            bytes calldata siblings = proof[36:];
            uint256 expected = 32 * Merkle.countBits(bitmap);
            if (siblings.length != expected) {
                revert WitnessMalformed(dataAt + 36 + expected, dataAt + 36 + siblings.length);
            }
            bytes memory zeros = Merkle.zeroRoots();
            bytes32 memoryRoot = Merkle.climbSparse(leaf, data.leafIndex, MEMORY_HEIGHT, bitmap, siblings, zeros);
            _provePreState(state, memoryRoot, pre);

            bytes32 stored = Rv32.executeInstruction(instruction, state, data, leaf);
            if (stored != leaf) {
                memoryRoot = Merkle.climbSparse(stored, data.leafIndex, MEMORY_HEIGHT, bitmap, siblings, zeros);
                state.setMemoryRoot(memoryRoot);
            }
            return state.root();
        }
    }

    /// @dev Completes the state with its memory root; it must then be the agreed one.
    function _provePreState(MachineState state, bytes32 memoryRoot, bytes32 pre) private pure {
        state.setMemoryRoot(memoryRoot);
        bytes32 actual = state.root();
        if (actual != pre) revert PreStateMismatch(pre, actual);
    }

    /// @dev A memory root alone, from `at` to the end of the witness.
    function _memoryRoot(bytes calldata witness, uint256 at) private pure returns (bytes32) {
        unchecked {
            if (witness.length != at + 32) revert WitnessMalformed(at + 32, witness.length);
            return bytes32(witness[at:]);
        }
    }

    function _requireLeast(uint256 expected, uint256 actual) private pure {
        if (actual < expected) revert WitnessMalformed(expected, actual);
    }
}
