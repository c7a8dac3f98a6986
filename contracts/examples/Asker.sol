// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IConsumer} from "../IConsumer.sol";
import {Asked} from "../Market.sol";
import {Opml} from "../Opml.sol";

/// @title A contract that asks a model and keeps what it says
/// @notice An example of a consumer: it believes the service alone, and of the service's calls those alone that are about
/// what it asked itself.
contract Asker is IConsumer {
    struct Kept {
        bool isAsked;
        bool isKnown;
        bytes32 outputRoot;
        bytes output;
    }

    error NotTheService(address sender);
    error NotAsked(bytes32 taskId);

    Opml public immutable service;
    mapping(bytes32 taskId => Kept) private _kept;

    constructor(Opml service_) {
        service = service_;
    }

    /// @notice Asks; the fee is what comes with the call.
    function ask(Asked calldata asked, bytes calldata input) external payable returns (bytes32 taskId) {
        taskId = service.request{value: msg.value}(asked, input);
        _kept[taskId].isAsked = true;
    }

    function onOutput(bytes32 taskId, bytes32 outputRoot, bytes calldata output) external {
        if (msg.sender != address(service)) revert NotTheService(msg.sender);
        Kept storage kept = _kept[taskId];
        if (!kept.isAsked) revert NotAsked(taskId);
        kept.isKnown = true;
        kept.outputRoot = outputRoot;
        kept.output = output;
    }

    /// @notice What the model said, once it is settled and somebody has brought it; of an output that is too large to be
    /// carried, its root alone.
    function answer(bytes32 taskId)
        external
        view
        returns (bool isKnown, bytes32 outputRoot, bytes memory output)
    {
        Kept storage kept = _kept[taskId];
        return (kept.isKnown, kept.outputRoot, kept.output);
    }
}
