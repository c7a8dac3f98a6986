// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Escrow} from "../Escrow.sol";

/// @title An account whose code handles its payout: it takes it, refuses it, or tries to have it twice
/// @notice It passes calls on, so that it can be a requester, a server or a challenger.
contract Recipient {
    enum Manner {
        Takes,
        Refuses,
        Reenters
    }

    error Refused();

    Manner public manner;
    /// @notice What the call from inside the payout got: its success, and what it returned.
    bool public reentered;
    bytes public reentry;

    function setManner(Manner chosen) external {
        manner = chosen;
    }

    /// @notice Calls `target` with the value of this call, as this account.
    function forward(address target, bytes calldata data) external payable returns (bytes memory result) {
        bool done;
        (done, result) = target.call{value: msg.value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
    }

    receive() external payable {
        if (manner == Manner.Refuses) revert Refused();
        if (manner == Manner.Reenters) (reentered, reentry) = msg.sender.call(abi.encodeCall(Escrow.withdraw, ()));
    }
}
