// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title What the game knows of a tower
/// @notice Mirrors `TowerRules` in spec/tower/tower.ts: functions of roots and witnesses, never of states. The shipped
/// phases stand behind it in Registry.sol; a test puts the alphabet tower there. Whatever a witness says, these either
/// refuse or give the one root that there is.
interface ITower {
    /// @notice The arity and the most moves of a dispute that its models were checked for.
    function arity() external view returns (uint256);
    function mostMoves() external view returns (uint256);

    /// @notice Of a model: the tower's own number for it, by which a game asks for it, since numbers are short; k; the
    /// output's length in bytes, 0 where claims carry its root alone; the most iterations, 0 where the top phase is no
    /// loop. Number and k are 0 where there is no such model.
    function terms(bytes32 modelId)
        external
        view
        returns (uint32 number, uint256 phaseCount, uint256 outputBytes, uint256 mostIterations);

    /// @notice Root of the top phase's first state for an input.
    function startRoot(bytes32 modelId, bytes32 inputRoot, bytes calldata witness) external view returns (bytes32);

    /// @notice Root of the output tensor in the run's last state; holds the length against its rule.
    function outputRoot(bytes32 modelId, uint32 iterations, bytes32 end, uint48 length, bytes calldata witness)
        external
        view
        returns (bytes32);

    /// @notice The run below a step of `phase`: its first state from the step's pre-state, and the step's post-state
    /// from that and the run's last state `end`. Holds the run's length against its rule.
    function descent(
        uint32 number,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) external view returns (bytes32 start, bytes32 postState);

    /// @notice Post-state of one step of the last phase.
    function stepRoot(uint32 number, bytes32 preState, bytes calldata witness) external view returns (bytes32);
}
