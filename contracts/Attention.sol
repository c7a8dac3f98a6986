// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Enrollment, Ledger, Ledgers, Round, TaskKind, TaskState} from "./Ledger.sol";
import {
    AlreadyEnrolled,
    AlreadyRetired,
    AnswerCorrect,
    AnswerExists,
    AnswerPaid,
    AnswerUnknown,
    AnswerWrong,
    AnswersOver,
    BlockUnknown,
    JudgementNotOver,
    JudgementOver,
    ModelUnknown,
    NoAttention,
    NotAsked,
    NotEnrolled,
    NotRetired,
    RoundClosed,
    RoundNotClosed,
    RoundNotOver,
    RoundNotRecorded,
    RoundRecorded,
    StakeMismatch,
    TaskNotSealed,
    TaskUnknown
} from "./Rejections.sol";
import {Terms} from "./Terms.sol";
import {Claim, Ids, Task} from "./Types.sol";

/// @title Attention challenges, against the verifier's dilemma
/// @notice Mirrors spec/service/attention.ts. Verifiers stake on a model. Tasks first sealed in a round are drawn
/// together by the hash of a block behind it: each verifier is held to one of them, and asked by a hash that only one
/// who has run the model can know. A library that the service is linked to, and that works on its ledger.
library Attention {
    /// @dev In the place of an answer that has been paid.
    bytes32 private constant PAID = bytes32(uint256(1));

    event Enrolled(bytes32 indexed modelId, address indexed verifier);
    event Retired(bytes32 indexed modelId, address indexed verifier);
    event Unstaked(bytes32 indexed modelId, address indexed verifier);
    /// @notice By the block that the event is in.
    event RoundEnded(uint40 indexed round);
    event RoundDrawn(uint40 indexed round, bytes32 randomness);
    event Attended(bytes32 indexed taskId, address indexed verifier, bytes32 answer);
    event Rewarded(bytes32 indexed taskId, address indexed verifier);
    event Slashed(bytes32 indexed taskId, address indexed verifier);

    // --- Stakes

    function enroll(Ledger storage ledger, Terms calldata terms, bytes32 modelId) external returns (bytes32 id) {
        _requireAttention(terms);
        if (terms.phaseCount(modelId) == 0) revert ModelUnknown(modelId);
        _requireStake(terms);
        id = _enrollmentId(modelId, msg.sender);
        if (ledger.enrollments[id].since != 0) revert AlreadyEnrolled(id);
        ledger.enrollments[id].since = uint40(block.timestamp);
        emit Enrolled(modelId, msg.sender);
    }

    function retire(Ledger storage ledger, bytes32 modelId) external {
        bytes32 id = _enrollmentId(modelId, msg.sender);
        Enrollment storage entry = _enrolled(ledger, id);
        if (entry.retiredAt != 0) revert AlreadyRetired(id);
        entry.retiredAt = uint40(block.timestamp);
        emit Retired(modelId, msg.sender);
    }

    function unstake(Ledger storage ledger, Terms calldata terms, bytes32 modelId, address verifier) external {
        bytes32 id = _enrollmentId(modelId, verifier);
        Enrollment storage entry = _enrolled(ledger, id);
        if (entry.retiredAt == 0) revert NotRetired(id);
        // ATTENTION-4: nobody takes its stake away from under a task that it was asked about.
        uint256 last = terms.judgementEnd(terms.roundOf(entry.retiredAt), modelId);
        if (block.timestamp <= last) revert JudgementNotOver(last, block.timestamp);
        delete ledger.enrollments[id];
        ledger.credit(verifier, terms.parameters.stakeWei);
        emit Unstaked(modelId, verifier);
    }

    // --- Randomness: the hash of a block behind the round, in which somebody says that it is over

    function closeRound(Ledger storage ledger, Terms calldata terms, uint40 round) external {
        _requireAttention(terms);
        uint256 end = terms.roundEnd(round);
        if (block.timestamp <= end) revert RoundNotOver(end, block.timestamp);
        _requireAnswerable(terms, round);
        if (ledger.rounds[round].closedIn != 0) revert RoundClosed(round);
        ledger.rounds[round].closedIn = uint64(block.number);
        emit RoundEnded(round);
    }

    function recordRound(Ledger storage ledger, Terms calldata terms, uint40 round) external {
        _requireAttention(terms);
        Round storage entry = ledger.rounds[round];
        uint256 number = entry.closedIn;
        if (number == 0) revert RoundNotClosed(round);
        if (entry.randomness != 0) revert RoundRecorded(round);
        _requireAnswerable(terms, round);
        // 0 for this very block, and for one that is too long ago.
        bytes32 randomness = blockhash(number);
        if (randomness == 0) revert BlockUnknown(number);
        entry.randomness = randomness;
        emit RoundDrawn(round, randomness);
    }

    // --- Answers

    function attend(Ledger storage ledger, Terms calldata terms, Task calldata task, bytes32 answer) external {
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = ledger.tasks[taskId];
        if (state.kind == TaskKind.Unknown) revert TaskUnknown(taskId);
        // ATTENTION-2: nobody can count the watchful before it has bound itself to a claim.
        if (!state.isDrawn || state.kind == TaskKind.Expired) revert TaskNotSealed(taskId);
        // ATTENTION-3: once an answer could have been copied from a reveal it is none.
        _requireAnswerable(terms, state.round);
        if (ledger.rounds[state.round].randomness == 0) revert RoundNotRecorded(state.round);
        _enrolled(ledger, _enrollmentId(task.modelId, msg.sender));
        if (
            !_isWatching(ledger, terms, state, task, msg.sender) || !_isDrawn(ledger, state, task, msg.sender)
                || !_asks(terms, answer)
        ) revert NotAsked(msg.sender);
        bytes32 id = _answerId(taskId, msg.sender);
        if (ledger.answers[id] != 0) revert AnswerExists(id);
        ledger.answers[id] = answer;
        state.answers++;
        emit Attended(taskId, msg.sender, answer);
    }

    function reward(
        Ledger storage ledger,
        Terms calldata terms,
        Task calldata task,
        Claim calldata settling,
        address verifier
    ) external {
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = ledger.settled(taskId);
        ledger.requireSettling(taskId, state, settling);
        bytes32 id = _answerId(taskId, verifier);
        bytes32 answer = ledger.answers[id];
        if (answer == 0) revert AnswerUnknown(id);
        if (answer == PAID) revert AnswerPaid(id);
        if (answer != _attentionHash(ledger, taskId, verifier, settling.endRoot, state.round)) revert AnswerWrong(id);
        ledger.answers[id] = PAID;
        uint256 most = terms.parameters.payWei;
        uint256 part = task.attentionWei / state.answers;
        ledger.credit(verifier, part < most ? part : most);
        emit Rewarded(taskId, verifier);
    }

    function slash(
        Ledger storage ledger,
        Terms calldata terms,
        Task calldata task,
        Claim calldata settling,
        address verifier
    ) external {
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = ledger.settled(taskId);
        ledger.requireSettling(taskId, state, settling);
        if (!state.isDrawn) revert TaskNotSealed(taskId);
        uint256 last = terms.judgementEnd(state.round, task.modelId);
        if (block.timestamp > last) revert JudgementOver(last, block.timestamp);
        if (ledger.rounds[state.round].randomness == 0) revert RoundNotRecorded(state.round);
        bytes32 id = _enrollmentId(task.modelId, verifier);
        _enrolled(ledger, id);
        bytes32 right = _attentionHash(ledger, taskId, verifier, settling.endRoot, state.round);
        bytes32 answerId = _answerId(taskId, verifier);
        bytes32 answer = ledger.answers[answerId];
        if (answer == right || answer == PAID) revert AnswerCorrect(answerId);
        if (!_isWatching(ledger, terms, state, task, verifier)) revert NotAsked(verifier);
        // ATTENTION-8: a wrong answer costs the stake, asked or not.
        bool isAsked = _isDrawn(ledger, state, task, verifier) && _asks(terms, right);
        if (answer == 0 && !isAsked) revert NotAsked(verifier);
        delete ledger.enrollments[id];
        emit Slashed(taskId, verifier);
    }

    // --- Parts

    function _requireAttention(Terms calldata terms) private pure {
        if (!terms.asksForAttention()) revert NoAttention();
    }

    function _requireStake(Terms calldata terms) private view {
        uint256 stakeWei = terms.parameters.stakeWei;
        if (msg.value != stakeWei) revert StakeMismatch(stakeWei, msg.value);
    }

    function _requireAnswerable(Terms calldata terms, uint256 round) private view {
        uint256 end = terms.answersEnd(round);
        if (block.timestamp > end) revert AnswersOver(end, block.timestamp);
    }

    function _enrolled(Ledger storage ledger, bytes32 id) private view returns (Enrollment storage entry) {
        entry = ledger.enrollments[id];
        if (entry.since == 0) revert NotEnrolled(id);
    }

    /// @dev Whether the verifier had staked before the round began, and had not retired by then.
    function _isWatching(
        Ledger storage ledger,
        Terms calldata terms,
        TaskState storage state,
        Task calldata task,
        address verifier
    ) private view returns (bool) {
        Enrollment storage entry = ledger.enrollments[_enrollmentId(task.modelId, verifier)];
        uint256 start = terms.roundStart(state.round);
        return entry.since < start && (entry.retiredAt == 0 || entry.retiredAt >= start);
    }

    /// @dev ROUND-4: which of a model's tasks in a round a verifier is held to follows from its account and the round's
    /// hash.
    function _isDrawn(Ledger storage ledger, TaskState storage state, Task calldata task, address verifier)
        private
        view
        returns (bool)
    {
        uint256 whole = ledger.roundWeights[Ledgers.roundKey(task.modelId, state.round)];
        bytes32 randomness = ledger.rounds[state.round].randomness;
        uint256 point = uint256(keccak256(abi.encodePacked(verifier, randomness))) % whole;
        return point >= state.weightStart && point - state.weightStart < task.attentionWei;
    }

    /// @dev One hash in `oneIn` asks its verifier: hash * oneIn < 2^256. 0 and 1 ask nobody: they stand for no answer,
    /// and for one that has been paid.
    function _asks(Terms calldata terms, bytes32 hash) private pure returns (bool) {
        return hash > PAID && uint256(hash) <= type(uint256).max / terms.parameters.oneIn;
    }

    function _attentionHash(Ledger storage ledger, bytes32 taskId, address verifier, bytes32 endRoot, uint40 round)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(taskId, verifier, endRoot, ledger.rounds[round].randomness));
    }

    function _enrollmentId(bytes32 modelId, address verifier) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(modelId, verifier));
    }

    function _answerId(bytes32 taskId, address verifier) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(taskId, verifier));
    }
}
