// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Escrow} from "./Escrow.sol";
import {ClaimKind, ClaimState} from "./Ledger.sol";
import {Position, Segment} from "./game/Position.sol";
import {
    BondMismatch,
    CallMalformed,
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
    StateMismatch,
    WindowOver
} from "./Rejections.sol";
import {Claim, Dispute, Ids} from "./Types.sol";
import {WitnessMalformed} from "./libraries/WitnessRejections.sol";

/// @title The verification game
/// @notice Mirrors spec/game/{reply,clocks}.ts and spec/service/disputes.ts. Of a dispute the chain keeps one word:
///
///   running   keccak(hash of the position | standing, packed)
///   over      1 the asserter won, 2 the challenger won, 3 void and drawn
///
/// All that this stands for is brought along by whoever moves, packed, since calldata is most of what a move costs:
///
///   dispute    claimId 32 | asserter 20 | challenger 20 | nonce 6; its hash is the dispute's id
///   standing   turn 1 (0 the asserter's, 1 the challenger's) | turnSince 5 | asserterSeconds 4 | challengerSeconds 4
///              | weight 4
///   then       of a move: the segment that it answers, opened as game/Position.sol has it, and the reply;
///              of a timeout or a draw: hash of the position 32
///   reply      0 | the roots, 32 bytes each                          a dissection
///              1 | length 6 | number of roots 1 | roots | witness    a descent
///              2 | witness                                           an arbitration
abstract contract Court is Escrow {
    uint256 private constant SELECTOR_BYTES = 4;
    uint256 private constant DISPUTE_BYTES = 78;
    uint256 private constant STANDING_BYTES = 18;
    uint256 private constant HEAD_BYTES = DISPUTE_BYTES + STANDING_BYTES;

    uint256 private constant DISSECTION = 0;
    uint256 private constant DESCENT = 1;
    uint256 private constant ARBITRATION = 2;

    bytes32 private constant ASSERTER_WON = bytes32(uint256(1));
    bytes32 private constant CHALLENGER_WON = bytes32(uint256(2));
    bytes32 private constant DRAWN = bytes32(uint256(3));

    // What a challenger's accepted replies weigh when a fallen claim's bond is divided, in some 10,000 gas.
    uint256 private constant DISSECT_WEIGHT = 5;
    uint256 private constant DESCEND_WEIGHT = 9;
    uint256 private constant ARBITRATE_WEIGHT = 6;
    /// @dev What an opening weighs beside its reply.
    uint256 private constant OPEN_WEIGHT = 4;

    /// A dispute as it is brought along.
    struct Running {
        bytes32 id;
        bytes32 claimId;
        address asserter;
        address challenger;
        bool challengerMoves;
        uint256 turnSince;
        uint256 asserterSeconds;
        uint256 challengerSeconds;
        uint256 weight;
    }

    /// @notice Both clocks start with the block.
    event Opened(bytes32 indexed disputeId, Dispute dispute);
    /// @notice The mover answered a segment with its own roots in it. The data is packed, since a log pays for its bytes
    /// too: segment 1 | roots, 32 bytes each.
    event Dissected(bytes32 indexed disputeId);
    /// @notice ... or with the run below it. Packed: segment 1 | length 6 | the state in which the run starts 32 | roots.
    event Descended(bytes32 indexed disputeId);
    event Decided(bytes32 indexed disputeId, bool challengerWon, bool byTimeout);
    event Drawn(bytes32 indexed disputeId);

    // --- Who may move, and when

    /// @notice Opens a dispute about a claim: that is a vector with one segment, and with the opening comes the first
    /// reply to it.
    function open(Claim calldata made, uint48 nonce, bytes calldata reply) external payable returns (bytes32 id) {
        bytes32 claimId = Ids.claimId(made);
        ClaimState storage entry = _ledger.pending(claimId);
        if (block.timestamp > entry.windowEnd) revert WindowOver(entry.windowEnd, block.timestamp);
        if (msg.value != _disputeBondWei) revert BondMismatch(_disputeBondWei, msg.value);
        id = keccak256(abi.encodePacked(claimId, made.server, msg.sender, nonce));
        if (_ledger.disputes[id] != 0) revert DisputeExists(id);
        entry.disputes++;
        emit Opened(id, Dispute(claimId, made.server, msg.sender, nonce));
        uint256 time = _clockSeconds + (entry.phases - 1) * _descentSeconds;
        _reply(
            entry,
            Running(id, claimId, made.server, msg.sender, true, block.timestamp, time, time, 0),
            Segment(0, made.length, made.startRoot, made.endRoot, 0),
            reply,
            OPEN_WEIGHT
        );
    }

    /// @notice The party to move replies to a segment of its opponent's vector. All of it stands packed behind the
    /// selector.
    function move() external payable unpaid {
        bytes calldata brought = msg.data[SELECTOR_BYTES:];
        Running memory dispute;
        bytes32 word = _bring(dispute, brought);
        // VOID-1: a verdict on its claim in another dispute makes a dispute void.
        ClaimState storage entry = _ledger.pending(dispute.claimId);
        address turn = dispute.challengerMoves ? dispute.challenger : dispute.asserter;
        // DELEGATE-1: a delegate makes its party's moves, and gets nothing else.
        if (msg.sender != turn && _ledger.delegates[turn] != msg.sender) revert NotYourTurn(turn);
        // CLOCK-1: a late move is refused even where nobody has claimed the timeout.
        uint256 deadline = _deadline(dispute);
        if (block.timestamp > deadline) revert ClockExpired(deadline, block.timestamp);
        // BIND-1: the move answers this very vector.
        Segment memory segment;
        (bytes32 positionHash, bytes calldata reply) = Position.open(segment, _behind(brought, HEAD_BYTES));
        _requireWord(word, positionHash, brought);
        _reply(entry, dispute, segment, reply, 0);
    }

    /// @notice Whoever lets its clock run out has lost. Anyone may say so, once.
    function timeout(bytes calldata brought) external payable unpaid {
        Running memory dispute;
        bytes32 word = _bring(dispute, brought);
        ClaimState storage entry = _ledger.pending(dispute.claimId);
        _requireWord(word, bytes32(brought[HEAD_BYTES:]), brought);
        uint256 deadline = _deadline(dispute);
        if (block.timestamp <= deadline) revert ClockNotExpired(deadline, block.timestamp);
        _settle(entry, dispute, !dispute.challengerMoves, true);
    }

    /// @notice Gives a challenger whose claim fell in another dispute what is left of its bond, and its part of the
    /// claim's. Anyone may say so, once.
    function draw(bytes calldata brought) external payable unpaid {
        Running memory dispute;
        bytes32 word = _bring(dispute, brought);
        ClaimState storage entry = _ledger.claims[dispute.claimId];
        if (entry.kind != ClaimKind.Refuted) revert ClaimNotRefuted(dispute.claimId);
        _requireWord(word, bytes32(brought[HEAD_BYTES:]), brought);
        // PARTS-1: whoever had lost already when the claim fell has no part.
        uint256 fallenAt = entry.windowEnd;
        uint256 deadline = _deadline(dispute);
        if (dispute.challengerMoves && deadline < fallenAt) revert ClockExpired(deadline, fallenAt);
        _ledger.disputes[dispute.id] = DRAWN;
        _ledger.credit(dispute.challenger, _left(_disputeBondWei) + _part(entry, dispute));
        emit Drawn(dispute.id);
    }

    /// @dev What stands at the beginning of a move, a timeout or a draw, and the word that the chain keeps of that dispute.
    function _bring(Running memory dispute, bytes calldata brought) private view returns (bytes32 word) {
        if (brought.length < HEAD_BYTES + 32) revert CallMalformed(HEAD_BYTES + 32, brought.length);
        bytes32 id;
        uint256 standing;
        assembly ("memory-safe") {
            let at := brought.offset
            let free := mload(0x40)
            calldatacopy(free, at, DISPUTE_BYTES)
            id := keccak256(free, DISPUTE_BYTES)
            standing := shr(112, calldataload(add(at, DISPUTE_BYTES)))
            mstore(dispute, id)
            // claimId, asserter, challenger
            mstore(add(dispute, 0x20), calldataload(at))
            mstore(add(dispute, 0x40), shr(96, calldataload(add(at, 32))))
            mstore(add(dispute, 0x60), shr(96, calldataload(add(at, 52))))
        }
        word = _ledger.disputes[id];
        if (word == 0) revert DisputeUnknown(id);
        if (word <= DRAWN) revert DisputeOver(id);
        dispute.challengerMoves = standing >> 136 != 0;
        dispute.turnSince = uint40(standing >> 96);
        dispute.asserterSeconds = uint32(standing >> 64);
        dispute.challengerSeconds = uint32(standing >> 32);
        dispute.weight = uint32(standing);
    }

    /// @dev Refuses a standing or a position that is not the dispute's.
    function _requireWord(bytes32 word, bytes32 positionHash, bytes calldata brought) private pure {
        bytes32 actual;
        assembly ("memory-safe") {
            mstore(0x00, positionHash)
            calldatacopy(0x20, add(brought.offset, DISPUTE_BYTES), STANDING_BYTES)
            actual := keccak256(0x00, add(0x20, STANDING_BYTES))
        }
        if (actual != word) revert StateMismatch(word, actual);
    }

    /// @dev The last second at which the party to move may still move.
    function _deadline(Running memory dispute) private pure returns (uint256) {
        return dispute.turnSince + (dispute.challengerMoves ? dispute.challengerSeconds : dispute.asserterSeconds);
    }

    // --- The three replies

    /// @param extra what the move weighs beside its reply
    function _reply(
        ClaimState storage entry,
        Running memory dispute,
        Segment memory segment,
        bytes calldata reply,
        uint256 extra
    ) private {
        if (reply.length == 0) revert CallMalformed(1, 0);
        uint256 kind = uint8(reply[0]);
        reply = _behind(reply, 1);
        if (kind == DISSECTION) _dissect(entry, dispute, segment, reply, extra);
        else if (kind == DESCENT) _descend(entry, dispute, segment, reply, extra);
        else if (kind == ARBITRATION) _arbitrate(entry, dispute, segment, reply, extra);
        else revert CallMalformed(ARBITRATION, kind);
    }

    /// @dev All but the first bytes of what is at least as long.
    function _behind(bytes calldata whole, uint256 bytesBefore) private pure returns (bytes calldata rest) {
        assembly ("memory-safe") {
            rest.offset := add(whole.offset, bytesBefore)
            rest.length := sub(whole.length, bytesBefore)
        }
    }

    function _dissect(
        ClaimState storage entry,
        Running memory dispute,
        Segment memory segment,
        bytes calldata roots,
        uint256 extra
    ) private {
        if (segment.length < 2) revert CannotDissect(segment.length);
        // BISECT-1: the next answer opens these very roots.
        _requireRoots(Position.segmentCount(segment.length, _arity), roots);
        // BISECT-2: whoever answers must stand by another end.
        if (_last(roots) == segment.end) revert SameEnd(segment.end);
        uint256 nodes = Position.load(segment.start, roots);
        _logDissected(dispute.id, segment, nodes, roots.length);
        bytes32 positionHash = Position.hash(segment.phase, segment.length, nodes, roots.length);
        _continue(entry, dispute, positionHash, DISSECT_WEIGHT + extra);
    }

    function _descend(
        ClaimState storage entry,
        Running memory dispute,
        Segment memory segment,
        bytes calldata reply,
        uint256 extra
    ) private {
        if (segment.length != 1 || segment.phase + 1 == entry.phases) {
            revert CannotDescend(segment.phase, segment.length);
        }
        if (reply.length < 7) revert CallMalformed(7, reply.length);
        uint48 length = uint48(bytes6(reply[:6]));
        uint256 end = 7 + 32 * uint256(uint8(reply[6]));
        if (reply.length < end) revert CallMalformed(end, reply.length);
        bytes calldata roots = reply[7:end];
        if (roots.length == 0) revert RootCountMismatch(1, 0);
        // DESCENT-1: the run below starts where the agreed pre-state leads, and nowhere else.
        // DESCENT-2: its end leads to the mover's own post-state, ...
        (bytes32 start, bytes32 post) = tower.descent(
            entry.model, segment.phase, segment.start, _last(roots), length, _behind(reply, end)
        );
        _requireRoots(Position.segmentCount(length, _arity), roots);
        // DESCENT-3: ... which is not the opponent's.
        if (post == segment.end) revert SameEnd(segment.end);
        uint256 nodes = Position.load(start, roots);
        _logDescended(dispute.id, segment, length, nodes, roots.length);
        bytes32 positionHash = Position.hash(segment.phase + 1, length, nodes, roots.length);
        _continue(entry, dispute, positionHash, DESCEND_WEIGHT + extra);
    }

    function _arbitrate(
        ClaimState storage entry,
        Running memory dispute,
        Segment memory segment,
        bytes calldata witness,
        uint256 extra
    ) private {
        if (segment.length != 1 || segment.phase + 1 != entry.phases) {
            revert CannotArbitrate(segment.phase, segment.length);
        }
        // ARBITER-1: no root is taken from the mover.
        bool moverWins = tower.stepRoot(entry.model, segment.start, witness) != segment.end;
        if (dispute.challengerMoves) _weigh(entry, dispute, ARBITRATE_WEIGHT + extra);
        _settle(entry, dispute, moverWins == dispute.challengerMoves, false);
    }

    function _requireRoots(uint256 expected, bytes calldata roots) private pure {
        if (roots.length == expected << 5) return;
        if (roots.length & 31 != 0) revert WitnessMalformed(32 * expected, roots.length);
        revert RootCountMismatch(expected, roots.length >> 5);
    }

    /// @dev The last of the roots, of which there is at least one.
    function _last(bytes calldata roots) private pure returns (bytes32 root) {
        assembly ("memory-safe") {
            root := calldataload(sub(add(roots.offset, roots.length), 32))
        }
    }

    /// @dev `nodes` is a vector as `Position.load` leaves it: a free word, the start, the roots.
    function _logDissected(bytes32 id, Segment memory segment, uint256 nodes, uint256 rootsBytes) private {
        bytes32 topic = Dissected.selector;
        uint256 index = segment.index;
        bytes32 start = segment.start;
        assembly ("memory-safe") {
            // The segment's byte stands in the last of the start's for as long as it takes to log it.
            mstore(nodes, index)
            log2(add(nodes, 31), add(1, rootsBytes), topic, id)
            mstore(nodes, start)
        }
    }

    function _logDescended(bytes32 id, Segment memory segment, uint256 length, uint256 nodes, uint256 rootsBytes)
        private
    {
        bytes32 topic = Descended.selector;
        uint256 head = (segment.index << 48) | length;
        assembly ("memory-safe") {
            mstore(sub(nodes, 32), head)
            log2(sub(nodes, 7), add(39, rootsBytes), topic, id)
        }
    }

    // --- What becomes of the dispute

    function _continue(ClaimState storage entry, Running memory dispute, bytes32 positionHash, uint256 weight)
        private
    {
        unchecked {
            // CLOCK-2: the mover pays for the time it took, which it had.
            uint256 taken = block.timestamp - dispute.turnSince;
            if (dispute.challengerMoves) {
                dispute.challengerSeconds -= taken;
                _weigh(entry, dispute, weight);
            } else {
                dispute.asserterSeconds -= taken;
            }
        }
        // The turn is the other's, since this block.
        uint256 standing = uint256(dispute.challengerMoves ? 0 : 1) << 136 | block.timestamp << 96
            | dispute.asserterSeconds << 64 | dispute.challengerSeconds << 32 | dispute.weight;
        bytes32 word;
        assembly ("memory-safe") {
            mstore(0x00, positionHash)
            mstore(0x20, shl(112, standing))
            word := keccak256(0x00, add(0x20, STANDING_BYTES))
        }
        _ledger.disputes[dispute.id] = word;
    }

    /// @dev Counts an accepted reply of the challenger.
    function _weigh(ClaimState storage entry, Running memory dispute, uint256 weight) private {
        unchecked {
            dispute.weight += weight;
        }
        // The claim's weight has bits 112 to 175 of its word, and room for more than anybody can pay for.
        assembly ("memory-safe") {
            sstore(entry.slot, add(sload(entry.slot), shl(112, weight)))
        }
    }

    /// @dev An asserter who wins has what is left of the challenger's bond, and keeps its claim, whose bond stays locked
    /// until it is final. A challenger who wins has that back, and its part of what is left of the claim's bond.
    function _settle(ClaimState storage entry, Running memory dispute, bool challengerWins, bool byTimeout) private {
        uint256 left = _left(_disputeBondWei);
        if (challengerWins) {
            _ledger.disputes[dispute.id] = CHALLENGER_WON;
            entry.kind = ClaimKind.Refuted;
            entry.windowEnd = uint40(block.timestamp);
            _ledger.credit(dispute.challenger, left + _part(entry, dispute));
        } else {
            _ledger.disputes[dispute.id] = ASSERTER_WON;
            entry.disputes--;
            entry.weight -= uint64(dispute.weight);
            _ledger.credit(dispute.asserter, left);
        }
        emit Decided(dispute.id, challengerWins, byTimeout);
    }

    /// @dev PARTS-2: the running disputes about a fallen claim share its bond by their weights; what does not divide,
    /// and the part of whoever has none, is burned.
    function _part(ClaimState storage entry, Running memory dispute) private view returns (uint256) {
        return _left(_claimBondWei) * dispute.weight / entry.weight;
    }
}
