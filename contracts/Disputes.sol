// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Claims} from "./Claims.sol";
import {Opening, Position, Segment} from "./game/Position.sol";
import {WitnessMalformed} from "./libraries/WitnessRejections.sol";
import {
    BondMismatch,
    CannotArbitrate,
    CannotDescend,
    CannotDissect,
    ClaimNotRefuted,
    ClockExpired,
    ClockNotExpired,
    DisputeExists,
    DisputeOver,
    DisputeUnknown,
    NotYourTurn,
    RootCountMismatch,
    SameEnd,
    WindowOver
} from "./Rejections.sol";
import {Descent} from "./Tower.sol";
import {Claim, Dispute, Ids} from "./Types.sol";

/// @title The verification game
/// @notice Mirrors spec/game/reply.ts, spec/game/clocks.ts and spec/service/disputes.ts. What is disputed and by whom
/// is in the dispute's id; callers bring it along, and the contract keeps:
///
///   slot 0   hash of the position (see Position)
///   slot 1   kind 8 | turnSince 40 | asserterSeconds 32 | challengerSeconds 32
///
/// The asserter is the claim's server. Whoever answers brings the segment that it answers along, opened.
abstract contract Disputes is Claims {
    enum DisputeKind {
        Unknown,
        AsserterToMove,
        ChallengerToMove,
        AsserterWon,
        ChallengerWon,
        Refunded
    }

    struct DisputeState {
        bytes32 positionHash;
        DisputeKind kind;
        uint40 turnSince;
        uint32 asserterSeconds;
        uint32 challengerSeconds;
    }

    mapping(bytes32 disputeId => DisputeState) private _disputes;

    event Opened(bytes32 indexed disputeId, Dispute dispute);
    /// @notice The mover answered segment `segment` and stands by `roots`, 32 bytes each, behind `start`.
    event Positioned(
        bytes32 indexed disputeId, uint8 phase, uint48 length, uint8 segment, bytes32 start, bytes roots
    );
    event Decided(bytes32 indexed disputeId, bool challengerWon, bool byTimeout);
    event Refunded(bytes32 indexed disputeId);

    // --- Opening: the claim is a vector with one segment, and the opening carries the first answer to it

    function openByDissect(Claim calldata made, uint48 nonce, bytes calldata roots)
        external
        payable
        returns (bytes32 id)
    {
        (Dispute memory dispute, Segment memory segment) = _open(made, nonce);
        id = Ids.disputeId(dispute);
        _dissect(id, 0, segment, roots);
    }

    function openByDescend(Claim calldata made, uint48 nonce, Descent calldata descent)
        external
        payable
        returns (bytes32 id)
    {
        (Dispute memory dispute, Segment memory segment) = _open(made, nonce);
        id = Ids.disputeId(dispute);
        _descend(id, 0, dispute.modelId, segment, descent);
    }

    function openByArbitrate(Claim calldata made, uint48 nonce, bytes calldata witness)
        external
        payable
        returns (bytes32 id)
    {
        (Dispute memory dispute, Segment memory segment) = _open(made, nonce);
        id = Ids.disputeId(dispute);
        _arbitrate(id, dispute, segment, witness);
    }

    // --- Moves

    function dissect(Dispute calldata dispute, Opening calldata opening, bytes calldata roots)
        external
        payable
        unpaid
    {
        bytes32 id = Ids.disputeId(dispute);
        _dissect(id, opening.segment, _pick(id, dispute, opening), roots);
    }

    function descend(Dispute calldata dispute, Opening calldata opening, Descent calldata descent)
        external
        payable
        unpaid
    {
        bytes32 id = Ids.disputeId(dispute);
        _descend(id, opening.segment, dispute.modelId, _pick(id, dispute, opening), descent);
    }

    function arbitrate(Dispute calldata dispute, Opening calldata opening, bytes calldata witness)
        external
        payable
        unpaid
    {
        bytes32 id = Ids.disputeId(dispute);
        _arbitrate(id, dispute, _pick(id, dispute, opening), witness);
    }

    /// @notice Whoever lets its clock run out has lost. Anyone may say so, once.
    function timeout(Dispute calldata dispute) external payable unpaid {
        bytes32 id = Ids.disputeId(dispute);
        DisputeState storage state = _running(id, dispute.claimId);
        uint256 deadline = _deadline(state);
        if (block.timestamp <= deadline) revert ClockNotExpired(deadline, block.timestamp);
        _settle(id, dispute, state.kind == DisputeKind.AsserterToMove, true);
    }

    /// @notice Gives a challenger its bond back whose claim was refuted in another dispute. Anyone may say so, once.
    function refund(Dispute calldata dispute) external payable unpaid {
        bytes32 id = Ids.disputeId(dispute);
        DisputeState storage state = _undecided(id);
        if (_claims[dispute.claimId].kind != ClaimKind.Refuted) revert ClaimNotRefuted(dispute.claimId);
        state.kind = DisputeKind.Refunded;
        state.positionHash = 0;
        _credit(dispute.challenger, bondWei);
        emit Refunded(id);
    }

    /// @notice What the contract keeps of a dispute.
    function disputeEntry(bytes32 id) external view returns (DisputeState memory) {
        return _disputes[id];
    }

    // --- Who may move, and what

    function _open(Claim calldata made, uint48 nonce) private returns (Dispute memory dispute, Segment memory) {
        bytes32 claimId = Ids.claimId(made);
        ClaimState storage entry = _claims[claimId];
        _requirePending(claimId, entry);
        if (block.timestamp > entry.windowEnd) revert WindowOver(entry.windowEnd, block.timestamp);
        if (msg.value != bondWei) revert BondMismatch(bondWei, msg.value);
        dispute = Dispute(claimId, made.modelId, msg.sender, nonce);
        bytes32 id = Ids.disputeId(dispute);
        DisputeState storage state = _disputes[id];
        if (state.kind != DisputeKind.Unknown) revert DisputeExists(id);
        uint32 time = uint32(_clockSeconds(made.modelId));
        entry.disputes++;
        state.kind = DisputeKind.ChallengerToMove;
        state.turnSince = uint40(block.timestamp);
        state.asserterSeconds = time;
        state.challengerSeconds = time;
        emit Opened(id, dispute);
        return (dispute, Segment(0, made.length, made.startRoot, made.endRoot));
    }

    /// @dev The segment that the party to move answers.
    function _pick(bytes32 id, Dispute calldata dispute, Opening calldata opening)
        private
        view
        returns (Segment memory)
    {
        DisputeState storage state = _running(id, dispute.claimId);
        address turn = state.kind == DisputeKind.AsserterToMove
            ? _claims[dispute.claimId].server
            : dispute.challenger;
        if (msg.sender != turn) revert NotYourTurn(turn);
        // CLOCK-1: a late move is refused even where nobody has claimed the timeout.
        uint256 deadline = _deadline(state);
        if (block.timestamp > deadline) revert ClockExpired(deadline, block.timestamp);
        // BIND-1: the move answers this very vector.
        return Position.open(opening, state.positionHash);
    }

    /// @dev VOID-1: a verdict on its claim in another dispute makes a dispute void.
    function _running(bytes32 id, bytes32 claimId) private view returns (DisputeState storage state) {
        state = _undecided(id);
        _requirePending(claimId, _claims[claimId]);
    }

    function _undecided(bytes32 id) private view returns (DisputeState storage state) {
        state = _disputes[id];
        if (state.kind == DisputeKind.Unknown) revert DisputeUnknown(id);
        if (state.kind > DisputeKind.ChallengerToMove) revert DisputeOver(id);
    }

    /// @dev The last second at which the party to move may still move.
    function _deadline(DisputeState storage state) private view returns (uint256) {
        return state.turnSince
            + (state.kind == DisputeKind.AsserterToMove ? state.asserterSeconds : state.challengerSeconds);
    }

    // --- The three answers

    function _dissect(bytes32 id, uint8 picked, Segment memory segment, bytes calldata roots) private {
        if (segment.length < 2) revert CannotDissect(segment.length);
        // BISECT-1: the next answer opens these very roots.
        _requireRoots(Position.segmentCount(segment.length, arity), roots);
        // BISECT-2: whoever answers must stand by another end.
        if (_last(roots) == segment.end) revert SameEnd(segment.end);
        _continue(id, picked, segment.phase, segment.length, segment.start, roots);
    }

    function _descend(
        bytes32 id,
        uint8 picked,
        bytes32 modelId,
        Segment memory segment,
        Descent calldata descent
    ) private {
        if (segment.length != 1 || segment.phase + 1 == tower.phaseCount(modelId)) {
            revert CannotDescend(segment.phase, segment.length);
        }
        if (descent.roots.length == 0) revert RootCountMismatch(1, 0);
        // DESCENT-1: the run below starts where the agreed pre-state leads, and nowhere else.
        // DESCENT-2: its end leads to the mover's own post-state, ...
        (bytes32 start, bytes32 post) = tower.descent(
            modelId,
            segment.phase,
            segment.start,
            _last(descent.roots),
            descent.length,
            descent.witness
        );
        _requireRoots(Position.segmentCount(descent.length, arity), descent.roots);
        // DESCENT-3: ... which is not the opponent's.
        if (post == segment.end) revert SameEnd(segment.end);
        _continue(id, picked, segment.phase + 1, descent.length, start, descent.roots);
    }

    function _arbitrate(bytes32 id, Dispute memory dispute, Segment memory segment, bytes calldata witness) private {
        if (segment.length != 1 || segment.phase + 1 != tower.phaseCount(dispute.modelId)) {
            revert CannotArbitrate(segment.phase, segment.length);
        }
        // ARBITER-1: no root is taken from the mover.
        bool moverWins = tower.stepRoot(dispute.modelId, segment.start, witness) != segment.end;
        bool challengerMoves = _disputes[id].kind == DisputeKind.ChallengerToMove;
        _settle(id, dispute, moverWins == challengerMoves, false);
    }

    function _requireRoots(uint256 expected, bytes calldata roots) private pure {
        if (roots.length & 31 != 0) revert WitnessMalformed(32 * expected, roots.length);
        if (roots.length >> 5 != expected) revert RootCountMismatch(expected, roots.length >> 5);
    }

    function _last(bytes calldata roots) private pure returns (bytes32) {
        return roots.length < 32 ? bytes32(0) : bytes32(roots[roots.length - 32:]);
    }

    // --- What becomes of the dispute

    function _continue(
        bytes32 id,
        uint8 picked,
        uint256 phase,
        uint256 length,
        bytes32 start,
        bytes calldata roots
    ) private {
        DisputeState storage state = _disputes[id];
        state.positionHash = Position.hash(phase, length, start, roots);
        // CLOCK-2: the mover pays for the time it took.
        uint32 taken = uint32(block.timestamp - state.turnSince);
        if (state.kind == DisputeKind.AsserterToMove) {
            state.asserterSeconds -= taken;
            state.kind = DisputeKind.ChallengerToMove;
        } else {
            state.challengerSeconds -= taken;
            state.kind = DisputeKind.AsserterToMove;
        }
        state.turnSince = uint40(block.timestamp);
        emit Positioned(id, uint8(phase), uint48(length), picked, start, roots);
    }

    /// @dev The loser's bond is divided. A challenger who wins has its own bond back and the claim is refuted; an
    /// asserter who wins keeps its claim, whose bond stays locked until it is final.
    function _settle(bytes32 id, Dispute memory dispute, bool challengerWins, bool byTimeout) private {
        ClaimState storage entry = _claims[dispute.claimId];
        DisputeState storage state = _disputes[id];
        state.kind = challengerWins ? DisputeKind.ChallengerWon : DisputeKind.AsserterWon;
        state.positionHash = 0;
        uint256 share = _winnerShare();
        if (challengerWins) {
            entry.kind = ClaimKind.Refuted;
            _credit(dispute.challenger, bondWei + share);
        } else {
            entry.disputes--;
            _credit(entry.server, share);
        }
        emit Decided(id, challengerWins, byTimeout);
    }
}
