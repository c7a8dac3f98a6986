// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {NothingToWithdraw, ParameterInvalid, PayoutRefused, ValueUnexpected} from "./Rejections.sol";
import {ITower} from "./Tower.sol";
import {Parameters} from "./Types.sol";

/// @title A deployment's parameters, and the money
/// @notice Payouts are pulled, never pushed: no account's code can hold up another's settlement.
abstract contract Escrow {
    uint256 private constant MIN_ARITY = 2;
    uint256 private constant MAX_ARITY = 64;
    uint256 private constant BASIS_POINTS = 10_000;

    ITower public immutable tower;
    uint256 public immutable arity;
    uint256 public immutable clockSeconds;
    uint256 public immutable descentSeconds;
    uint256 public immutable windowSeconds;
    uint256 public immutable bondWei;
    uint256 public immutable burnBasisPoints;

    /// @notice What an account may withdraw.
    mapping(address account => uint256) public credits;

    event Withdrawn(address indexed account, uint256 paidWei);

    constructor(Parameters memory parameters, ITower tower_) {
        if (parameters.arity < MIN_ARITY || parameters.arity > MAX_ARITY) revert ParameterInvalid("arity");
        if (parameters.clockSeconds == 0 || parameters.clockSeconds >= 2 ** 31) revert ParameterInvalid("clockSeconds");
        if (parameters.descentSeconds >= 2 ** 24) revert ParameterInvalid("descentSeconds");
        if (parameters.windowSeconds == 0 || parameters.windowSeconds >= 2 ** 31) {
            revert ParameterInvalid("windowSeconds");
        }
        if (parameters.bondWei == 0) revert ParameterInvalid("bondWei");
        if (parameters.burnBasisPoints == 0 || parameters.burnBasisPoints > BASIS_POINTS) {
            revert ParameterInvalid("burnBasisPoints");
        }
        tower = tower_;
        arity = parameters.arity;
        clockSeconds = parameters.clockSeconds;
        descentSeconds = parameters.descentSeconds;
        windowSeconds = parameters.windowSeconds;
        bondWei = parameters.bondWei;
        burnBasisPoints = parameters.burnBasisPoints;
    }

    /// @dev For calls that take no value. They are payable all the same, so that the refusal has a name.
    modifier unpaid() {
        if (msg.value != 0) revert ValueUnexpected(msg.value);
        _;
    }

    function withdraw() external payable unpaid {
        uint256 credit = credits[msg.sender];
        if (credit == 0) revert NothingToWithdraw(msg.sender);
        // Before the transfer: whoever calls back from it finds nothing left.
        credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, credit);
        (bool paid,) = msg.sender.call{value: credit}("");
        // Undoes the call: a recipient that does not take its money loses nothing.
        if (!paid) revert PayoutRefused(msg.sender);
    }

    function _credit(address account, uint256 amountWei) internal {
        credits[account] += amountWei;
    }

    /// @dev What the winner gets of a loser's bond. The rest is burned: nobody is ever credited with it, and it stays
    /// here. How much that is follows from the verdicts, so it is not kept.
    function _winnerShare() internal view returns (uint256) {
        return bondWei - (bondWei * burnBasisPoints) / BASIS_POINTS;
    }
}
