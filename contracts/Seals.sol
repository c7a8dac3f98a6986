// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Market} from "./Market.sol";
import {
    NoSeals,
    NotYourSeal,
    RevealNotOver,
    RevealTooEarly,
    RevealTooLate,
    SealExists,
    SealMismatch,
    SealNotForfeited,
    SealOver,
    SealUnknown,
    TaskUnknown
} from "./Rejections.sol";
import {Assertion, Claim, Ids, Seal, Task} from "./Types.sol";

/// @title Claims that are bound before they are shown
/// @notice Mirrors spec/service/seals.ts. A server is bound to an assertion, and staked on it, before it says what it
/// is; between seal and reveal the verifiers that attention selects show that they have computed it themselves. Kept:
///
///   seal             kind 8 | sealedAt 40 | number 32
///   weight of round  128, by keccak(model, round as 5 bytes): attention parts of the tasks first sealed in it
abstract contract Seals is Market {
    enum SealKind {
        Unknown,
        Sealed,
        Revealed,
        Forfeited
    }

    struct SealState {
        SealKind kind;
        uint40 sealedAt;
        /// Of its binding.
        uint32 number;
    }

    mapping(bytes32 sealId => SealState) private _seals;
    mapping(bytes32 roundKey => uint256) internal _roundWeights;

    /// @notice With the block's time.
    event Sealed(bytes32 indexed sealId, Seal made, uint32 number);
    /// @notice The claim's window starts with the block.
    event Revealed(bytes32 indexed sealId, bytes32 indexed claimId, Claim claim, bytes output);
    event Forfeited(bytes32 indexed sealId);

    /// @notice Binds the caller to a claim on the task: `sealed_` is keccak(claim id, salt). The bond comes with it.
    function seal(Task calldata task, bytes32 sealed_) external payable returns (bytes32 id) {
        if (_answerSeconds == 0) revert NoSeals();
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = _bindable(taskId, task);
        Seal memory made = Seal(taskId, msg.sender, sealed_);
        id = Ids.sealId(made);
        if (_seals[id].kind != SealKind.Unknown) revert SealExists(id);
        uint32 number = _bind(state);
        _seals[id] = SealState(SealKind.Sealed, uint40(block.timestamp), number);
        // ATTENTION-1: the task's first seal alone decides in which round it is drawn.
        if (_stakeWei != 0 && !state.isDrawn) _draw(state, task);
        emit Sealed(id, made, number);
    }

    /// @dev Puts the task among those of this round, behind the ones that are there.
    function _draw(TaskState storage state, Task calldata task) private {
        uint40 round = _roundOf(block.timestamp);
        bytes32 key = _roundKey(task.modelId, round);
        uint256 start = _roundWeights[key];
        _roundWeights[key] = start + task.attentionWei;
        state.isDrawn = true;
        state.round = round;
        state.weightStart = uint128(start);
    }

    function _roundKey(bytes32 modelId, uint40 round) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(modelId, round));
    }

    /// @notice Shows what was sealed: from then on it is a claim like any other. A rival may have settled the task in
    /// between; the bond is the server's all the same.
    function reveal(Seal calldata made, Task calldata task, Assertion calldata asserted, bytes32 salt)
        external
        payable
        unpaid
        returns (bytes32 id)
    {
        bytes32 sealId = Ids.sealId(made);
        SealState storage entry = _unrevealed(sealId);
        if (msg.sender != made.server) revert NotYourSeal(made.server);
        // SEAL-1: not while verifiers may still answer, and not for ever.
        uint256 early = _answersOverAt(entry.sealedAt);
        if (block.timestamp <= early) revert RevealTooEarly(early, block.timestamp);
        uint256 late = early + _revealSeconds;
        if (block.timestamp > late) revert RevealTooLate(late, block.timestamp);
        bytes32 taskId = Ids.taskId(task);
        if (taskId != made.taskId) revert TaskUnknown(taskId);
        Claim memory claimed;
        uint256 phases;
        (id, claimed, phases) = _assert(taskId, task, asserted);
        // SEAL-2: what is revealed is what was sealed, to the letter.
        bytes32 actual = keccak256(abi.encodePacked(id, salt));
        if (actual != made.sealed_) revert SealMismatch(made.sealed_, actual);
        entry.kind = SealKind.Revealed;
        _stand(id, entry.number, phases);
        emit Revealed(sealId, id, claimed, asserted.output);
    }

    /// @notice Burns the bond behind a seal that was not revealed in time: else a server could seal to count who is
    /// awake, and walk away. Anyone may say so, once.
    function forfeit(Seal calldata made) external payable unpaid {
        bytes32 id = Ids.sealId(made);
        SealState storage entry = _unrevealed(id);
        uint256 late = _answersOverAt(entry.sealedAt) + _revealSeconds;
        if (block.timestamp <= late) revert RevealNotOver(late, block.timestamp);
        entry.kind = SealKind.Forfeited;
        emit Forfeited(id);
    }

    /// @notice Moves the cursor past a seal that was forfeited. Anyone may say so.
    function passSeal(Seal calldata made) external payable unpaid {
        bytes32 id = Ids.sealId(made);
        SealState storage entry = _seals[id];
        if (entry.kind == SealKind.Unknown) revert SealUnknown(id);
        if (entry.kind != SealKind.Forfeited) revert SealNotForfeited(id);
        _payable(made.taskId, entry.number).cursor++;
        emit SealPassed(id);
    }

    /// @notice What the contract keeps of a seal.
    function sealEntry(bytes32 sealId) external view returns (SealState memory) {
        return _seals[sealId];
    }

    /// @notice Attention parts of the tasks of a model that were first sealed in a round.
    function roundWeight(bytes32 modelId, uint40 round) external view returns (uint256) {
        return _roundWeights[_roundKey(modelId, round)];
    }

    function _unrevealed(bytes32 id) private view returns (SealState storage entry) {
        entry = _seals[id];
        if (entry.kind == SealKind.Unknown) revert SealUnknown(id);
        if (entry.kind != SealKind.Sealed) revert SealOver(id);
    }

    /// @dev The last second in which a seal may not be revealed yet.
    function _answersOverAt(uint256 sealedAt) private view returns (uint256) {
        return _stakeWei == 0 ? sealedAt + _answerSeconds : _answersEnd(_roundOf(sealedAt));
    }
}
