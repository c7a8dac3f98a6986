// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Disputes} from "./Disputes.sol";
import {Escrow} from "./Escrow.sol";
import {ITower} from "./Tower.sol";
import {Parameters} from "./Types.sol";

/// @title Optimistic machine learning
/// @notice One deployment of the service: its tasks, claims, disputes and money. What is computed, and how a step of it
/// is judged, is the tower's: a contract of its own, fixed for good.
contract Opml is Disputes {
    constructor(Parameters memory parameters, ITower tower_) Escrow(parameters, tower_) {}
}
