// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "../libraries/Merkle.sol";
import {PreStateMismatch, WitnessMalformed} from "../libraries/WitnessRejections.sol";
import {EndMismatch, LengthInvalid} from "../Rejections.sol";
import {GraphPhase} from "./GraphPhase.sol";
import {NodeOpening} from "./NodeOpening.sol";
import {RegisteredModel} from "./RegisteredModel.sol";
import {VmPhase} from "./VmPhase.sol";

/// @title One step is one iteration: the whole graph, from the carry slots that the last one left
/// @notice Mirrors spec/tower/phases/loop.ts. A state is keccak(index of the iteration to run next, as 4 bytes
/// big-endian, root over the carry slots). The carry is the left half of the graph's value slots.
library LoopPhase {
    uint256 private constant INDEX_BYTES = 4;
    uint256 private constant WITNESS_BYTES = INDEX_BYTES + 3 * 32;

    /// @notice Witness: siblings of the input's slot in the carry tree.
    function startRoot(RegisteredModel storage model, bytes32 input, bytes calldata witness)
        internal
        view
        returns (bytes32)
    {
        return _stateRoot(0, VmPhase.carryWithInput(model, GraphPhase.carryHeight(model), input, witness));
    }

    /// @notice Witness: proof of the output's slot in the carry.
    function outputRoot(
        RegisteredModel storage model,
        uint256 iterations,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view returns (bytes32 output) {
        // LOOP-1: as many iterations as were asked for.
        if (length != iterations) revert LengthInvalid(iterations, length);
        bytes32 carry;
        (output, carry) = VmPhase.openOnly(witness, model.outputSlot, GraphPhase.carryHeight(model));
        bytes32 actual = _stateRoot(length, carry);
        if (actual != end) revert EndMismatch(end, actual);
    }

    /// @notice From an iteration to the graph. Witness: index (4, big-endian) | root over the carry slots | the two halves
    /// of the values in the graph's last state.
    function toGraph(
        RegisteredModel storage model,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view returns (bytes32 start, bytes32 post) {
        if (witness.length != WITNESS_BYTES) revert WitnessMalformed(WITNESS_BYTES, witness.length);
        uint256 iteration = uint32(bytes4(witness[:INDEX_BYTES]));
        bytes32 carry = bytes32(witness[INDEX_BYTES:]);
        // LOOP-2: iteration and carry come from the agreed pre-state.
        bytes32 actual = _stateRoot(iteration, carry);
        if (actual != preState) revert PreStateMismatch(preState, actual);
        start = GraphPhase.firstState(model, carry);
        // LOOP-3: an iteration runs all nodes of the committed graph.
        if (length != model.nodeCount) revert LengthInvalid(model.nodeCount, length);
        bytes32 left = bytes32(witness[INDEX_BYTES + 32:]);
        actual = NodeOpening.stateRoot(length, Merkle.join(left, bytes32(witness[INDEX_BYTES + 64:])));
        if (actual != end) revert EndMismatch(end, actual);
        post = _stateRoot(iteration + 1, left);
    }

    /// @dev The index is one of 2^32, whatever a state that nobody can reach says.
    function _stateRoot(uint256 iteration, bytes32 carry) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint32(iteration), carry));
    }
}
