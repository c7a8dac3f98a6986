// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Joints} from "./phases/Joints.sol";
import {LOOP, VM} from "./phases/PhaseCodes.sol";
import {RegisteredModel} from "./phases/RegisteredModel.sol";
import {VmPhase} from "./phases/VmPhase.sol";
import {
    AlreadyRegistered,
    ModelInvalid,
    ProgramInvalid,
    ProgramUnknown,
    ValueUnexpected
} from "./Rejections.sol";
import {ITower} from "./Tower.sol";
import {Ids, Model, Program} from "./Types.sol";

/// @title Registry of programs and models, and the towers that they make
/// @notice Mirrors spec/tower/model.ts; which phases make a tower is in phases/Joints.sol. It holds no money and knows no
/// service: any number of them may rely on it.
contract Registry is ITower {
    uint256 private constant MAX_CODE_HEIGHT = 27;
    uint256 private constant MAX_TREE_HEIGHT = 24;
    uint256 private constant MAX_PHASES = 31;
    uint256 private constant MAX_NODES = 2 ** 24;

    mapping(bytes32 programId => Program) private _programs;
    mapping(bytes32 modelId => RegisteredModel) private _models;

    event ProgramRegistered(bytes32 indexed programId, Program program);
    event ModelRegistered(bytes32 indexed modelId, Model model);

    /// @dev No call takes value. They are payable all the same, so that the refusal has a name.
    modifier unpaid() {
        if (msg.value != 0) revert ValueUnexpected(msg.value);
        _;
    }

    // --- Registration

    function registerProgram(Program calldata program) external payable unpaid returns (bytes32 id) {
        if (program.codeBase % 32 != 0) revert ProgramInvalid("codeBase");
        if (program.codeHeight > MAX_CODE_HEIGHT) revert ProgramInvalid("codeHeight");
        // So that a zero root stands for a program that is not there.
        if (program.codeRoot == 0) revert ProgramInvalid("codeRoot");
        id = Ids.programId(program);
        if (_programs[id].codeRoot != 0) revert AlreadyRegistered(id);
        _programs[id] = program;
        emit ProgramRegistered(id, program);
    }

    function registerModel(Model calldata model) external payable unpaid returns (bytes32 id) {
        Program storage program = _programs[model.programId];
        if (program.codeRoot == 0) revert ProgramUnknown(model.programId);
        _checkModel(model);
        uint8 phases = Joints.check(model.phases);
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
        entry.phases = phases;
        entry.graphRoot = model.graphRoot;
        entry.weightsRoot = model.weightsRoot;
        entry.carryRoot = model.carryRoot;
        emit ModelRegistered(id, model);
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

    // --- The towers

    function phaseCount(bytes32 modelId) external view returns (uint256) {
        return _models[modelId].phaseCount;
    }

    function startRoot(bytes32 modelId, bytes32 inputRoot, bytes calldata witness) external view returns (bytes32) {
        return Joints.startRoot(_models[modelId], inputRoot, witness);
    }

    function outputRoot(bytes32 modelId, bytes32 end, uint48 length, bytes calldata witness)
        external
        view
        returns (bytes32)
    {
        RegisteredModel storage model = _models[modelId];
        return Joints.outputRoot(model, model.iterations, end, length, witness);
    }

    function descent(
        bytes32 modelId,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) external view returns (bytes32 start, bytes32 postState) {
        return Joints.descend(_models[modelId], phase, preState, end, length, witness);
    }

    function stepRoot(bytes32 modelId, bytes32 preState, bytes calldata witness) external view returns (bytes32) {
        return VmPhase.stepRoot(_models[modelId], preState, witness);
    }
}
