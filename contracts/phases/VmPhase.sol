// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MachineState, MachineStates} from "../libraries/MachineState.sol";
import {Merkle} from "../libraries/Merkle.sol";
import {Multiproof} from "../libraries/Multiproof.sol";
import {Rv32Step} from "../libraries/Rv32Step.sol";
import {WitnessMalformed} from "../libraries/WitnessRejections.sol";
import {EndMismatch, EndNotStable, LengthInvalid, StartMismatch} from "../Rejections.sol";
import {RegisteredModel} from "./RegisteredModel.sol";

/// @title The last phase: one step is one RV32IM instruction
/// @notice Mirrors spec/tower/phases/vm.ts.
library VmPhase {
    /// @dev Height of a memory slot's place: the memory root is the root of eight slot roots.
    uint256 internal constant SLOTS_HEIGHT = 3;
    uint256 internal constant OUTPUT_SLOT = 7;
    /// @dev Z(24): the root of a slot that nobody has written. A constant, since the table of all Z is long.
    bytes32 internal constant UNSET_TENSOR = 0xcdc72595f74c7b1043d0e1ffbab734648c838dfb0527d971b602bc216c9619ef;

    /// @notice The machine at the start of a job: in slot 0 the program's image with the job page above it, then six
    /// operands and the output as it stands.
    function jobStartRoot(RegisteredModel storage model, bytes32 page, bytes32[7] memory tensors)
        internal
        view
        returns (bytes32)
    {
        bytes32 memoryRoot = Merkle.join(
            Merkle.join(
                Merkle.join(Merkle.join(model.imageRoot, page), tensors[0]), Merkle.join(tensors[1], tensors[2])
            ),
            Merkle.join(Merkle.join(tensors[3], tensors[4]), Merkle.join(tensors[5], tensors[6]))
        );
        return MachineStates.initialRoot(memoryRoot, model.entry);
    }

    /// @notice The output of a run of the machine that ended in `end`; holds its length against VM-LENGTH.
    /// Witness, from `at` to its end: proof of the memory's output slot | all of the last state but the memory.
    function openEnd(bytes32 end, uint48 length, uint48 stepLimit, bytes calldata witness, uint256 at)
        internal
        pure
        returns (bytes32 output)
    {
        bytes32 memoryRoot;
        (output, memoryRoot, at) = Multiproof.openLeaf(witness, at, OUTPUT_SLOT, SLOTS_HEIGHT, UNSET_TENSOR);
        uint256 expected = at + MachineStates.PROCESSOR_BYTES;
        if (witness.length != expected) revert WitnessMalformed(expected, witness.length);
        MachineState state = MachineStates.load(witness[at:]);
        state.setMemoryRoot(memoryRoot);
        bytes32 actual = state.root();
        if (actual != end) revert EndMismatch(end, actual);
        // VM-LENGTH: a run has 1 step to the step limit, and ends stable or has exactly the step limit.
        if (length < 1 || length > stepLimit) revert LengthInvalid(stepLimit, length);
        if (!state.isStable() && length != stepLimit) revert EndNotStable(length, stepLimit);
    }

    /// @notice The slot at `index` of a tree of slots, from a witness that is its proof and nothing else.
    function openOnly(bytes calldata witness, uint256 index, uint256 height)
        internal
        pure
        returns (bytes32 slot, bytes32 root)
    {
        uint256 expected;
        (slot, root, expected) = Multiproof.openLeaf(witness, 0, index, height, UNSET_TENSOR);
        if (witness.length != expected) revert WitnessMalformed(expected, witness.length);
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

    function stepRoot(RegisteredModel storage model, bytes32 preState, bytes calldata witness)
        internal
        view
        returns (bytes32)
    {
        return Rv32Step.stepRoot(model.codeBase, model.codeHeight, model.codeRoot, preState, witness);
    }
}
