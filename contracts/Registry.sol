// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Joints} from "./phases/Joints.sol";
import {GRAPH, LOOP, TILE, VM} from "./phases/PhaseCodes.sol";
import {RegisteredModel} from "./phases/RegisteredModel.sol";
import {VmPhase} from "./phases/VmPhase.sol";
import {
    AlreadyRegistered,
    ModelInvalid,
    MovesTooMany,
    ProgramInvalid,
    ProgramUnknown,
    ValueUnexpected
} from "./Rejections.sol";
import {ITower} from "./Tower.sol";
import {Ids, Model, Program} from "./Types.sol";

/// @title Registry of programs and models, and the towers that they make
/// @notice Mirrors spec/tower/model.ts; which phases make a tower is in phases/Joints.sol. It holds no
/// money and knows no service: any number of them may rely on it.
contract Registry is ITower {
    uint256 private constant MAX_CODE_HEIGHT = 27;
    uint256 private constant MAX_TREE_HEIGHT = 24;
    uint256 private constant MAX_PHASES = 31;
    uint256 private constant MAX_NODES = 2 ** 24;
    uint256 private constant MAX_OUTPUT_BYTES = 65_536;
    /// @dev A descriptor has four bytes for the number of its node's tiles.
    uint256 private constant MAX_TILES = 2 ** 32 - 1;

    uint256 public immutable arity;
    uint256 public immutable mostMoves;

    mapping(bytes32 programId => Program) private _programs;
    /// @dev Models have numbers, from 1 on: who has paid for so many that they do not fit has paid more than there is.
    mapping(bytes32 modelId => uint32 number) private _numbers;
    mapping(uint32 number => RegisteredModel) private _models;
    uint32 private _modelCount;

    event ProgramRegistered(bytes32 indexed programId, Program program);
    event ModelRegistered(bytes32 indexed modelId, Model model);

    /// @dev No call takes value. They are payable all the same, so that the refusal has a name.
    modifier unpaid() {
        if (msg.value != 0) revert ValueUnexpected(msg.value);
        _;
    }

    /// @param arity_ segments of a dissection in the deployments that rely on it, ...
    /// @param mostMoves_ ... and the most moves that a dispute may have there
    constructor(uint8 arity_, uint16 mostMoves_) {
        arity = arity_;
        mostMoves = mostMoves_;
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
        uint256 moves = _maxMoves(model);
        if (moves > mostMoves) revert MovesTooMany(mostMoves, moves);
        id = Ids.modelId(model);
        if (_numbers[id] != 0) revert AlreadyRegistered(id);
        uint32 number = ++_modelCount;
        _numbers[id] = number;
        RegisteredModel storage entry = _models[number];
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
        entry.outputBytes = uint24(model.outputBytes);
        entry.mostIterations = model.mostIterations;
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
        if (model.outputBytes > MAX_OUTPUT_BYTES) revert ModelInvalid("outputBytes");
        if (model.stepLimit < 1) revert ModelInvalid("stepLimit");
        if (alone && (model.valueHeight != VmPhase.SLOTS_HEIGHT || model.outputSlot != VmPhase.OUTPUT_SLOT)) {
            revert ModelInvalid("valueHeight");
        }
        bool loops = uint8(model.phases[0]) == LOOP;
        if (loops && model.outputSlot >> carryHeight != 0) revert ModelInvalid("outputSlot");
        if (loops == (model.mostIterations == 0)) revert ModelInvalid("mostIterations");
    }

    /// @dev The most moves of a dispute: the opening, and of each phase a dissection a level, at least a descent or an
    /// arbitration. Mirrors `maxMoves` in spec/game/bounds.ts.
    function _maxMoves(Model calldata model) private view returns (uint256 moves) {
        moves = 1;
        for (uint256 i = 0; i < model.phases.length; i++) {
            uint8 phase = uint8(model.phases[i]);
            uint256 length = phase == LOOP
                ? model.mostIterations
                : phase == GRAPH ? model.nodeCount : phase == TILE ? MAX_TILES : model.stepLimit;
            uint256 levels = 0;
            for (uint256 reach = 1; reach < length; reach *= arity) levels++;
            moves += levels == 0 ? 1 : levels;
        }
    }

    // --- The tower

    function terms(bytes32 modelId)
        external
        view
        returns (uint32 number, uint256 phaseCount, uint256 outputBytes, uint256 mostIterations)
    {
        number = _numbers[modelId];
        RegisteredModel storage model = _models[number];
        return (number, model.phaseCount, model.outputBytes, model.mostIterations);
    }

    function startRoot(bytes32 modelId, bytes32 inputRoot, bytes calldata witness) external view returns (bytes32) {
        return Joints.startRoot(_models[_numbers[modelId]], inputRoot, witness);
    }

    function outputRoot(bytes32 modelId, uint32 iterations, bytes32 end, uint48 length, bytes calldata witness)
        external
        view
        returns (bytes32)
    {
        return Joints.outputRoot(_models[_numbers[modelId]], iterations, end, length, witness);
    }

    function descent(
        uint32 number,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) external view returns (bytes32 start, bytes32 postState) {
        return Joints.descend(_models[number], phase, preState, end, length, witness);
    }

    function stepRoot(uint32 number, bytes32 preState, bytes calldata witness) external view returns (bytes32) {
        return VmPhase.stepRoot(_models[number], preState, witness);
    }
}
