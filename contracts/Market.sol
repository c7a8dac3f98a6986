// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Bindings, PlayedModel} from "./Bindings.sol";
import {IConsumer} from "./IConsumer.sol";
import {ClaimKind, ClaimState, Ledger, TaskKind, TaskState} from "./Ledger.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {
    AlreadyNotified,
    AttentionFeeInvalid,
    ClaimDiffers,
    ClaimDisputed,
    ClaimNotFinal,
    ClaimStands,
    ClaimUnknown,
    DeadlineInvalid,
    FeeTooHigh,
    GasTooLow,
    IterationsInvalid,
    ModelUnknown,
    SealRequired,
    TaskExists,
    TaskNotExpired,
    TaskUnknown,
    WindowNotOver
} from "./Rejections.sol";
import {Terms} from "./Terms.sol";
import {Assertion, Claim, Ids, Task} from "./Types.sol";

/// What a request says beside the caller and the fee that comes with it.
struct Asked {
    bytes32 modelId;
    uint48 nonce;
    uint32 iterations;
    uint128 attentionWei;
    uint40 deadline;
}

/// @title Tasks, claims and fees
/// @notice Mirrors spec/service/{tasks,claims}.ts. A library that the service is linked to, and that works on its
/// ledger.
library Market {
    /// @dev What a consumer's code may use when it is called back. It gets no less, and takes no more.
    uint256 private constant CALLBACK_GAS = 500_000;
    /// @dev For what is left to do behind the call back.
    uint256 private constant CALLBACK_RESERVE = 20_000;

    event Requested(bytes32 indexed taskId, Task task, bytes input);
    /// @notice Its window starts with the block.
    event Claimed(bytes32 indexed claimId, Claim claim, uint32 number, bytes output);
    event Finalized(bytes32 indexed claimId);
    /// @notice By its first final claim.
    event Settled(bytes32 indexed taskId, bytes32 indexed claimId, uint32 number);
    /// @notice The cursor went on from a claim that has fallen, or differs from the one that settled the task.
    event ClaimPassed(bytes32 indexed claimId);
    event Collected(bytes32 indexed claimId);
    /// @notice `isTaken` says whether the requester's code took the call back.
    event Notified(bytes32 indexed taskId, bool isTaken);
    event Expired(bytes32 indexed taskId);

    // --- Tasks

    function request(Ledger storage ledger, Terms calldata terms, Asked calldata asked, bytes calldata input)
        external
        returns (bytes32 id)
    {
        (, uint256 phases,, uint256 mostIterations) = terms.tower.terms(asked.modelId);
        if (phases == 0) revert ModelUnknown(asked.modelId);
        if (asked.iterations > mostIterations || (asked.iterations == 0) != (mostIterations == 0)) {
            revert IterationsInvalid(mostIterations, asked.iterations);
        }
        if (asked.deadline < block.timestamp) revert DeadlineInvalid(asked.deadline, block.timestamp);
        Task memory task = _task(terms, asked, input);
        id = Ids.taskId(task);
        if (ledger.tasks[id].kind != TaskKind.Unknown) revert TaskExists(id);
        ledger.tasks[id].kind = TaskKind.Open;
        emit Requested(id, task, input);
    }

    function _task(Terms calldata terms, Asked calldata asked, bytes calldata input)
        private
        view
        returns (Task memory)
    {
        uint256 feeWei = msg.value;
        // ESCROW-2: what a lie surely burns is more than the fee that it could earn.
        uint256 mostFee = terms.claimBurnedWei() - 1;
        if (feeWei > mostFee) revert FeeTooHigh(feeWei, mostFee);
        uint256 least = terms.parameters.minFeeWei;
        uint256 most = terms.asksForAttention() ? feeWei : 0;
        if (asked.attentionWei < least || asked.attentionWei > most) {
            revert AttentionFeeInvalid(least, most, asked.attentionWei);
        }
        return Task(
            msg.sender,
            asked.nonce,
            asked.modelId,
            Merkle.rootOfBytes(input, Bindings.TENSOR_HEIGHT),
            asked.iterations,
            uint128(feeWei),
            asked.attentionWei,
            asked.deadline
        );
    }

    function expire(Ledger storage ledger, Terms calldata terms, Task calldata task) external {
        bytes32 id = Ids.taskId(task);
        TaskState storage state = Bindings.unsettled(ledger, id);
        uint256 last = task.deadline;
        if (state.kind == TaskKind.Bound) last += terms.settlementSeconds(terms.phaseCount(task.modelId));
        if (block.timestamp <= last) revert TaskNotExpired(last, block.timestamp);
        state.kind = TaskKind.Expired;
        ledger.credit(task.requester, task.feeWei);
        emit Expired(id);
    }

    // --- Claims

    function claim(Ledger storage ledger, Terms calldata terms, Task calldata task, Assertion calldata asserted)
        external
        returns (bytes32 id)
    {
        // In a deployment that asks for attention an open claim would let whoever cheats avoid the question.
        if (terms.asksForAttention()) revert SealRequired();
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = Bindings.bindable(ledger, terms, taskId, task);
        Claim memory made;
        PlayedModel memory model;
        (id, made, model) = Bindings.check(ledger, terms, taskId, task, asserted);
        uint32 number = Bindings.bind(state);
        Bindings.stand(ledger, terms, id, number, model);
        emit Claimed(id, made, number, asserted.output);
    }

    function finalize(Ledger storage ledger, Terms calldata terms, Claim calldata made, Task calldata task) external {
        bytes32 id = Ids.claimId(made);
        ClaimState storage entry = ledger.pending(id);
        if (entry.disputes != 0) revert ClaimDisputed(id);
        if (block.timestamp <= entry.windowEnd) revert WindowNotOver(entry.windowEnd, block.timestamp);
        _requireTask(made, task);
        entry.kind = ClaimKind.Final;
        uint32 number = entry.number;
        uint256 paidWei = terms.parameters.claimBondWei;
        TaskState storage state = ledger.tasks[made.taskId];
        if (state.kind == TaskKind.Bound) {
            state.kind = TaskKind.Settled;
            state.settledBy = number;
            if (state.cursor == number) {
                state.isPaid = true;
                paidWei += task.feeWei - task.attentionWei;
            }
            emit Settled(made.taskId, id, number);
        }
        ledger.credit(made.server, paidWei);
        emit Finalized(id);
    }

    function _requireTask(Claim calldata made, Task calldata task) private pure {
        bytes32 taskId = Ids.taskId(task);
        if (taskId != made.taskId) revert TaskUnknown(taskId);
    }

    // --- The fee

    function passClaim(Ledger storage ledger, Claim calldata made, Claim calldata settling) external {
        bytes32 id = Ids.claimId(made);
        ClaimState storage entry = ledger.claims[id];
        if (entry.kind == ClaimKind.Unknown) revert ClaimUnknown(id);
        TaskState storage state = Bindings.owing(ledger, made.taskId, entry.number);
        if (entry.kind != ClaimKind.Refuted) {
            if (state.kind != TaskKind.Settled) revert ClaimStands(id);
            ledger.requireSettling(made.taskId, state, settling);
            if (_saysTheSame(made, settling)) revert ClaimStands(id);
        }
        state.cursor++;
        emit ClaimPassed(id);
    }

    function collect(Ledger storage ledger, Claim calldata made, Claim calldata settling, Task calldata task)
        external
    {
        bytes32 id = Ids.claimId(made);
        ClaimState storage entry = ledger.claims[id];
        if (entry.kind == ClaimKind.Unknown) revert ClaimUnknown(id);
        if (entry.kind != ClaimKind.Final) revert ClaimNotFinal(id);
        TaskState storage state = Bindings.owing(ledger, made.taskId, entry.number);
        ledger.requireSettling(made.taskId, state, settling);
        if (!_saysTheSame(made, settling)) revert ClaimDiffers(id);
        _requireTask(made, task);
        state.isPaid = true;
        ledger.credit(made.server, task.feeWei - task.attentionWei);
        emit Collected(id);
    }

    function _saysTheSame(Claim calldata made, Claim calldata settling) private pure returns (bool) {
        return made.endRoot == settling.endRoot && made.length == settling.length;
    }

    // --- The call back

    function notify(
        Ledger storage ledger,
        Terms calldata terms,
        Task calldata task,
        Claim calldata settling,
        bytes calldata output
    ) external {
        bytes32 id = Ids.taskId(task);
        TaskState storage state = ledger.settled(id);
        if (state.isNotified) revert AlreadyNotified(id);
        ledger.requireSettling(id, state, settling);
        (,, uint256 outputBytes,) = terms.tower.terms(task.modelId);
        // CALLBACK-1: whoever brings the output cannot bring another.
        Bindings.checkOutput(outputBytes, output, settling.outputRoot);
        // Before the call: whoever calls again from inside it is refused.
        state.isNotified = true;
        bytes memory data = abi.encodeCall(IConsumer.onOutput, (id, settling.outputRoot, output));
        emit Notified(id, _callBack(task.requester, data));
    }

    /// @dev CALLBACK-2: the requester's code has its gas, whoever calls, and no more than that; what it returns is not
    /// looked at, and whether it reverts changes nothing.
    function _callBack(address to, bytes memory data) private returns (bool isTaken) {
        if (to.code.length == 0) return false;
        // Of the gas that is left a call is given 63 parts in 64.
        uint256 least = CALLBACK_GAS + CALLBACK_GAS / 63 + CALLBACK_RESERVE;
        if (gasleft() < least) revert GasTooLow(least, gasleft());
        uint256 limit = CALLBACK_GAS;
        assembly ("memory-safe") {
            isTaken := call(limit, to, 0, add(data, 32), mload(data), 0, 0)
        }
    }
}
