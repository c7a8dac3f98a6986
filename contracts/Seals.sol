// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Bindings, PlayedModel} from "./Bindings.sol";
import {Ledger, Ledgers, SealKind, SealState, TaskState} from "./Ledger.sol";
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
import {Terms} from "./Terms.sol";
import {Assertion, Claim, Ids, Seal, Task} from "./Types.sol";

/// @title Claims that are bound before they are shown
/// @notice Mirrors spec/service/seals.ts. A server is bound to an assertion, and staked on it, before it says what it
/// is; between seal and reveal the verifiers that attention selects show that they have computed it themselves. A
/// library that the service is linked to, and that works on its ledger.
library Seals {
    /// @notice With the block's time.
    event Sealed(bytes32 indexed sealId, Seal made, uint32 number);
    /// @notice The claim's window starts with the block.
    event Revealed(bytes32 indexed sealId, bytes32 indexed claimId, Claim claim, bytes output);
    event Forfeited(bytes32 indexed sealId);
    /// @notice The cursor went on from a seal that was forfeited.
    event SealPassed(bytes32 indexed sealId);

    function seal(Ledger storage ledger, Terms calldata terms, Task calldata task, bytes32 commitment)
        external
        returns (bytes32 id)
    {
        if (!terms.takesSeals()) revert NoSeals();
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = Bindings.bindable(ledger, terms, taskId, task);
        Seal memory made = Seal(taskId, msg.sender, commitment);
        id = Ids.sealId(made);
        if (ledger.seals[id].kind != SealKind.Unknown) revert SealExists(id);
        uint32 number = Bindings.bind(state);
        ledger.seals[id] = SealState(SealKind.Sealed, uint40(block.timestamp), number);
        // ATTENTION-1: the task's first seal alone decides in which round it is drawn.
        if (terms.asksForAttention() && !state.isDrawn) _draw(ledger, terms, state, task);
        emit Sealed(id, made, number);
    }

    /// @dev Puts the task among those of this round, behind the ones that are there.
    function _draw(Ledger storage ledger, Terms calldata terms, TaskState storage state, Task calldata task) private {
        uint40 round = terms.roundOf(block.timestamp);
        bytes32 key = Ledgers.roundKey(task.modelId, round);
        uint256 start = ledger.roundWeights[key];
        ledger.roundWeights[key] = start + task.attentionWei;
        state.isDrawn = true;
        state.round = round;
        state.weightStart = uint128(start);
    }

    function reveal(
        Ledger storage ledger,
        Terms calldata terms,
        Seal calldata made,
        Task calldata task,
        Assertion calldata asserted,
        bytes32 salt
    ) external returns (bytes32 id) {
        bytes32 sealId = Ids.sealId(made);
        SealState storage entry = _unrevealed(ledger, sealId);
        if (msg.sender != made.server) revert NotYourSeal(made.server);
        // SEAL-1: not while verifiers may still answer, and not for ever.
        uint256 early = terms.earlyUntil(entry.sealedAt);
        if (block.timestamp <= early) revert RevealTooEarly(early, block.timestamp);
        uint256 late = early + terms.parameters.revealSeconds;
        if (block.timestamp > late) revert RevealTooLate(late, block.timestamp);
        if (Ids.taskId(task) != made.taskId) revert TaskUnknown(Ids.taskId(task));
        Claim memory claim;
        PlayedModel memory model;
        (id, claim, model) = Bindings.check(ledger, terms, made.taskId, task, asserted);
        // SEAL-2: what is revealed is what was sealed, to the letter.
        bytes32 actual = keccak256(abi.encodePacked(id, salt));
        if (actual != made.commitment) revert SealMismatch(made.commitment, actual);
        entry.kind = SealKind.Revealed;
        Bindings.stand(ledger, terms, id, entry.number, model);
        emit Revealed(sealId, id, claim, asserted.output);
    }

    function forfeit(Ledger storage ledger, Terms calldata terms, Seal calldata made) external {
        bytes32 id = Ids.sealId(made);
        SealState storage entry = _unrevealed(ledger, id);
        uint256 late = terms.earlyUntil(entry.sealedAt) + terms.parameters.revealSeconds;
        if (block.timestamp <= late) revert RevealNotOver(late, block.timestamp);
        entry.kind = SealKind.Forfeited;
        emit Forfeited(id);
    }

    function passSeal(Ledger storage ledger, Seal calldata made) external {
        bytes32 id = Ids.sealId(made);
        SealState storage entry = ledger.seals[id];
        if (entry.kind == SealKind.Unknown) revert SealUnknown(id);
        if (entry.kind != SealKind.Forfeited) revert SealNotForfeited(id);
        Bindings.owing(ledger, made.taskId, entry.number).cursor++;
        emit SealPassed(id);
    }

    function _unrevealed(Ledger storage ledger, bytes32 id) private view returns (SealState storage entry) {
        entry = ledger.seals[id];
        if (entry.kind == SealKind.Unknown) revert SealUnknown(id);
        if (entry.kind != SealKind.Sealed) revert SealOver(id);
    }
}
