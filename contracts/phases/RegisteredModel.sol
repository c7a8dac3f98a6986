// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// A model as the contract keeps it, its program's fields among its own, in the order of use:
///
///   slot 0   codeRoot
///   slot 1   codeBase 32 | codeHeight 8 | entry 32 | stepLimit 48 | nodeCount 24 | valueHeight 8 | weightHeight 8
///            | phaseCount 8 | inputSlot 24 | outputSlot 24 | iterations 32                       (248 bits)
///   slot 2   phases, one byte each, the first one highest
///   slot 3   imageRoot          slot 4   graphRoot
///   slot 5   weightsRoot        slot 6   carryRoot
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
    uint24 inputSlot;
    uint24 outputSlot;
    /// Of a run under the top phase `loop`; 0 elsewhere.
    uint32 iterations;
    bytes32 phases;
    bytes32 imageRoot;
    bytes32 graphRoot;
    bytes32 weightsRoot;
    bytes32 carryRoot;
}
