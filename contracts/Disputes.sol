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
    ClaimDisputed,
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
import {Claim, Ids} from "./Types.sol";

/// The run below a segment's single step.
struct Descent {
    /// Steps of the run.
    uint48 length;
    /// Its roots after the start, 32 bytes each; the last is its end.
    bytes roots;
    bytes enterWitness;
    bytes exitWitness;
}

/// @title The verification game
/// @notice Mirrors spec/game/reply.ts, spec/game/clocks.ts and spec/service/disputes.ts. Of a dispute the contract
/// keeps:
///
///   slot 0   hash of the position (see Position)
///   slot 1   kind 8 | turnSince 40 | asserterSeconds 32 | challengerSeconds 32
///   slot 2   challenger 160
///   slot 3   claim
///   slot 4   model
///
/// The asserter is the claim's server. Whoever answers brings the segment that it answers along, opened.
abstract contract Disputes is Claims {
    enum DisputeKind {
        Unknown,
        AsserterToMove,
        ChallengerToMove,
        AsserterWon,
        ChallengerWon
    }

    struct DisputeState {
        bytes32 positionHash;
        DisputeKind kind;
        uint40 turnSince;
        uint32 asserterSeconds;
        uint32 challengerSeconds;
        address challenger;
        bytes32 claimId;
        bytes32 modelId;
    }

    mapping(bytes32 disputeId => DisputeState) private _disputes;

    event Opened(bytes32 indexed disputeId, bytes32 indexed claimId, address challenger, uint64 nonce);
    /// @notice The mover answered segment `segment` and stands by `roots`, 32 bytes each, behind `start`.
    event Positioned(
        bytes32 indexed disputeId, uint8 phase, uint48 length, uint8 segment, bytes32 start, bytes roots
    );
    event Decided(bytes32 indexed disputeId, bool challengerWon, bool byTimeout);

    // --- Opening: the claim is a vector with one segment, and the opening carries the first answer to it

    function openByDissect(Claim calldata made, uint64 nonce, bytes calldata roots)
        external
        payable
        returns (bytes32 id)
    {
        Segment memory segment;
        (id, segment) = _open(made, nonce);
        _dissect(id, 0, segment, roots);
    }

    function openByDescend(Claim calldata made, uint64 nonce, Descent calldata descent)
        external
        payable
        returns (bytes32 id)
    {
        Segment memory segment;
        (id, segment) = _open(made, nonce);
        _descend(id, 0, segment, descent);
    }

    function openByArbitrate(Claim calldata made, uint64 nonce, bytes calldata witness)
        external
        payable
        returns (bytes32 id)
    {
        Segment memory segment;
        (id, segment) = _open(made, nonce);
        _arbitrate(id, segment, witness);
    }

    // --- Moves

    function dissect(bytes32 id, Opening calldata opening, bytes calldata roots) external payable unpaid {
        _dissect(id, opening.segment, _pick(id, opening), roots);
    }

    function descend(bytes32 id, Opening calldata opening, Descent calldata descent) external payable unpaid {
        _descend(id, opening.segment, _pick(id, opening), descent);
    }

    function arbitrate(bytes32 id, Opening calldata opening, bytes calldata witness) external payable unpaid {
        _arbitrate(id, _pick(id, opening), witness);
    }

    /// @notice Whoever lets its clock run out has lost. Anyone may say so, once.
    function timeout(bytes32 id) external payable unpaid {
        DisputeState storage dispute = _running(id);
        uint256 deadline = _deadline(dispute);
        if (block.timestamp <= deadline) revert ClockNotExpired(deadline, block.timestamp);
        _settle(id, dispute, dispute.kind == DisputeKind.AsserterToMove, true);
    }

    /// @notice What the contract keeps of a dispute.
    function disputeEntry(bytes32 id) external view returns (DisputeState memory) {
        return _disputes[id];
    }

    // --- Who may move, and what

    function _open(Claim calldata made, uint64 nonce) private returns (bytes32 id, Segment memory) {
        bytes32 claimId = Ids.claimId(made);
        ClaimState storage entry = _claims[claimId];
        _requirePending(claimId, entry);
        if (entry.disputed) revert ClaimDisputed(claimId);
        if (block.timestamp > entry.windowEnd) revert WindowOver(entry.windowEnd, block.timestamp);
        if (msg.value != bondWei) revert BondMismatch(bondWei, msg.value);
        id = Ids.disputeId(claimId, msg.sender, nonce);
        DisputeState storage dispute = _disputes[id];
        if (dispute.kind != DisputeKind.Unknown) revert DisputeExists(id);
        uint32 time = uint32(clockSeconds + (_phaseCount(made.modelId) - 1) * descentSeconds);
        entry.disputed = true;
        dispute.kind = DisputeKind.ChallengerToMove;
        dispute.turnSince = uint40(block.timestamp);
        dispute.asserterSeconds = time;
        dispute.challengerSeconds = time;
        dispute.challenger = msg.sender;
        dispute.claimId = claimId;
        dispute.modelId = made.modelId;
        emit Opened(id, claimId, msg.sender, nonce);
        return (id, Segment(0, made.length, made.startRoot, made.endRoot));
    }

    /// @dev The segment that the party to move answers.
    function _pick(bytes32 id, Opening calldata opening) private view returns (Segment memory) {
        DisputeState storage dispute = _running(id);
        address turn = dispute.kind == DisputeKind.AsserterToMove
            ? _claims[dispute.claimId].server
            : dispute.challenger;
        if (msg.sender != turn) revert NotYourTurn(turn);
        // CLOCK-1: a late move is refused even where nobody has claimed the timeout.
        uint256 deadline = _deadline(dispute);
        if (block.timestamp > deadline) revert ClockExpired(deadline, block.timestamp);
        // BIND-1: the move answers this very vector.
        return Position.open(opening, dispute.positionHash);
    }

    function _running(bytes32 id) private view returns (DisputeState storage dispute) {
        dispute = _disputes[id];
        if (dispute.kind == DisputeKind.Unknown) revert DisputeUnknown(id);
        if (dispute.kind > DisputeKind.ChallengerToMove) revert DisputeOver(id);
    }

    /// @dev The last second at which the party to move may still move.
    function _deadline(DisputeState storage dispute) private view returns (uint256) {
        return dispute.turnSince
            + (
                dispute.kind == DisputeKind.AsserterToMove ? dispute.asserterSeconds : dispute.challengerSeconds
            );
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

    function _descend(bytes32 id, uint8 picked, Segment memory segment, Descent calldata descent) private {
        bytes32 modelId = _disputes[id].modelId;
        if (segment.length != 1 || segment.phase + 1 == _phaseCount(modelId)) {
            revert CannotDescend(segment.phase, segment.length);
        }
        if (descent.roots.length == 0) revert RootCountMismatch(1, 0);
        // DESCENT-1: the run below starts where the agreed pre-state leads, and nowhere else.
        bytes32 start = _enterRoot(modelId, segment.phase, segment.start, descent.enterWitness);
        // DESCENT-2: its end leads to the mover's own post-state, ...
        bytes32 post = _exitRoot(
            modelId, segment.phase, segment.start, _last(descent.roots), descent.length, descent.exitWitness
        );
        _requireRoots(Position.segmentCount(descent.length, arity), descent.roots);
        // DESCENT-3: ... which is not the opponent's.
        if (post == segment.end) revert SameEnd(segment.end);
        _continue(id, picked, segment.phase + 1, descent.length, start, descent.roots);
    }

    function _arbitrate(bytes32 id, Segment memory segment, bytes calldata witness) private {
        DisputeState storage dispute = _disputes[id];
        if (segment.length != 1 || segment.phase + 1 != _phaseCount(dispute.modelId)) {
            revert CannotArbitrate(segment.phase, segment.length);
        }
        // ARBITER-1: no root is taken from the mover.
        bool moverWins = _stepRoot(dispute.modelId, segment.start, witness) != segment.end;
        bool challengerMoves = dispute.kind == DisputeKind.ChallengerToMove;
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
        DisputeState storage dispute = _disputes[id];
        dispute.positionHash = Position.hash(phase, length, start, roots);
        // CLOCK-2: the mover pays for the time it took.
        uint32 taken = uint32(block.timestamp - dispute.turnSince);
        if (dispute.kind == DisputeKind.AsserterToMove) {
            dispute.asserterSeconds -= taken;
            dispute.kind = DisputeKind.ChallengerToMove;
        } else {
            dispute.challengerSeconds -= taken;
            dispute.kind = DisputeKind.AsserterToMove;
        }
        dispute.turnSince = uint40(block.timestamp);
        emit Positioned(id, uint8(phase), uint48(length), picked, start, roots);
    }

    /// @dev The loser's bond is divided. A challenger who wins has its own bond back and the claim is refuted; an
    /// asserter who wins keeps its claim, whose bond stays locked until it is final.
    function _settle(bytes32 id, DisputeState storage dispute, bool challengerWins, bool byTimeout) private {
        ClaimState storage entry = _claims[dispute.claimId];
        dispute.kind = challengerWins ? DisputeKind.ChallengerWon : DisputeKind.AsserterWon;
        dispute.positionHash = 0;
        entry.disputed = false;
        uint256 share = _winnerShare();
        if (challengerWins) {
            entry.kind = ClaimKind.Refuted;
            _credit(dispute.challenger, bondWei + share);
        } else {
            _credit(entry.server, share);
        }
        emit Decided(id, challengerWins, byTimeout);
    }
}
