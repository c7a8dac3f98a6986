// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "../libraries/Merkle.sol";
import {Multiproof} from "../libraries/Multiproof.sol";
import {EndMismatch, LengthInvalid} from "../Rejections.sol";
import {Descriptor} from "./Descriptor.sol";
import {NodeOpening, OpenedNode} from "./NodeOpening.sol";
import {RegisteredModel} from "./RegisteredModel.sol";
import {VmPhase} from "./VmPhase.sol";

/// @title One step is one node of the computation graph
/// @notice Mirrors spec/tower/phases/graph.ts and spec/tower/phases/graphState.ts: the phase on top, and over the machine.
library GraphPhase {
    /// @notice Witness: siblings of the input's slot in the carry tree.
    function startRoot(RegisteredModel storage model, bytes32 input, bytes calldata witness)
        internal
        view
        returns (bytes32)
    {
        return firstState(model, VmPhase.carryWithInput(model, carryHeight(model), input, witness));
    }

    /// @notice Witness: proof of the output's slot in the values.
    function outputRoot(RegisteredModel storage model, bytes32 end, uint48 length, bytes calldata witness)
        internal
        view
        returns (bytes32 output)
    {
        if (length != model.nodeCount) revert LengthInvalid(model.nodeCount, length);
        bytes32 values;
        (output, values) = VmPhase.openOnly(witness, model.outputSlot, model.valueHeight);
        bytes32 actual = NodeOpening.stateRoot(length, values);
        if (actual != end) revert EndMismatch(end, actual);
    }

    /// @notice From a node to the machine. Witness: as `NodeOpening.open` takes it | end of the machine's run, as
    /// `VmPhase.openEnd`.
    function toVm(
        RegisteredModel storage model,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view returns (bytes32 start, bytes32 post) {
        OpenedNode memory opened = NodeOpening.open(model, preState, witness);
        // DESCENT-1: the memory of the run below, from the agreed pre-state and the committed graph alone.
        bytes32 page = Descriptor.jobRoot(opened.descriptor, 0, opened.head.tileCount());
        start = VmPhase.jobStartRoot(model, page, opened.tensors);
        // DESCENT-2: the post-state that the run below leads to; VM-LENGTH holds its length.
        bytes32 output = VmPhase.openEnd(end, length, model.stepLimit, witness, opened.end);
        post = NodeOpening.stateWith(opened, output);
    }

    /// @notice The first state of a run: the carry beside an unset right half.
    function firstState(RegisteredModel storage model, bytes32 carry) internal view returns (bytes32) {
        bytes32 scratch = VmPhase.UNSET_TENSOR;
        for (uint256 level = carryHeight(model); level != 0; level--) scratch = Merkle.join(scratch, scratch);
        return NodeOpening.stateRoot(0, Merkle.join(carry, scratch));
    }

    /// @notice Height of the tree of carry slots: the left half of the values.
    function carryHeight(RegisteredModel storage model) internal view returns (uint256) {
        return uint256(model.valueHeight) - 1;
    }
}
