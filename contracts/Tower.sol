// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title What the game knows of a tower
/// @notice Mirrors `TowerRules` in spec/tower/tower.ts: functions of roots and witnesses, never of states. The shipped
/// phases stand behind it in ModelTower.sol; a test puts the alphabet tower there.
abstract contract Tower {
    function _modelExists(bytes32 modelId) internal view virtual returns (bool);

    /// @notice k.
    function _phaseCount(bytes32 modelId) internal view virtual returns (uint256);

    /// @notice Root of the top phase's first state for an input.
    function _startRoot(bytes32 modelId, bytes32 inputRoot, bytes calldata witness)
        internal
        view
        virtual
        returns (bytes32);

    /// @notice Root of the output tensor in the run's last state; holds the length against its rule.
    function _outputRoot(bytes32 modelId, bytes32 end, uint48 length, bytes calldata witness)
        internal
        view
        virtual
        returns (bytes32);

    /// @notice Both ends of the run below a step of `phase`, from the step's pre-state and that run's last state: its
    /// first state, and the post-state of the step. Holds the run's length against its rule.
    function _descendRoots(
        bytes32 modelId,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view virtual returns (bytes32 start, bytes32 post);

    /// @notice Post-state of one step of the last phase.
    function _stepRoot(bytes32 modelId, bytes32 preState, bytes calldata witness)
        internal
        view
        virtual
        returns (bytes32);
}
