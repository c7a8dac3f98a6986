// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A contract that asks for a model's output and is told of it
interface IConsumer {
    /// @notice Called once, by the service, when a task of this contract's has been settled and somebody has brought the
    /// output. `outputRoot` commits it; `output` is empty where the model states no length. It has
    /// `Market.CALLBACK_GAS` gas; what it returns is not looked at, and if it reverts it is not called again.
    function onOutput(bytes32 taskId, bytes32 outputRoot, bytes calldata output) external;
}
