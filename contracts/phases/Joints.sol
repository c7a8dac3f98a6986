// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {NoDescent} from "../Rejections.sol";
import {GraphPhase} from "./GraphPhase.sol";
import {LoopPhase} from "./LoopPhase.sol";
import {GRAPH, LOOP, TILE, VM} from "./PhaseCodes.sol";
import {RegisteredModel} from "./RegisteredModel.sol";
import {TilePhase} from "./TilePhase.sol";
import {VmPhase} from "./VmPhase.sol";

/// @title Which phases can be the top, which pairs have a joint
/// @notice The table of spec/tower/towerRules.ts. A phase is found by its code in the model's own list, never by its
/// number.
library Joints {
    /// @notice Refuses a list whose first phase cannot be the top, whose last cannot be arbitrated, or with a pair that
    /// has no joint; gives the list as a model keeps it.
    function check(bytes calldata phases) internal pure returns (uint8 kept) {
        uint8 last = uint8(phases[phases.length - 1]);
        if (last != VM) revert NoDescent(last, 0);
        uint8 above = uint8(phases[0]);
        if (above == TILE) revert NoDescent(0, above);
        for (uint256 i = 1; i < phases.length; i++) {
            uint8 below = uint8(phases[i]);
            if (!_isJoint(above, below)) revert NoDescent(above, below);
            above = below;
        }
        for (uint256 i = phases.length; i != 0; i--) kept = (kept << 2) | (uint8(phases[i - 1]) - 1);
    }

    /// @dev The code of the model's phase at `index`, coarsest first.
    function _phaseAt(RegisteredModel storage model, uint256 index) private view returns (uint256) {
        return 1 + ((model.phases >> (2 * index)) & 3);
    }

    function startRoot(RegisteredModel storage model, bytes32 input, bytes calldata witness)
        internal
        view
        returns (bytes32)
    {
        uint256 top = _phaseAt(model, 0);
        if (top == LOOP) return LoopPhase.startRoot(model, input, witness);
        if (top == GRAPH) return GraphPhase.startRoot(model, input, witness);
        return VmPhase.startRoot(model, input, witness);
    }

    /// @param iterations of the run, where the top phase is `loop`
    function outputRoot(
        RegisteredModel storage model,
        uint256 iterations,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view returns (bytes32) {
        uint256 top = _phaseAt(model, 0);
        if (top == LOOP) return LoopPhase.outputRoot(model, iterations, end, length, witness);
        if (top == GRAPH) return GraphPhase.outputRoot(model, end, length, witness);
        return VmPhase.openEnd(end, length, model.stepLimit, witness, 0);
    }

    /// @notice Both ends of the run below a step of `phase`: its first state, and the post-state of the step.
    function descend(
        RegisteredModel storage model,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view returns (bytes32 start, bytes32 post) {
        uint256 above = _phaseAt(model, phase);
        uint256 below = _phaseAt(model, phase + 1);
        // The joint that stands here is one that registration let through.
        if (above == LOOP) return LoopPhase.toGraph(model, preState, end, length, witness);
        if (above == TILE) return TilePhase.toVm(model, preState, end, length, witness);
        if (below == TILE) return TilePhase.fromGraph(model, preState, end, length, witness);
        return GraphPhase.toVm(model, preState, end, length, witness);
    }

    function _isJoint(uint8 above, uint8 below) private pure returns (bool) {
        if (above == LOOP) return below == GRAPH;
        if (above == GRAPH) return below == TILE || below == VM;
        return above == TILE && below == VM;
    }
}
