// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ledger} from "./Ledger.sol";
import {NothingToWithdraw, ParameterInvalid, PayoutRefused, ValueUnexpected} from "./Rejections.sol";
import {Terms, TermsOf} from "./Terms.sol";
import {ITower} from "./Tower.sol";
import {Parameters} from "./Types.sol";

/// @title A deployment's parameters, and the money
/// @notice Payouts are pulled, never pushed: no account's code can hold up another's settlement. What is burned is
/// credited to nobody and stays here; how much that is follows from what happened, so it is not kept.
abstract contract Escrow {
    uint256 private constant MIN_ARITY = 2;
    uint256 private constant MAX_ARITY = 64;

    ITower public immutable tower;

    uint256 internal immutable _arity;
    uint256 internal immutable _clockSeconds;
    uint256 internal immutable _descentSeconds;
    uint256 private immutable _windowSeconds;
    uint256 internal immutable _claimBondWei;
    uint256 internal immutable _disputeBondWei;
    uint256 internal immutable _burnBasisPoints;
    uint256 private immutable _disputesAtOnce;
    uint256 private immutable _mostMoves;
    uint256 private immutable _inclusionSeconds;
    uint256 private immutable _answerSeconds;
    uint256 private immutable _revealSeconds;
    uint256 private immutable _stakeWei;
    uint256 private immutable _oneIn;
    uint256 private immutable _minFeeWei;
    uint256 private immutable _payWei;

    Ledger internal _ledger;

    event Withdrawn(address indexed account, uint256 paidWei);
    event Delegated(address indexed account, address to);

    constructor(Parameters memory given, ITower tower_) {
        _check(given);
        if (tower_.arity() != given.arity || tower_.mostMoves() != given.mostMoves) revert ParameterInvalid("tower");
        tower = tower_;
        _arity = given.arity;
        _clockSeconds = given.clockSeconds;
        _descentSeconds = given.descentSeconds;
        _windowSeconds = given.windowSeconds;
        _claimBondWei = given.claimBondWei;
        _disputeBondWei = given.disputeBondWei;
        _burnBasisPoints = given.burnBasisPoints;
        _disputesAtOnce = given.disputesAtOnce;
        _mostMoves = given.mostMoves;
        _inclusionSeconds = given.inclusionSeconds;
        _answerSeconds = given.answerSeconds;
        _revealSeconds = given.revealSeconds;
        _stakeWei = given.stakeWei;
        _oneIn = given.oneIn;
        _minFeeWei = given.minFeeWei;
        _payWei = given.payWei;
    }

    /// @dev Mirrors `parameterFault` in spec/setting/parameters.ts, check for check.
    function _check(Parameters memory given) private pure {
        if (given.arity < MIN_ARITY || given.arity > MAX_ARITY) revert ParameterInvalid("arity");
        if (given.clockSeconds == 0 || given.clockSeconds >= 2 ** 31) revert ParameterInvalid("clockSeconds");
        if (given.descentSeconds >= 2 ** 24) revert ParameterInvalid("descentSeconds");
        if (given.windowSeconds == 0 || given.windowSeconds >= 2 ** 31) revert ParameterInvalid("windowSeconds");
        if (given.claimBondWei == 0) revert ParameterInvalid("claimBondWei");
        if (given.burnBasisPoints == 0 || given.burnBasisPoints >= TermsOf.BASIS_POINTS) {
            revert ParameterInvalid("burnBasisPoints");
        }
        if (given.disputesAtOnce == 0) revert ParameterInvalid("disputesAtOnce");
        uint256 claimBurned = uint256(given.claimBondWei) * given.burnBasisPoints / TermsOf.BASIS_POINTS;
        uint256 claimLeft = given.claimBondWei - claimBurned;
        uint256 disputeBurned = uint256(given.disputeBondWei) * given.burnBasisPoints / TermsOf.BASIS_POINTS;
        // A swarm costs its owner more than it takes, and a lie more than whoever refutes it.
        if (
            disputeBurned == 0 || given.disputeBondWei > given.claimBondWei
                || given.disputesAtOnce * disputeBurned < claimLeft || claimLeft < disputeBurned
        ) revert ParameterInvalid("disputeBondWei");
        if (given.inclusionSeconds >= 2 ** 24) revert ParameterInvalid("inclusionSeconds");
        if (given.mostMoves == 0) revert ParameterInvalid("mostMoves");
        if ((1 + uint256(given.mostMoves) / 2) * given.inclusionSeconds > given.clockSeconds) {
            revert ParameterInvalid("clockSeconds");
        }
        if (given.windowSeconds < given.inclusionSeconds) revert ParameterInvalid("windowSeconds");
        _checkSeals(given);
        _checkAttention(given);
    }

    function _checkSeals(Parameters memory given) private pure {
        if (given.answerSeconds == 0) {
            if (given.revealSeconds != 0) revert ParameterInvalid("answerSeconds");
            return;
        }
        if (given.answerSeconds >= 2 ** 31 || given.answerSeconds < given.inclusionSeconds) {
            revert ParameterInvalid("answerSeconds");
        }
        if (
            given.revealSeconds == 0 || given.revealSeconds >= 2 ** 31
                || given.revealSeconds < given.inclusionSeconds
        ) revert ParameterInvalid("revealSeconds");
    }

    function _checkAttention(Parameters memory given) private pure {
        if (given.stakeWei == 0 && given.oneIn == 0 && given.minFeeWei == 0 && given.payWei == 0) return;
        if (given.answerSeconds == 0) revert ParameterInvalid("attention");
        if (given.stakeWei == 0) revert ParameterInvalid("stakeWei");
        if (given.oneIn == 0) revert ParameterInvalid("oneIn");
        if (given.minFeeWei == 0) revert ParameterInvalid("minFeeWei");
        if (given.payWei == 0 || given.payWei > given.minFeeWei) revert ParameterInvalid("payWei");
        if (given.answerSeconds < 3 * uint256(given.inclusionSeconds)) revert ParameterInvalid("answerSeconds");
    }

    /// @dev For calls that take no value. They are payable all the same, so that the refusal has a name.
    modifier unpaid() {
        if (msg.value != 0) revert ValueUnexpected(msg.value);
        _;
    }

    function withdraw() external payable unpaid {
        uint256 credit = _ledger.credits[msg.sender];
        if (credit == 0) revert NothingToWithdraw(msg.sender);
        // Before the transfer: whoever calls back from it finds nothing left.
        _ledger.credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, credit);
        address to = msg.sender;
        bool paid;
        // What the recipient returns is not looked at, however long it is.
        assembly ("memory-safe") {
            paid := call(gas(), to, credit, 0, 0, 0, 0)
        }
        // Undoes the call: a recipient that does not take its money loses nothing.
        if (!paid) revert PayoutRefused(msg.sender);
    }

    /// @notice Lets an account make the caller's moves besides itself; the zero address takes that back. Whoever moves
    /// for a party can lose its disputes for it, and can do nothing else.
    function delegate(address to) external payable unpaid {
        _ledger.delegates[msg.sender] = to;
        emit Delegated(msg.sender, to);
    }

    function parameters() external view returns (Parameters memory) {
        return _terms().parameters;
    }

    /// @dev The deployment, for the libraries.
    function _terms() internal view returns (Terms memory terms) {
        terms.tower = tower;
        Parameters memory given = terms.parameters;
        given.arity = uint8(_arity);
        given.clockSeconds = uint32(_clockSeconds);
        given.descentSeconds = uint32(_descentSeconds);
        given.windowSeconds = uint32(_windowSeconds);
        given.claimBondWei = uint128(_claimBondWei);
        given.disputeBondWei = uint128(_disputeBondWei);
        given.burnBasisPoints = uint16(_burnBasisPoints);
        given.disputesAtOnce = uint16(_disputesAtOnce);
        given.mostMoves = uint16(_mostMoves);
        given.inclusionSeconds = uint32(_inclusionSeconds);
        given.answerSeconds = uint32(_answerSeconds);
        given.revealSeconds = uint32(_revealSeconds);
        given.stakeWei = uint128(_stakeWei);
        given.oneIn = uint32(_oneIn);
        given.minFeeWei = uint128(_minFeeWei);
        given.payWei = uint128(_payWei);
    }

    /// @dev The share of a bond that is not burned.
    function _left(uint256 bondWei) internal view returns (uint256) {
        return bondWei - bondWei * _burnBasisPoints / TermsOf.BASIS_POINTS;
    }
}
