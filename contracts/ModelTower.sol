// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Joints} from "./phases/Joints.sol";
import {LOOP, VM} from "./phases/PhaseCodes.sol";
import {RegisteredModel} from "./phases/RegisteredModel.sol";
import {VmPhase} from "./phases/VmPhase.sol";
import {AlreadyRegistered, ModelInvalid, ProgramInvalid, ProgramUnknown} from "./Rejections.sol";
import {Tower} from "./Tower.sol";
import {Ids, Model, Program} from "./Types.sol";

/// @title Registry of programs and models, and the towers that they make
/// @notice Mirrors spec/tower/model.ts; which phases make a tower is in phases/Joints.sol.
abstract contract ModelTower is Tower {
    uint256 private constant MAX_CODE_HEIGHT = 27;
    uint256 private constant MAX_TREE_HEIGHT = 24;
    uint256 private constant MAX_PHASES = 31;
    uint256 private constant MAX_NODES = 2 ** 24;

    mapping(bytes32 programId => Program) private _programs;
    mapping(bytes32 modelId => RegisteredModel) private _models;

    event ProgramRegistered(bytes32 indexed programId);
    event ModelRegistered(bytes32 indexed modelId);

    // --- Registration

    function _registerProgram(Program calldata program) internal returns (bytes32 id) {
        if (program.codeBase % 32 != 0) revert ProgramInvalid("codeBase");
        if (program.codeHeight > MAX_CODE_HEIGHT) revert ProgramInvalid("codeHeight");
        // So that a zero root stands for a program that is not there.
        if (program.codeRoot == 0) revert ProgramInvalid("codeRoot");
        id = Ids.programId(program);
        if (_programs[id].codeRoot != 0) revert AlreadyRegistered(id);
        _programs[id] = program;
        emit ProgramRegistered(id);
    }

    function _registerModel(Model calldata model) internal returns (bytes32 id) {
        Program storage program = _programs[model.programId];
        if (program.codeRoot == 0) revert ProgramUnknown(model.programId);
        _checkModel(model);
        Joints.check(model.phases);
        id = Ids.modelId(model);
        RegisteredModel storage entry = _models[id];
        if (entry.phaseCount != 0) revert AlreadyRegistered(id);
        entry.codeRoot = program.codeRoot;
        entry.codeBase = program.codeBase;
        entry.codeHeight = program.codeHeight;
        entry.entry = program.entry;
        entry.imageRoot = program.imageRoot;
        entry.stepLimit = model.stepLimit;
        entry.nodeCount = uint24(model.nodeCount);
        entry.valueHeight = model.valueHeight;
        entry.weightHeight = model.weightHeight;
        entry.phaseCount = uint8(model.phases.length);
        entry.inputSlot = uint24(model.inputSlot);
        entry.outputSlot = uint24(model.outputSlot);
        if (uint8(model.phases[0]) == LOOP) entry.iterations = model.iterations;
        entry.phases = bytes32(model.phases);
        entry.graphRoot = model.graphRoot;
        entry.weightsRoot = model.weightsRoot;
        entry.carryRoot = model.carryRoot;
        emit ModelRegistered(id);
    }

    /// @dev Mirrors `checkModel` in spec/tower/model.ts.
    function _checkModel(Model calldata model) private pure {
        uint256 phases = model.phases.length;
        if (phases == 0 || phases > MAX_PHASES) revert ModelInvalid("phases");
        bool alone = uint8(model.phases[0]) == VM;
        if (model.nodeCount < 1 || model.nodeCount >= MAX_NODES) revert ModelInvalid("nodeCount");
        if (model.valueHeight < 1 || model.valueHeight > MAX_TREE_HEIGHT) revert ModelInvalid("valueHeight");
        if (model.weightHeight > MAX_TREE_HEIGHT) revert ModelInvalid("weightHeight");
        uint256 carryHeight = alone ? model.valueHeight : model.valueHeight - 1;
        if (model.inputSlot >> carryHeight != 0) revert ModelInvalid("inputSlot");
        if (model.outputSlot >> model.valueHeight != 0) revert ModelInvalid("outputSlot");
        if (model.stepLimit < 1) revert ModelInvalid("stepLimit");
        if (alone && (model.valueHeight != VmPhase.SLOTS_HEIGHT || model.outputSlot != VmPhase.OUTPUT_SLOT)) {
            revert ModelInvalid("valueHeight");
        }
        if (uint8(model.phases[0]) == LOOP) {
            if (model.outputSlot >> carryHeight != 0) revert ModelInvalid("outputSlot");
            if (model.iterations == 0) revert ModelInvalid("iterations");
        }
    }

    // --- The tower

    function _modelExists(bytes32 modelId) internal view override returns (bool) {
        return _models[modelId].phaseCount != 0;
    }

    function _phaseCount(bytes32 modelId) internal view override returns (uint256) {
        return _models[modelId].phaseCount;
    }

    function _startRoot(bytes32 modelId, bytes32 inputRoot, bytes calldata witness)
        internal
        view
        override
        returns (bytes32)
    {
        return Joints.startRoot(_models[modelId], inputRoot, witness);
    }

    function _outputRoot(bytes32 modelId, bytes32 end, uint48 length, bytes calldata witness)
        internal
        view
        override
        returns (bytes32)
    {
        RegisteredModel storage model = _models[modelId];
        return Joints.outputRoot(model, model.iterations, end, length, witness);
    }

    function _descendRoots(
        bytes32 modelId,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view override returns (bytes32 start, bytes32 post) {
        return Joints.descend(_models[modelId], phase, preState, end, length, witness);
    }

    function _stepRoot(bytes32 modelId, bytes32 preState, bytes calldata witness)
        internal
        view
        override
        returns (bytes32)
    {
        return VmPhase.stepRoot(_models[modelId], preState, witness);
    }
}
