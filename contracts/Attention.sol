// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

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
import {Seals} from "./Seals.sol";
import {Claim, Ids, Task} from "./Types.sol";

/// @title Attention challenges, against the verifier's dilemma
/// @notice Mirrors spec/service/attention.ts. Verifiers stake on a model. Tasks first sealed in a round are drawn
/// together by the hash of a block behind it: each verifier is held to one of them, and asked by a hash that only one
/// who has run the model can know. Kept:
///
///   enrollment   since 40 | retiredAt 40, by keccak(model, verifier)
///   answer       the hash, or 1 once it is paid, by keccak(task, verifier)
///   round        closedIn 64; randomness
abstract contract Attention is Seals {
    /// @dev In the place of an answer that has been paid.
    bytes32 private constant PAID = bytes32(uint256(1));

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

    mapping(bytes32 enrollmentId => Enrollment) private _enrollments;
    mapping(bytes32 answerId => bytes32) private _answers;
    mapping(uint40 round => Round) private _rounds;

    event Enrolled(bytes32 indexed modelId, address indexed verifier);
    event Retired(bytes32 indexed modelId, address indexed verifier);
    event Unstaked(bytes32 indexed modelId, address indexed verifier);
    /// @notice By the block that the event is in.
    event RoundEnded(uint40 indexed round);
    event RoundDrawn(uint40 indexed round, bytes32 randomness);
    event Attended(bytes32 indexed taskId, address indexed verifier, bytes32 answer);
    event Rewarded(bytes32 indexed taskId, address indexed verifier);
    event Slashed(bytes32 indexed taskId, address indexed verifier);

    modifier withAttention() {
        if (_stakeWei == 0) revert NoAttention();
        _;
    }

    // --- Stakes

    /// @notice Puts the stake that comes with the call on the caller's attention to a model.
    function enroll(bytes32 modelId) external payable withAttention returns (bytes32 id) {
        if (_phases(modelId) == 0) revert ModelUnknown(modelId);
        if (msg.value != _stakeWei) revert StakeMismatch(_stakeWei, msg.value);
        id = _enrollmentId(modelId, msg.sender);
        if (_enrollments[id].since != 0) revert AlreadyEnrolled(id);
        _enrollments[id].since = uint40(block.timestamp);
        emit Enrolled(modelId, msg.sender);
    }

    /// @notice The caller is asked no more; its stake stays until nothing that it was asked can be held against it.
    function retire(bytes32 modelId) external payable unpaid {
        bytes32 id = _enrollmentId(modelId, msg.sender);
        Enrollment storage entry = _enrolled(id);
        if (entry.retiredAt != 0) revert AlreadyRetired(id);
        entry.retiredAt = uint40(block.timestamp);
        emit Retired(modelId, msg.sender);
    }

    /// @notice Gives a retired verifier its stake back. Anyone may say so, once.
    function unstake(bytes32 modelId, address verifier) external payable unpaid {
        bytes32 id = _enrollmentId(modelId, verifier);
        Enrollment storage entry = _enrolled(id);
        if (entry.retiredAt == 0) revert NotRetired(id);
        // ATTENTION-4: nobody takes its stake away from under a task that it was asked about.
        uint256 last = _judgementEnd(_roundOf(entry.retiredAt), modelId);
        if (block.timestamp <= last) revert JudgementNotOver(last, block.timestamp);
        delete _enrollments[id];
        _credit(verifier, _stakeWei);
        emit Unstaked(modelId, verifier);
    }

    // --- Randomness: the hash of the first block behind the round in which somebody says that it is over

    /// @notice Closes a round that is over: the hash of this very block, which nobody knows yet, draws it.
    function closeRound(uint40 round) external payable unpaid withAttention {
        uint256 end = _roundEnd(round);
        if (block.timestamp <= end) revert RoundNotOver(end, block.timestamp);
        _requireAnswerable(round);
        if (_rounds[round].closedIn != 0) revert RoundClosed(round);
        _rounds[round].closedIn = uint64(block.number);
        emit RoundEnded(round);
    }

    /// @notice Records the randomness of a round that was closed, while the chain still knows it.
    function recordRound(uint40 round) external payable unpaid withAttention {
        Round storage entry = _rounds[round];
        uint256 number = entry.closedIn;
        if (number == 0) revert RoundNotClosed(round);
        if (entry.randomness != 0) revert RoundRecorded(round);
        _requireAnswerable(round);
        bytes32 randomness = blockhash(number);
        if (randomness == 0) revert BlockUnknown(number);
        entry.randomness = randomness;
        emit RoundDrawn(round, randomness);
    }

    // --- Answers

    /// @notice A verifier that is asked answers, before anything is revealed.
    function attend(Task calldata task, bytes32 answer) external payable unpaid {
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = _tasks[taskId];
        if (state.kind == TaskKind.Unknown) revert TaskUnknown(taskId);
        // ATTENTION-2: nobody can count the watchful before it has bound itself to a claim.
        if (!state.isDrawn || state.kind == TaskKind.Expired) revert TaskNotSealed(taskId);
        // ATTENTION-3: once an answer could have been copied from a reveal it is none.
        _requireAnswerable(state.round);
        if (_rounds[state.round].randomness == 0) revert RoundNotRecorded(state.round);
        _enrolled(_enrollmentId(task.modelId, msg.sender));
        if (!_isHeld(state, task, msg.sender) || !_asks(answer)) revert NotAsked(msg.sender);
        bytes32 id = _answerId(taskId, msg.sender);
        if (_answers[id] != 0) revert AnswerExists(id);
        _answers[id] = answer;
        state.answers++;
        emit Attended(taskId, msg.sender, answer);
    }

    /// @notice Pays a verifier for a right answer, by the claim that settled the task. Anyone may say so, once.
    function reward(Task calldata task, Claim calldata settling, address verifier) external payable unpaid {
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = _requireSettled(taskId);
        _requireSettling(taskId, state, settling);
        bytes32 id = _answerId(taskId, verifier);
        bytes32 answer = _answers[id];
        if (answer == 0) revert AnswerUnknown(id);
        if (answer == PAID) revert AnswerPaid(id);
        if (answer != _attentionHash(taskId, verifier, settling.endRoot, state.round)) revert AnswerWrong(id);
        _answers[id] = PAID;
        uint256 part = task.attentionWei / state.answers;
        _credit(verifier, part < _payWei ? part : _payWei);
        emit Rewarded(taskId, verifier);
    }

    /// @notice Burns the stake of a verifier that was asked and did not answer, or answered otherwise than the claim
    /// that settled the task has it. Anyone may say so, once.
    function slash(Task calldata task, Claim calldata settling, address verifier) external payable unpaid {
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = _requireSettled(taskId);
        _requireSettling(taskId, state, settling);
        if (!state.isDrawn) revert TaskNotSealed(taskId);
        uint256 last = _judgementEnd(state.round, task.modelId);
        if (block.timestamp > last) revert JudgementOver(last, block.timestamp);
        if (_rounds[state.round].randomness == 0) revert RoundNotRecorded(state.round);
        bytes32 id = _enrollmentId(task.modelId, verifier);
        _enrolled(id);
        bytes32 right = _attentionHash(taskId, verifier, settling.endRoot, state.round);
        bytes32 answerId = _answerId(taskId, verifier);
        bytes32 answer = _answers[answerId];
        if (answer == right || answer == PAID) revert AnswerCorrect(answerId);
        if (answer == 0 && (!_isHeld(state, task, verifier) || !_asks(right))) revert NotAsked(verifier);
        delete _enrollments[id];
        emit Slashed(taskId, verifier);
    }

    // --- What the contract keeps

    function enrollmentEntry(bytes32 id) external view returns (Enrollment memory) {
        return _enrollments[id];
    }

    function answerEntry(bytes32 id) external view returns (bytes32) {
        return _answers[id];
    }

    function roundEntry(uint40 round) external view returns (Round memory) {
        return _rounds[round];
    }

    // --- Parts

    /// @dev Whether the verifier watched when the round began, and the round's draw holds it to this task.
    function _isHeld(TaskState storage state, Task calldata task, address verifier) private view returns (bool) {
        Enrollment storage entry = _enrollments[_enrollmentId(task.modelId, verifier)];
        uint256 began = uint256(state.round) * _answerSeconds;
        if (entry.since >= began || (entry.retiredAt != 0 && entry.retiredAt < began)) return false;
        uint256 whole = _roundWeights[_roundKey(task.modelId, state.round)];
        uint256 drawn = uint256(keccak256(abi.encodePacked(verifier, _rounds[state.round].randomness))) % whole;
        return drawn >= state.weightStart && drawn - state.weightStart < task.attentionWei;
    }

    /// @dev One hash in `oneIn` asks its verifier: hash * oneIn < 2^256. 0 and 1 ask nobody: they stand for no answer,
    /// and for one that has been paid.
    function _asks(bytes32 hash) private view returns (bool) {
        return hash > PAID && uint256(hash) <= type(uint256).max / _oneIn;
    }

    function _attentionHash(bytes32 taskId, address verifier, bytes32 endRoot, uint40 round)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(taskId, verifier, endRoot, _rounds[round].randomness));
    }

    function _requireAnswerable(uint256 round) private view {
        uint256 end = _answersEnd(round);
        if (block.timestamp > end) revert AnswersOver(end, block.timestamp);
    }

    function _enrolled(bytes32 id) private view returns (Enrollment storage entry) {
        entry = _enrollments[id];
        if (entry.since == 0) revert NotEnrolled(id);
    }

    /// @dev The last second in which what was asked in a round can be held against a verifier.
    function _judgementEnd(uint256 round, bytes32 modelId) private view returns (uint256) {
        return _roundEnd(round) + _settlementSeconds(_phases(modelId));
    }

    function _phases(bytes32 modelId) private view returns (uint256 phases) {
        (phases,,) = tower.terms(modelId);
    }

    function _enrollmentId(bytes32 modelId, address verifier) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(modelId, verifier));
    }

    function _answerId(bytes32 taskId, address verifier) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(taskId, verifier));
    }
}
