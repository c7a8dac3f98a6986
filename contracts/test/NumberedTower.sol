// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {WitnessMalformed} from "../libraries/WitnessRejections.sol";
import {AlreadyRegistered} from "../Rejections.sol";
import {ITower} from "../Tower.sol";

/// @title What the towers of the tests share
/// @notice Models are registered under any id that a test likes, and numbered from 1.
abstract contract NumberedTower is ITower {
    uint256 public immutable arity;
    uint256 public immutable mostMoves;

    /// @dev 0 where there is no such model.
    mapping(bytes32 modelId => uint32 number) internal _numbers;
    uint32 private _modelCount;

    constructor(uint8 arity_, uint16 mostMoves_) {
        arity = arity_;
        mostMoves = mostMoves_;
    }

    function _register(bytes32 modelId) internal returns (uint32 number) {
        if (_numbers[modelId] != 0) revert AlreadyRegistered(modelId);
        number = ++_modelCount;
        _numbers[modelId] = number;
    }

    function _requireBytes(bytes calldata witness, uint256 expected) internal pure {
        if (witness.length != expected) revert WitnessMalformed(expected, witness.length);
    }
}
