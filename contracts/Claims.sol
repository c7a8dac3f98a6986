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
import {Tower} from "./Tower.sol";
import {Claim, Ids, Task} from "./Types.sol";

/// @title Tasks and claims
/// @notice Mirrors spec/service/{tasks,claims}.ts. What a task or claim says is in its id; callers bring it along,
/// and the contract keeps one slot for each:
///
///   task    0 unknown, 1 open, 2 settled, 3 expired, else the id of its claim; it is open again where that is refuted
///   claim   kind 8 | disputed 8 | windowEnd 40 | server 160
abstract contract Claims is Escrow, Tower {
    bytes32 private constant UNKNOWN = 0;
    bytes32 private constant OPEN = bytes32(uint256(1));
    bytes32 private constant SETTLED = bytes32(uint256(2));
    bytes32 private constant EXPIRED = bytes32(uint256(3));
    /// @dev Height of the tree that a tensor fills.
    uint256 private constant TENSOR_HEIGHT = 24;

    enum ClaimKind {
        Unknown,
        Pending,
        Final,
        Refuted
    }

    struct ClaimState {
        ClaimKind kind;
        bool disputed;
        uint40 windowEnd;
        address server;
    }

    mapping(bytes32 taskId => bytes32) private _tasks;
    mapping(bytes32 claimId => ClaimState) internal _claims;

    event Requested(bytes32 indexed taskId, Task task, bytes input);
    event Claimed(bytes32 indexed claimId, Claim claim, bytes output, uint40 windowEnd);
    event Finalized(bytes32 indexed claimId);
    event Expired(bytes32 indexed taskId);

    // --- Tasks

    /// @notice Puts the fee that comes with the call in escrow and commits the input. Any bytes are a valid input.
    function request(bytes32 modelId, uint64 nonce, uint40 deadline, bytes calldata input)
        external
        payable
        returns (bytes32 id)
    {
        if (!_modelExists(modelId)) revert ModelUnknown(modelId);
        if (deadline < block.timestamp) revert DeadlineInvalid(deadline, block.timestamp);
        // ESCROW-2: a challenger's bond is at least the fee.
        if (msg.value > bondWei) revert FeeTooHigh(msg.value, bondWei);
        bytes32 inputRoot = Merkle.rootOfBytes(input, TENSOR_HEIGHT);
        Task memory task = Task(msg.sender, nonce, modelId, inputRoot, uint128(msg.value), deadline);
        id = Ids.taskId(task);
        if (_tasks[id] != UNKNOWN) revert TaskExists(id);
        _tasks[id] = OPEN;
        emit Requested(id, task, input);
    }

    /// @notice Gives back the fee of a task that has no claim that stands. Anyone may say so, once.
    function expire(Task calldata task) external payable unpaid {
        bytes32 id = Ids.taskId(task);
        _requireOpen(id);
        if (block.timestamp <= task.deadline) revert TaskNotExpired(task.deadline, block.timestamp);
        _tasks[id] = EXPIRED;
        _credit(task.requester, task.feeWei);
        emit Expired(id);
    }

    function _requireOpen(bytes32 id) private view {
        bytes32 entry = _tasks[id];
        if (entry == UNKNOWN) revert TaskUnknown(id);
        if (entry != OPEN && _claims[entry].kind != ClaimKind.Refuted) revert TaskNotOpen(id);
    }

    /// @notice What the contract keeps of a task.
    function taskEntry(bytes32 taskId) external view returns (bytes32) {
        return _tasks[taskId];
    }

    // --- Claims

    /// @notice Answers an open task: output, last state, proof that the one sits in the other, and the bond, which
    /// comes with the call.
    function claim(
        Task calldata task,
        uint64 nonce,
        uint48 length,
        bytes32 endRoot,
        bytes calldata output,
        bytes calldata startWitness,
        bytes calldata outputWitness
    ) external payable returns (bytes32 id) {
        Claim memory made;
        made.taskId = Ids.taskId(task);
        _requireOpen(made.taskId);
        if (block.timestamp > task.deadline) revert TaskExpired(task.deadline, block.timestamp);
        if (msg.value != bondWei) revert BondMismatch(bondWei, msg.value);
        made.modelId = task.modelId;
        made.server = msg.sender;
        made.nonce = nonce;
        made.length = length;
        // CLAIM-1: the first state is the contract's own, from the model and the input that were committed.
        made.startRoot = _startRoot(task.modelId, task.inputRoot, startWitness);
        made.endRoot = endRoot;
        made.outputRoot = _outputRoot(task.modelId, endRoot, length, outputWitness);
        // CLAIM-2: the output that is paid for is the one in the state that can be disputed.
        bytes32 given = Merkle.rootOfBytes(output, TENSOR_HEIGHT);
        if (given != made.outputRoot) revert OutputMismatch(made.outputRoot, given);
        id = Ids.claimId(made);
        if (_claims[id].kind != ClaimKind.Unknown) revert ClaimExists(id);
        uint40 windowEnd = uint40(block.timestamp + windowSeconds);
        _claims[id] = ClaimState(ClaimKind.Pending, false, windowEnd, msg.sender);
        _tasks[made.taskId] = id;
        emit Claimed(id, made, output, windowEnd);
    }

    /// @notice Pays the server of a claim whose window is over and that no dispute is about. Anyone may say so, once.
    function finalize(Claim calldata made, Task calldata task) external payable unpaid {
        bytes32 id = Ids.claimId(made);
        ClaimState storage entry = _claims[id];
        _requirePending(id, entry);
        if (entry.disputed) revert ClaimDisputed(id);
        if (block.timestamp <= entry.windowEnd) revert WindowNotOver(entry.windowEnd, block.timestamp);
        if (Ids.taskId(task) != made.taskId) revert TaskUnknown(Ids.taskId(task));
        entry.kind = ClaimKind.Final;
        _tasks[made.taskId] = SETTLED;
        _credit(made.server, bondWei + task.feeWei);
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
