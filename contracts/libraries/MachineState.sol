// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The machine's state, as the preimage of its root
/// @notice Mirrors spec/machine/state.ts. The state root is keccak-256 of 161 bytes:
///
///   bytes   0..31   memory root
///   byte   32       status: 0 running, 1 exited, 2 trapped
///   bytes  33..156  x1 to x31, 32-bit big-endian
///   bytes 157..160  pc, 32-bit big-endian
///
/// A state here is a pointer to those bytes in memory.
type MachineState is uint256;

using MachineStates for MachineState global;

library MachineStates {
    uint256 internal constant RUNNING = 0;
    uint256 internal constant EXITED = 1;
    uint256 internal constant TRAPPED = 2;

    /// @dev All of the state but the memory root.
    uint256 internal constant PROCESSOR_BYTES = 129;
    uint256 internal constant STATE_BYTES = 161;

    /// @notice The state with the processor that stands at the start of `witness`, 129 bytes that the caller has
    /// checked to be there, and a memory root of zero.
    function load(bytes calldata witness) internal pure returns (MachineState state) {
        // Seven words: a register is read and written as the first bytes of 32, which for pc run past the end.
        bytes memory preimage = new bytes(224);
        assembly ("memory-safe") {
            state := add(preimage, 32)
            calldatacopy(add(state, 32), witness.offset, PROCESSOR_BYTES)
        }
    }

    function root(MachineState state) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(state, STATE_BYTES)
        }
    }

    /// @notice The root of the state of a machine with that memory that is about to execute its first instruction:
    /// running, all registers zero.
    function initialRoot(bytes32 memoryRoot, uint32 entry) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let state := mload(0x40)
            mstore(state, memoryRoot)
            mstore(add(state, 32), 0)
            mstore(add(state, 64), 0)
            mstore(add(state, 96), 0)
            mstore(add(state, 128), 0)
            mstore(add(state, 157), shl(224, entry))
            hash := keccak256(state, STATE_BYTES)
        }
    }

    function setMemoryRoot(MachineState state, bytes32 memoryRoot) internal pure {
        assembly ("memory-safe") {
            mstore(state, memoryRoot)
        }
    }

    function status(MachineState state) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(0, mload(add(state, 32)))
        }
    }

    function isStable(MachineState state) internal pure returns (bool) {
        return state.status() != RUNNING;
    }

    function setStatus(MachineState state, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore8(add(state, 32), value)
        }
    }

    /// @notice Register `number`, 0 to 31; x0 is zero.
    function register(MachineState state, uint256 number) internal pure returns (uint32 value) {
        if (number == 0) return 0;
        return _wordAt(state, 29 + 4 * number);
    }

    /// @notice Sets register `number`, 0 to 31; x0 stays zero.
    function setRegister(MachineState state, uint256 number, uint32 value) internal pure {
        if (number == 0) return;
        _setWordAt(state, 29 + 4 * number, value);
    }

    function pc(MachineState state) internal pure returns (uint32) {
        return _wordAt(state, 157);
    }

    function setPc(MachineState state, uint32 value) internal pure {
        _setWordAt(state, 157, value);
    }

    function _wordAt(MachineState state, uint256 offset) private pure returns (uint32 value) {
        assembly ("memory-safe") {
            value := shr(224, mload(add(state, offset)))
        }
    }

    function _setWordAt(MachineState state, uint256 offset, uint32 value) private pure {
        assembly ("memory-safe") {
            let at := add(state, offset)
            mstore(at, or(shl(224, value), shr(32, shl(32, mload(at)))))
        }
    }
}
