// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Attention} from "./Attention.sol";
import {Court} from "./Court.sol";
import {Escrow} from "./Escrow.sol";
import {ClaimState, Enrollment, Round, SealState, TaskState} from "./Ledger.sol";
import {Asked, Market} from "./Market.sol";
import {Seals} from "./Seals.sol";
import {ITower} from "./Tower.sol";
import {Assertion, Claim, Parameters, Seal, Task} from "./Types.sol";

/// @title Optimistic machine learning
/// @notice One deployment of the service: all that it keeps and all money. Disputes stand here themselves (Court.sol),
/// since each move counts; the rest is in libraries that it is linked to for good. What is computed, and how a step
/// of it is judged, is the tower's: a contract of its own, as fixed.
contract Opml is Court {
    constructor(Parameters memory given, ITower tower_) Escrow(given, tower_) {}

    // --- Tasks: Market.sol

    /// @notice Puts the fee that comes with the call in escrow and commits the input. Any bytes are a valid input.
    function request(Asked calldata asked, bytes calldata input) external payable returns (bytes32 id) {
        return Market.request(_ledger, _terms(), asked, input);
    }

    /// @notice Gives back the fee of a task that nobody bound itself to by its deadline, or of one whose bindings have
    /// all had the time to become final and did not. Anyone may say so, once.
    function expire(Task calldata task) external payable unpaid {
        Market.expire(_ledger, _terms(), task);
    }

    // --- Claims and fees: Market.sol

    /// @notice Answers a task: output, last state, proof that the one sits in the other, and the bond, which comes
    /// with the call. Rival claims on one task run side by side.
    function claim(Task calldata task, Assertion calldata asserted) external payable returns (bytes32 id) {
        return Market.claim(_ledger, _terms(), task, asserted);
    }

    /// @notice Gives the server of a claim whose window is over and that no dispute is about its bond back. The first
    /// on its task settles it, and has the fee if no binding before it can still have it. Anyone may say so, once.
    function finalize(Claim calldata made, Task calldata task) external payable unpaid {
        Market.finalize(_ledger, _terms(), made, task);
    }

    /// @notice Moves the cursor past a claim that has fallen, or that says something else than the one that settled
    /// its task, which is `settling` where there is one. Anyone may say so.
    function passClaim(Claim calldata made, Claim calldata settling) external payable unpaid {
        Market.passClaim(_ledger, made, settling);
    }

    /// @notice Pays the fee of a settled task to the final claim that its cursor stands on. Anyone may say so, once.
    function collect(Claim calldata made, Claim calldata settling, Task calldata task) external payable unpaid {
        Market.collect(_ledger, made, settling, task);
    }

    /// @notice Calls the requester of a settled task back with the output, where it is a contract: see IConsumer.
    /// Anyone may bring the output, once. It is a call of its own, so that nothing that the requester's code does
    /// holds up a server's pay.
    function notify(Task calldata task, Claim calldata settling, bytes calldata output) external payable unpaid {
        Market.notify(_ledger, _terms(), task, settling, output);
    }

    // --- Seals: Seals.sol

    /// @notice Binds the caller to a claim on the task: the commitment is keccak(claim id, salt). The claim's bond
    /// comes with it.
    function seal(Task calldata task, bytes32 commitment) external payable returns (bytes32 id) {
        return Seals.seal(_ledger, _terms(), task, commitment);
    }

    /// @notice Shows what was sealed: from then on it is a claim like any other. A rival may have settled the task in
    /// between; the bond is the server's all the same.
    function reveal(Seal calldata made, Task calldata task, Assertion calldata asserted, bytes32 salt)
        external
        payable
        unpaid
        returns (bytes32 id)
    {
        return Seals.reveal(_ledger, _terms(), made, task, asserted, salt);
    }

    /// @notice Burns the bond behind a seal that was not revealed in time: else a server could seal to count who is
    /// awake, and walk away. Anyone may say so, once.
    function forfeit(Seal calldata made) external payable unpaid {
        Seals.forfeit(_ledger, _terms(), made);
    }

    /// @notice Moves the cursor past a seal that was forfeited. Anyone may say so.
    function passSeal(Seal calldata made) external payable unpaid {
        Seals.passSeal(_ledger, made);
    }

    // --- Verifiers' stakes: Attention.sol

    /// @notice Puts the stake that comes with the call on the caller's attention to a model.
    function enroll(bytes32 modelId) external payable returns (bytes32 id) {
        return Attention.enroll(_ledger, _terms(), modelId);
    }

    /// @notice The caller is asked no more; its stake stays until nothing that it was asked can be held against it.
    function retire(bytes32 modelId) external payable unpaid {
        Attention.retire(_ledger, modelId);
    }

    /// @notice Gives a retired verifier its stake back. Anyone may say so, once.
    function unstake(bytes32 modelId, address verifier) external payable unpaid {
        Attention.unstake(_ledger, _terms(), modelId, verifier);
    }

    // --- Attention: Attention.sol

    /// @notice Closes a round that is over: the hash of this very block, which nobody knows yet, draws it.
    function closeRound(uint40 round) external payable unpaid {
        Attention.closeRound(_ledger, _terms(), round);
    }

    /// @notice Records the randomness of a round that was closed, while the chain still knows it.
    function recordRound(uint40 round) external payable unpaid {
        Attention.recordRound(_ledger, _terms(), round);
    }

    /// @notice A verifier that is asked answers, before anything is revealed.
    function attend(Task calldata task, bytes32 answer) external payable unpaid {
        Attention.attend(_ledger, _terms(), task, answer);
    }

    /// @notice Pays a verifier for a right answer, by the claim that settled the task. Anyone may say so, once.
    function reward(Task calldata task, Claim calldata settling, address verifier) external payable unpaid {
        Attention.reward(_ledger, _terms(), task, settling, verifier);
    }

    /// @notice Burns the stake of a verifier that was asked and did not answer, or answered otherwise than the claim
    /// that settled the task has it. Anyone may say so, once.
    function slash(Task calldata task, Claim calldata settling, address verifier) external payable unpaid {
        Attention.slash(_ledger, _terms(), task, settling, verifier);
    }

    // --- What the contract keeps

    function taskEntry(bytes32 id) external view returns (TaskState memory) {
        return _ledger.tasks[id];
    }

    function claimEntry(bytes32 id) external view returns (ClaimState memory) {
        return _ledger.claims[id];
    }

    function sealEntry(bytes32 id) external view returns (SealState memory) {
        return _ledger.seals[id];
    }

    /// @notice One word, 0 where there is no such dispute; see Court.sol.
    function disputeEntry(bytes32 id) external view returns (bytes32) {
        return _ledger.disputes[id];
    }

    function enrollmentEntry(bytes32 id) external view returns (Enrollment memory) {
        return _ledger.enrollments[id];
    }

    function answerEntry(bytes32 id) external view returns (bytes32) {
        return _ledger.answers[id];
    }

    function roundEntry(uint40 round) external view returns (Round memory) {
        return _ledger.rounds[round];
    }

    /// @notice Attention parts of the tasks of a model that were first sealed in a round, by keccak(model, round as 5
    /// bytes).
    function roundWeight(bytes32 key) external view returns (uint256) {
        return _ledger.roundWeights[key];
    }

    function credits(address account) external view returns (uint256) {
        return _ledger.credits[account];
    }

    function delegates(address account) external view returns (address) {
        return _ledger.delegates[account];
    }
}
