// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// The run below a segment's single step.
struct Descent {
    /// Steps of the run.
    uint48 length;
    /// Its roots after the start, 32 bytes each; the last is its end.
    bytes roots;
    /// Opens the pre-state, and the run's end.
    bytes witness;
}

/// @title What the game knows of a tower
/// @notice Mirrors `TowerRules` in spec/tower/tower.ts: functions of roots and witnesses, never of states. The shipped
/// phases stand behind it in Registry.sol; a test puts the alphabet tower there. Whatever a witness says, these either
/// refuse or give the one root that there is.
interface ITower {
    /// @notice k; 0 where there is no such model.
    function phaseCount(bytes32 modelId) external view returns (uint256);

    /// @notice Root of the top phase's first state for an input.
    function startRoot(bytes32 modelId, bytes32 inputRoot, bytes calldata witness) external view returns (bytes32);

    /// @notice Root of the output tensor in the run's last state; holds the length against its rule.
    function outputRoot(bytes32 modelId, bytes32 end, uint48 length, bytes calldata witness)
        external
        view
        returns (bytes32);

    /// @notice The run below a step of `phase`: its first state from the step's pre-state, and the step's post-state
    /// from that and the run's last state `end`. Holds the run's length against its rule.
    function descent(
        bytes32 modelId,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) external view returns (bytes32 start, bytes32 postState);

    /// @notice Post-state of one step of the last phase.
    function stepRoot(bytes32 modelId, bytes32 preState, bytes calldata witness) external view returns (bytes32);
}
