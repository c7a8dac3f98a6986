// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Escrow} from "../Escrow.sol";
import {IConsumer} from "../IConsumer.sol";

/// @title An account whose code handles payouts and outputs: it takes them, refuses them, tries to have them twice, burns
/// all gas, or returns more than anybody can read
/// @notice It passes calls on, so that it can be a requester, a server or a challenger.
contract Recipient is IConsumer {
    enum Manner {
        Takes,
        Refuses,
        Reenters,
        Burns,
        Bombs
    }

    error Refused();

    Manner public manner;
    /// @notice What the call from inside got: its success, and what it returned.
    bool public reentered;
    bytes public reentry;
    /// @notice What it was told last.
    bytes public told;
    /// @dev What it calls from inside an output.
    bytes private _again;

    function setManner(Manner chosen) external {
        manner = chosen;
    }

    function setAgain(bytes calldata data) external {
        _again = data;
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

    function onOutput(bytes32, bytes32, bytes calldata output) external {
        _misbehave(_again);
        told = output;
    }

    receive() external payable {
        _misbehave(abi.encodeCall(Escrow.withdraw, ()));
    }

    function _misbehave(bytes memory again) private {
        if (manner == Manner.Refuses) revert Refused();
        if (manner == Manner.Reenters) (reentered, reentry) = msg.sender.call(again);
        if (manner == Manner.Burns) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (manner == Manner.Bombs) {
            assembly ("memory-safe") {
                // Some 330,000 gas to make; whoever copies it pays as much again.
                revert(0, 350000)
            }
        }
    }
}
