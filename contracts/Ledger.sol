// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ClaimNotOpen, ClaimUnknown, TaskNotSettled, TaskUnknown} from "./Rejections.sol";
import {Claim, Ids} from "./Types.sol";

// What the service keeps. What a task, claim, seal or dispute says is in its id; callers bring it along.

enum TaskKind {
    Unknown,
    Open,
    Bound,
    Settled,
    Expired
}

enum ClaimKind {
    Unknown,
    Pending,
    Final,
    Refuted
}

enum SealKind {
    Unknown,
    Sealed,
    Revealed,
    Forfeited
}

/// kind 8 | bindings 32 | cursor 32 | settledBy 32 | isPaid 8 | isNotified 8 | isDrawn 8 | round 40 | answers 32
/// weightStart 128, of a task whose attention is drawn
struct TaskState {
    TaskKind kind;
    /// Claims and seals so far, numbered in the order of the chain.
    uint32 bindings;
    /// Number of the first binding that can still have the fee.
    uint32 cursor;
    /// Number of the claim that settled it.
    uint32 settledBy;
    bool isPaid;
    bool isNotified;
    /// Whether verifiers' attention is drawn, in `round`.
    bool isDrawn;
    uint40 round;
    /// Attention answers so far.
    uint32 answers;
    /// Attention parts of the tasks that were drawn before it, in its round.
    uint128 weightStart;
}

/// kind 8 | number 32 | windowEnd 40 | disputes 32 | weight 64 | phases 8 | model 32
struct ClaimState {
    ClaimKind kind;
    /// Of its binding.
    uint32 number;
    /// The last second for openings; of a claim that has fallen, when it fell.
    uint40 windowEnd;
    /// Disputes that are running.
    uint32 disputes;
    /// Of its running disputes; frozen when it falls.
    uint64 weight;
    /// k of its model.
    uint8 phases;
    /// The tower's number for its model.
    uint32 model;
}

/// kind 8 | sealedAt 40 | number 32
struct SealState {
    SealKind kind;
    uint40 sealedAt;
    /// Of its binding.
    uint32 number;
}

/// since 40 | retiredAt 40
struct Enrollment {
    uint40 since;
    /// From then on it is asked no more; 0 before.
    uint40 retiredAt;
}

struct Round {
    /// Number of the block that closed it; 0 before.
    uint64 closedIn;
    /// That block's hash; 0 before it is recorded.
    bytes32 randomness;
}

struct Ledger {
    mapping(bytes32 taskId => TaskState) tasks;
    mapping(bytes32 claimId => ClaimState) claims;
    mapping(bytes32 sealId => SealState) seals;
    /// One word each; see Court.sol.
    mapping(bytes32 disputeId => bytes32) disputes;
    /// By keccak(model, verifier).
    mapping(bytes32 enrollmentId => Enrollment) enrollments;
    /// By keccak(task, verifier): the hash, or 1 once it is paid.
    mapping(bytes32 answerId => bytes32) answers;
    mapping(uint40 round => Round) rounds;
    /// By keccak(model, round as 5 bytes): attention parts of the tasks that were first sealed in it.
    mapping(bytes32 roundKey => uint256) roundWeights;
    /// Who may move for an account in its disputes, besides itself.
    mapping(address account => address) delegates;
    /// What an account may withdraw.
    mapping(address account => uint256) credits;
}

using Ledgers for Ledger global;

library Ledgers {
    function credit(Ledger storage ledger, address account, uint256 amountWei) internal {
        ledger.credits[account] += amountWei;
    }

    function pending(Ledger storage ledger, bytes32 claimId) internal view returns (ClaimState storage entry) {
        entry = ledger.claims[claimId];
        if (entry.kind == ClaimKind.Unknown) revert ClaimUnknown(claimId);
        if (entry.kind != ClaimKind.Pending) revert ClaimNotOpen(claimId);
    }

    function settled(Ledger storage ledger, bytes32 taskId) internal view returns (TaskState storage state) {
        state = ledger.tasks[taskId];
        if (state.kind == TaskKind.Unknown) revert TaskUnknown(taskId);
        if (state.kind != TaskKind.Settled) revert TaskNotSettled(taskId);
    }

    /// @notice Refuses any other claim than the one that settled the task.
    function requireSettling(
        Ledger storage ledger,
        bytes32 taskId,
        TaskState storage state,
        Claim calldata settling
    ) internal view {
        bytes32 id = Ids.claimId(settling);
        ClaimState storage entry = ledger.claims[id];
        if (entry.kind != ClaimKind.Final || settling.taskId != taskId || entry.number != state.settledBy) {
            revert ClaimUnknown(id);
        }
    }

    /// @notice Where the weight of a model's tasks in a round is kept.
    function roundKey(bytes32 modelId, uint40 round) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(modelId, round));
    }
}
