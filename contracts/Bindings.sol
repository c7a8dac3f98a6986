// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ClaimKind, ClaimState, Ledger, TaskKind, TaskState} from "./Ledger.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {
    BondMismatch,
    ClaimExists,
    CursorElsewhere,
    FeePaid,
    OutputLengthInvalid,
    OutputMismatch,
    TaskExpired,
    TaskNotOpen,
    TaskUnknown
} from "./Rejections.sol";
import {Terms} from "./Terms.sol";
import {Assertion, Claim, Ids, Task} from "./Types.sol";

/// What a game knows of the model that a claim is about.
struct PlayedModel {
    /// The tower's number for it.
    uint32 number;
    /// k
    uint256 phases;
}

/// @title What claims and seals have in common
/// @notice Both bind their server to a task. Bindings are numbered per task in the order of the chain, and a cursor
/// stands on the first that can still have the fee.
library Bindings {
    /// @dev Height of the tree that a tensor fills.
    uint256 internal constant TENSOR_HEIGHT = 24;

    /// @notice A task that is neither settled nor expired.
    function unsettled(Ledger storage ledger, bytes32 taskId) internal view returns (TaskState storage state) {
        state = ledger.tasks[taskId];
        if (state.kind == TaskKind.Unknown) revert TaskUnknown(taskId);
        if (state.kind > TaskKind.Bound) revert TaskNotOpen(taskId);
    }

    /// @notice A task that takes bindings still; what comes with the call is the claim's bond.
    function bindable(Ledger storage ledger, Terms calldata terms, bytes32 taskId, Task calldata task)
        internal
        view
        returns (TaskState storage state)
    {
        state = unsettled(ledger, taskId);
        if (block.timestamp > task.deadline) revert TaskExpired(task.deadline, block.timestamp);
        uint256 bondWei = terms.parameters.claimBondWei;
        if (msg.value != bondWei) revert BondMismatch(bondWei, msg.value);
    }

    /// @notice Numbers a binding.
    function bind(TaskState storage state) internal returns (uint32 number) {
        number = state.bindings;
        state.bindings = number + 1;
        state.kind = TaskKind.Bound;
    }

    /// @notice Holds the caller's assertion against the task's model, and gives the claim that it makes, with what a game
    /// knows of the model.
    function check(
        Ledger storage ledger,
        Terms calldata terms,
        bytes32 taskId,
        Task calldata task,
        Assertion calldata asserted
    ) internal view returns (bytes32 id, Claim memory made, PlayedModel memory model) {
        made.taskId = taskId;
        made.modelId = task.modelId;
        made.server = msg.sender;
        made.nonce = asserted.nonce;
        made.length = asserted.length;
        // CLAIM-1: the first state is the contract's own, from the model and the input that were committed.
        made.startRoot = terms.tower.startRoot(task.modelId, task.inputRoot, asserted.startWitness);
        made.endRoot = asserted.endRoot;
        made.outputRoot = terms.tower.outputRoot(
            task.modelId, task.iterations, asserted.endRoot, asserted.length, asserted.outputWitness
        );
        uint256 outputBytes;
        (model.number, model.phases, outputBytes,) = terms.tower.terms(task.modelId);
        checkOutput(outputBytes, asserted.output, made.outputRoot);
        id = Ids.claimId(made);
        if (ledger.claims[id].kind != ClaimKind.Unknown) revert ClaimExists(id);
    }

    /// @notice CLAIM-2: the output that is paid for is the one in the state that can be disputed, and of the model's
    /// length: a tensor's root binds none.
    function checkOutput(uint256 outputBytes, bytes calldata output, bytes32 committed) internal pure {
        if (output.length != outputBytes) revert OutputLengthInvalid(outputBytes, output.length);
        if (outputBytes == 0) return;
        bytes32 given = Merkle.rootOfBytes(output, TENSOR_HEIGHT);
        if (given != committed) revert OutputMismatch(committed, given);
    }

    /// @notice A claim stands: its window begins.
    function stand(
        Ledger storage ledger,
        Terms calldata terms,
        bytes32 id,
        uint32 number,
        PlayedModel memory model
    ) internal {
        uint40 windowEnd = uint40(block.timestamp + terms.parameters.windowSeconds);
        ledger.claims[id] = ClaimState(ClaimKind.Pending, number, windowEnd, 0, 0, uint8(model.phases), model.number);
    }

    /// @notice A task whose fee is not paid, and whose cursor stands on binding `number`.
    function owing(Ledger storage ledger, bytes32 taskId, uint32 number)
        internal
        view
        returns (TaskState storage state)
    {
        state = ledger.tasks[taskId];
        if (state.kind == TaskKind.Expired) revert TaskNotOpen(taskId);
        if (state.isPaid) revert FeePaid(taskId);
        if (state.cursor != number) revert CursorElsewhere(state.cursor, number);
    }
}
