// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MachineStates} from "../libraries/MachineState.sol";
import {Merkle} from "../libraries/Merkle.sol";
import {Rv32Step} from "../libraries/Rv32Step.sol";
import {WitnessMalformed} from "../libraries/WitnessRejections.sol";
import {EndMismatch, EndNotStable, LengthInvalid, OutputMismatch, StartMismatch} from "../Rejections.sol";
import {RegisteredModel} from "./RegisteredModel.sol";

/// @title The last phase: one step is one RV32IM instruction
/// @notice Mirrors spec/tower/phases/vm.ts.
library VmPhase {
    /// @dev Height of a memory slot's place: the memory root is the root of eight slot roots.
    uint256 internal constant SLOTS_HEIGHT = 3;
    uint256 internal constant OUTPUT_SLOT = 7;
    /// @dev Z(24): the root of a slot that nobody has written. A constant, since the table of all Z is long.
    bytes32 internal constant UNSET_TENSOR = 0xcdc72595f74c7b1043d0e1ffbab734648c838dfb0527d971b602bc216c9619ef;
    uint256 internal constant PREIMAGE_BYTES = MachineStates.STATE_BYTES;
    uint256 internal constant OUTPUT_OPENING_BYTES = 32 * (1 + SLOTS_HEIGHT);

    /// @notice Opens a machine's last state from its pre-image; gives its memory root and status.
    function openEnd(bytes32 end, bytes calldata preimage)
        internal
        pure
        returns (bytes32 memoryRoot, uint8 status)
    {
        bytes32 actual = keccak256(preimage);
        if (actual != end) revert EndMismatch(end, actual);
        return (bytes32(preimage[0:32]), uint8(preimage[32]));
    }

    /// @notice VM-LENGTH: a run has 1 step to the step limit, and ends stable or has exactly the step limit.
    function checkEnd(uint48 length, uint8 status, uint48 stepLimit) internal pure {
        if (length < 1 || length > stepLimit) revert LengthInvalid(stepLimit, length);
        if (status == MachineStates.RUNNING && length != stepLimit) revert EndNotStable(length, stepLimit);
    }

    /// @notice Opens the output slot of a memory: the slot's root, then its siblings.
    function openOutput(bytes32 memoryRoot, bytes calldata opening) internal pure returns (bytes32 slot) {
        slot = bytes32(opening[0:32]);
        bytes32 actual = Merkle.climb(slot, OUTPUT_SLOT, opening[32:]);
        if (actual != memoryRoot) revert OutputMismatch(memoryRoot, actual);
    }

    /// @notice Puts an input's root into a carry tree of `height` whose input slot is still unset.
    function carryWithInput(RegisteredModel storage model, uint256 height, bytes32 input, bytes calldata witness)
        internal
        view
        returns (bytes32)
    {
        if (witness.length != 32 * height) revert WitnessMalformed(32 * height, witness.length);
        bytes32 expected = model.carryRoot;
        bytes32 actual = Merkle.climb(UNSET_TENSOR, model.inputSlot, witness);
        if (actual != expected) revert StartMismatch(expected, actual);
        return Merkle.climb(input, model.inputSlot, witness);
    }

    /// @notice k = 1: the carry tree is the memory itself.
    function startRoot(RegisteredModel storage model, bytes32 input, bytes calldata witness)
        internal
        view
        returns (bytes32)
    {
        return MachineStates.initialRoot(carryWithInput(model, SLOTS_HEIGHT, input, witness), model.entry);
    }

    function outputRoot(RegisteredModel storage model, bytes32 end, uint48 length, bytes calldata witness)
        internal
        view
        returns (bytes32)
    {
        uint256 expected = PREIMAGE_BYTES + OUTPUT_OPENING_BYTES;
        if (witness.length != expected) revert WitnessMalformed(expected, witness.length);
        (bytes32 memoryRoot, uint8 status) = openEnd(end, witness[0:PREIMAGE_BYTES]);
        checkEnd(length, status, model.stepLimit);
        return openOutput(memoryRoot, witness[PREIMAGE_BYTES:]);
    }

    function stepRoot(RegisteredModel storage model, bytes32 preState, bytes calldata witness)
        internal
        view
        returns (bytes32)
    {
        return Rv32Step.stepRoot(model.codeBase, model.codeHeight, model.codeRoot, preState, witness);
    }
}
