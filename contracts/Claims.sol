// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Escrow} from "./Escrow.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {
    BondMismatch,
    ClaimDisputed,
    ClaimExists,
    ClaimNotOpen,
    ClaimUnknown,
    DeadlineInvalid,
    FeeTooHigh,
    ModelUnknown,
    OutputMismatch,
    TaskExists,
    TaskExpired,
    TaskNotExpired,
    TaskNotOpen,
    TaskUnknown,
    WindowNotOver
} from "./Rejections.sol";
import {Claim, Ids, Task} from "./Types.sol";

/// @title Tasks and claims
/// @notice Mirrors spec/service/{tasks,claims}.ts. What a task or claim says is in its id; callers bring it along,
/// and the contract keeps one slot for each:
///
///   task    kind 8
///   claim   kind 8 | disputes 32 | windowEnd 40 | server 160
abstract contract Claims is Escrow {
    /// @dev Height of the tree that a tensor fills.
    uint256 private constant TENSOR_HEIGHT = 24;

    enum TaskKind {
        Unknown,
        Open,
        Answered,
        Settled,
        Expired
    }

    enum ClaimKind {
        Unknown,
        Pending,
        Final,
        Refuted
    }

    struct ClaimState {
        ClaimKind kind;
        /// Disputes that are running.
        uint32 disputes;
        uint40 windowEnd;
        address server;
    }

    mapping(bytes32 taskId => TaskKind) private _tasks;
    mapping(bytes32 claimId => ClaimState) internal _claims;

    event Requested(bytes32 indexed taskId, Task task, bytes input);
    event Claimed(bytes32 indexed claimId, Claim claim, bytes output, uint40 windowEnd);
    event Finalized(bytes32 indexed claimId);
    event Expired(bytes32 indexed taskId);

    // --- Tasks

    /// @notice Puts the fee that comes with the call in escrow and commits the input. Any bytes are a valid input.
    function request(bytes32 modelId, uint48 nonce, uint40 deadline, bytes calldata input)
        external
        payable
        returns (bytes32 id)
    {
        if (tower.phaseCount(modelId) == 0) revert ModelUnknown(modelId);
        if (deadline < block.timestamp) revert DeadlineInvalid(deadline, block.timestamp);
        // ESCROW-2: a challenger's bond is at least the fee.
        if (msg.value > bondWei) revert FeeTooHigh(msg.value, bondWei);
        bytes32 inputRoot = Merkle.rootOfBytes(input, TENSOR_HEIGHT);
        Task memory task = Task(msg.sender, nonce, modelId, inputRoot, uint128(msg.value), deadline);
        id = Ids.taskId(task);
        if (_tasks[id] != TaskKind.Unknown) revert TaskExists(id);
        _tasks[id] = TaskKind.Open;
        emit Requested(id, task, input);
    }

    /// @notice Gives back the fee of a task that nobody answered by its deadline, or of one that was answered when
    /// every claim on it has had the time to become final and none did. Anyone may say so, once.
    function expire(Task calldata task) external payable unpaid {
        bytes32 id = Ids.taskId(task);
        uint256 last = task.deadline;
        if (_requireUnsettled(id) == TaskKind.Answered) last += _settlementSeconds(task.modelId);
        if (block.timestamp <= last) revert TaskNotExpired(last, block.timestamp);
        _tasks[id] = TaskKind.Expired;
        _credit(task.requester, task.feeWei);
        emit Expired(id);
    }

    function _requireUnsettled(bytes32 id) private view returns (TaskKind kind) {
        kind = _tasks[id];
        if (kind == TaskKind.Unknown) revert TaskUnknown(id);
        if (kind > TaskKind.Answered) revert TaskNotOpen(id);
    }

    /// @dev How long after its deadline an answered task stays open to be settled; spec/setting/setting/times.ts.
    function _settlementSeconds(bytes32 modelId) private view returns (uint256) {
        return 2 * (windowSeconds + _clockSeconds(modelId)) + 1;
    }

    /// @dev Each side's time for a whole dispute.
    function _clockSeconds(bytes32 modelId) internal view returns (uint256) {
        return clockSeconds + (tower.phaseCount(modelId) - 1) * descentSeconds;
    }

    /// @notice What the contract keeps of a task.
    function taskEntry(bytes32 taskId) external view returns (TaskKind) {
        return _tasks[taskId];
    }

    // --- Claims

    /// @notice Answers a task: output, last state, proof that the one sits in the other, and the bond, which comes
    /// with the call. Rival claims on one task run side by side.
    function claim(
        Task calldata task,
        uint48 nonce,
        uint48 length,
        bytes32 endRoot,
        bytes calldata output,
        bytes calldata startWitness,
        bytes calldata outputWitness
    ) external payable returns (bytes32 id) {
        Claim memory made;
        made.taskId = Ids.taskId(task);
        TaskKind kind = _requireUnsettled(made.taskId);
        if (block.timestamp > task.deadline) revert TaskExpired(task.deadline, block.timestamp);
        if (msg.value != bondWei) revert BondMismatch(bondWei, msg.value);
        made.modelId = task.modelId;
        made.server = msg.sender;
        made.nonce = nonce;
        made.length = length;
        // CLAIM-1: the first state is the contract's own, from the model and the input that were committed.
        made.startRoot = tower.startRoot(task.modelId, task.inputRoot, startWitness);
        made.endRoot = endRoot;
        made.outputRoot = tower.outputRoot(task.modelId, endRoot, length, outputWitness);
        // CLAIM-2: the output that is paid for is the one in the state that can be disputed.
        bytes32 given = Merkle.rootOfBytes(output, TENSOR_HEIGHT);
        if (given != made.outputRoot) revert OutputMismatch(made.outputRoot, given);
        id = Ids.claimId(made);
        if (_claims[id].kind != ClaimKind.Unknown) revert ClaimExists(id);
        uint40 windowEnd = uint40(block.timestamp + windowSeconds);
        _claims[id] = ClaimState(ClaimKind.Pending, 0, windowEnd, msg.sender);
        if (kind == TaskKind.Open) _tasks[made.taskId] = TaskKind.Answered;
        emit Claimed(id, made, output, windowEnd);
    }

    /// @notice Pays the server of a claim whose window is over and that no dispute is about: the first on its task has
    /// the fee beside its bond. Anyone may say so, once.
    function finalize(Claim calldata made, Task calldata task) external payable unpaid {
        bytes32 id = Ids.claimId(made);
        ClaimState storage entry = _claims[id];
        _requirePending(id, entry);
        if (entry.disputes != 0) revert ClaimDisputed(id);
        if (block.timestamp <= entry.windowEnd) revert WindowNotOver(entry.windowEnd, block.timestamp);
        if (Ids.taskId(task) != made.taskId) revert TaskUnknown(Ids.taskId(task));
        entry.kind = ClaimKind.Final;
        uint256 paidWei = bondWei;
        if (_tasks[made.taskId] == TaskKind.Answered) {
            _tasks[made.taskId] = TaskKind.Settled;
            paidWei += task.feeWei;
        }
        _credit(made.server, paidWei);
        emit Finalized(id);
    }

    function _requirePending(bytes32 id, ClaimState storage entry) internal view {
        if (entry.kind == ClaimKind.Unknown) revert ClaimUnknown(id);
        if (entry.kind != ClaimKind.Pending) revert ClaimNotOpen(id);
    }

    /// @notice What the contract keeps of a claim.
    function claimEntry(bytes32 claimId) external view returns (ClaimState memory) {
        return _claims[claimId];
    }
}
