// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Claims} from "./Claims.sol";
import {Disputes} from "./Disputes.sol";
import {Escrow} from "./Escrow.sol";
import {ModelTower} from "./ModelTower.sol";
import {Model, Parameters, Program} from "./Types.sol";

/// @title Optimistic machine learning
/// @notice One deployment: its registry, tasks, claims, disputes and money.
contract Opml is ModelTower, Disputes {
    constructor(Parameters memory parameters) Escrow(parameters) {}

    function registerProgram(Program calldata program) external payable unpaid returns (bytes32) {
        return _registerProgram(program);
    }

    function registerModel(Model calldata model) external payable unpaid returns (bytes32) {
        return _registerModel(model);
    }
}
