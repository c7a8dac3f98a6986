// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "../libraries/Merkle.sol";
import {PreStateMismatch} from "../libraries/WitnessRejections.sol";
import {EndMismatch, EndNotStable, LengthInvalid} from "../Rejections.sol";
import {NumberedTower} from "./NumberedTower.sol";

/// @title The tower of symbols
/// @notice Mirrors sim/towers/symbolTower.ts: a state is its place in the computation and a mark that says whether it is
/// true, so that runs of any length cost nothing. Simulated populations play on it: whatever they say, the service that
/// stands over it is the one that is deployed.
/// @dev A place: task (8) | phase (1) | mark (4) | a step for each phase down to this one (6 each), big-endian.
contract SymbolTower is NumberedTower {
    uint256 private constant PHASE_AT = 8;
    uint256 private constant MARK_AT = 9;
    uint256 private constant STEPS_AT = 13;
    uint256 private constant STEP_BYTES = 6;
    uint256 private constant TENSOR_HEIGHT = 24;

    /// @dev An output is the mark of the last state.
    uint256 private constant OUTPUT_BYTES = 4;
    bytes4 private constant TRUE_MARK = 0;
    /// @dev Of a state that no joint leads to.
    bytes4 private constant NOWHERE_MARK = 0xffffffff;

    /// @dev Steps of each phase's run, coarsest first.
    mapping(uint32 number => uint48[]) private _lengths;

    constructor(uint8 arity_, uint16 mostMoves_) NumberedTower(arity_, mostMoves_) {}

    function registerSymbols(bytes32 modelId, uint48[] calldata lengths) external {
        _lengths[_register(modelId)] = lengths;
    }

    function terms(bytes32 modelId)
        external
        view
        returns (uint32 number, uint256 phaseCount, uint256 outputBytes, uint256 mostIterations)
    {
        number = _numbers[modelId];
        return (number, _lengths[number].length, OUTPUT_BYTES, 0);
    }

    function startRoot(bytes32, bytes32 inputRoot, bytes calldata witness) external pure returns (bytes32) {
        _requireBytes(witness, 0);
        return keccak256(abi.encodePacked(bytes8(inputRoot), uint8(0), TRUE_MARK, uint48(0)));
    }

    function outputRoot(bytes32 modelId, uint32, bytes32 end, uint48 length, bytes calldata witness)
        external
        view
        returns (bytes32)
    {
        _requireBytes(witness, _placeBytes(0));
        if (!_isPlace(0, end, witness)) revert EndMismatch(end, keccak256(witness));
        _checkLength(_lengths[_numbers[modelId]][0], length, _stepOf(0, witness));
        return Merkle.padToHeight(bytes32(_markOf(witness)), 0, TENSOR_HEIGHT);
    }

    function descent(
        uint32 number,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) external view returns (bytes32 start, bytes32 postState) {
        uint256 size = _placeBytes(phase);
        _requireBytes(witness, size + _placeBytes(phase + 1));
        bytes calldata above = witness[:size];
        bytes calldata below = witness[size:];
        if (!_isPlace(phase, preState, above)) revert PreStateMismatch(preState, keccak256(above));
        bytes8 task = bytes8(above[:PHASE_AT]);
        bytes calldata path = above[STEPS_AT:];
        start = keccak256(abi.encodePacked(task, uint8(phase + 1), _markOf(above), path, uint48(0)));
        if (!_isPlace(phase + 1, end, below)) revert EndMismatch(end, keccak256(below));
        _checkLength(_lengths[number][phase + 1], length, _stepOf(phase + 1, below));
        // A step's end is marked as the run below it: one that ends elsewhere leads nowhere.
        bool isBelow = bytes8(below[:PHASE_AT]) == task
            && keccak256(below[STEPS_AT:STEPS_AT + path.length]) == keccak256(path);
        postState = _stepped(phase, above, isBelow ? _markOf(below) : NOWHERE_MARK);
    }

    function stepRoot(uint32 number, bytes32 preState, bytes calldata witness) external view returns (bytes32) {
        uint256 last = _lengths[number].length - 1;
        _requireBytes(witness, _placeBytes(last));
        if (!_isPlace(last, preState, witness)) revert PreStateMismatch(preState, keccak256(witness));
        if (_stepOf(last, witness) >= _lengths[number][last]) return preState;
        return _stepped(last, witness, _markOf(witness));
    }

    function _placeBytes(uint256 phase) private pure returns (uint256) {
        return STEPS_AT + STEP_BYTES * (phase + 1);
    }

    function _isPlace(uint256 phase, bytes32 root, bytes calldata place) private pure returns (bool) {
        return uint8(place[PHASE_AT]) == phase && keccak256(place) == root;
    }

    function _markOf(bytes calldata place) private pure returns (bytes4) {
        return bytes4(place[MARK_AT:STEPS_AT]);
    }

    function _stepOf(uint256 phase, bytes calldata place) private pure returns (uint48) {
        uint256 at = STEPS_AT + STEP_BYTES * phase;
        return uint48(bytes6(place[at:at + STEP_BYTES]));
    }

    /// @dev Root of the place one step on, with that mark.
    function _stepped(uint256 phase, bytes calldata place, bytes4 mark) private pure returns (bytes32) {
        uint256 at = STEPS_AT + STEP_BYTES * phase;
        unchecked {
            // The specification's steps are cut off at 48 bits too.
            uint48 next = _stepOf(phase, place) + 1;
            return keccak256(abi.encodePacked(place[:MARK_AT], mark, place[STEPS_AT:at], next));
        }
    }

    function _checkLength(uint48 expected, uint48 length, uint48 endStep) private pure {
        if (length != expected) revert LengthInvalid(expected, length);
        if (endStep != length) revert EndNotStable(length, expected);
    }
}
