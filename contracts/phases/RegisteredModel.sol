// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// A model as the contract keeps it, its program's fields among its own, in the order of use:
///
///   slot 0   codeRoot
///   slot 1   codeBase 32 | codeHeight 8 | entry 32 | stepLimit 48 | nodeCount 24 | valueHeight 8 | weightHeight 8
///            | phaseCount 8 | phases 8 | inputSlot 24 | outputSlot 24 | mostIterations 32        (256 bits)
///   slot 2   imageRoot          slot 3   graphRoot
///   slot 4   weightsRoot        slot 5   carryRoot
///   slot 6   outputBytes 24
///
/// A step reads the first two.
struct RegisteredModel {
    bytes32 codeRoot;
    uint32 codeBase;
    uint8 codeHeight;
    uint32 entry;
    uint48 stepLimit;
    uint24 nodeCount;
    uint8 valueHeight;
    uint8 weightHeight;
    uint8 phaseCount;
    /// Two bits each, the first one lowest; see `Joints`. No list that makes a tower is longer than four.
    uint8 phases;
    uint24 inputSlot;
    uint24 outputSlot;
    /// 0 where the top phase is no loop.
    uint32 mostIterations;
    bytes32 imageRoot;
    bytes32 graphRoot;
    bytes32 weightsRoot;
    bytes32 carryRoot;
    /// 0 where claims carry the output's root alone.
    uint24 outputBytes;
}
