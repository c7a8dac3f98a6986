// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Leaves, Row} from "../libraries/Multiproof.sol";
import {PreStateMismatch, WitnessMalformed} from "../libraries/WitnessRejections.sol";
import {DescriptorMismatch, OperandMismatch} from "../Rejections.sol";
import {Descriptor, Head} from "./Descriptor.sol";
import {RegisteredModel} from "./RegisteredModel.sol";
import {VmPhase} from "./VmPhase.sol";

/// A node as its witness opens it.
struct OpenedNode {
    uint256 node;
    Head head;
    /// The descriptor's root.
    bytes32 descriptor;
    /// Six operands, then what the output starts as; each unset where there is none.
    bytes32[7] tensors;
    Leaves values;
    /// Where the opening ends in the witness.
    uint256 end;
}

/// @title A node of the graph, opened once for both ends of the run below it
/// @notice Mirrors spec/tower/phases/nodeOpening.ts. The first part of a descent's witness:
///
///   node index (4, big-endian)
///   | the descriptor's head, its siblings in the descriptor, the descriptor's siblings in the graph: a row
///   | proof of the value slots that the node reads and the one that it writes
///   | proof of the weight slots that it reads, where there are any
library NodeOpening {
    uint256 private constant INDEX_BYTES = 4;

    function open(RegisteredModel storage model, bytes32 preState, bytes calldata witness)
        internal
        view
        returns (OpenedNode memory opened)
    {
        uint256 at = _openDescriptor(model, witness, opened);
        Head head = opened.head;
        uint256 height = model.valueHeight;
        uint256 written = _slot(head.outputSlot(), height);
        (uint256[] memory valueSlots, uint256[] memory weightSlots) = _reads(head, height, model.weightHeight, written);

        bytes32 root;
        (root, at) = opened.values.openLeaves(witness, at, valueSlots, height, VmPhase.UNSET_TENSOR);
        // GRAPH-1: the node and its operands come from the agreed pre-state.
        bytes32 actual = stateRoot(opened.node, root);
        if (actual != preState) revert PreStateMismatch(preState, actual);

        Leaves memory weights;
        if (weightSlots.length != 0) {
            (root, at) = weights.openLeaves(witness, at, weightSlots, model.weightHeight, VmPhase.UNSET_TENSOR);
            // GRAPH-12: weights come from the committed model.
            bytes32 expected = model.weightsRoot;
            if (root != expected) revert OperandMismatch(expected, root);
        }
        opened.end = at;
        _take(opened, head, weights);
        if (head.isInPlace()) opened.tensors[Descriptor.OPERANDS] = opened.values.leafAt(written);
        else opened.tensors[Descriptor.OPERANDS] = VmPhase.UNSET_TENSOR;
    }

    /// @notice The state behind the node, whose output then stands in its slot, all else as it was.
    function stateWith(OpenedNode memory opened, bytes32 output) internal pure returns (bytes32) {
        uint256 slot = _slot(opened.head.outputSlot(), opened.values.height);
        return stateRoot(opened.node + 1, opened.values.rootWith(slot, output, VmPhase.UNSET_TENSOR));
    }

    /// @notice A state of the phase `graph`.
    function stateRoot(uint256 node, bytes32 valuesRoot) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint32(node), valuesRoot));
    }

    function _openDescriptor(RegisteredModel storage model, bytes calldata witness, OpenedNode memory opened)
        private
        view
        returns (uint256 end)
    {
        if (witness.length < INDEX_BYTES) revert WitnessMalformed(INDEX_BYTES, witness.length);
        uint256 node = uint32(bytes4(witness[:INDEX_BYTES]));
        uint256 height = _graphHeight(model);
        Row memory row;
        unchecked {
            end = row.readRow(witness, INDEX_BYTES, 1 + Descriptor.HEIGHT + height);
        }
        bytes32 head = row.read(0);
        bytes32 descriptor = row.climb(head, 0, Descriptor.HEIGHT, 0);
        bytes32 graph = row.climb(descriptor, node, height, Descriptor.UNSET);
        row.requireSpent();
        // GRAPH-2: the job comes from the committed graph, at the index that the state holds.
        bytes32 expected = model.graphRoot;
        if (node >> height != 0) revert DescriptorMismatch(expected, 0);
        if (graph != expected) revert DescriptorMismatch(expected, graph);
        opened.node = node;
        opened.head = Descriptor.read(head);
        opened.descriptor = descriptor;
    }

    /// @dev What a node reads, distinct and ascending; of the values also the slot that it writes.
    function _reads(Head head, uint256 valueHeight, uint256 weightHeight, uint256 written)
        private
        pure
        returns (uint256[] memory values, uint256[] memory weights)
    {
        unchecked {
            values = new uint256[](Descriptor.OPERANDS + 1);
            weights = new uint256[](Descriptor.OPERANDS);
            assembly ("memory-safe") {
                // Both are as long as what they hold; there is room for more.
                mstore(values, 0)
                mstore(weights, 0)
            }
            _insert(values, written);
            for (uint256 i = 0; i < Descriptor.OPERANDS; i++) {
                (uint256 kind, uint256 index) = head.operand();
                head = head.next();
                if (kind == Descriptor.VALUE) _insert(values, _slot(index, valueHeight));
                else if (kind == Descriptor.WEIGHT) _insert(weights, _slot(index, weightHeight));
            }
        }
    }

    /// @dev Puts a slot in its place, unless it is there. There is room for it.
    function _insert(uint256[] memory slots, uint256 slot) private pure {
        assembly ("memory-safe") {
            let count := mload(slots)
            let end := add(slots, shl(5, count))
            // The last that is not greater, or the count before the first.
            let at := end
            for {} and(gt(at, slots), gt(mload(at), slot)) {} { at := sub(at, 0x20) }
            if or(eq(at, slots), iszero(eq(mload(at), slot))) {
                mcopy(add(at, 0x40), add(at, 0x20), sub(end, at))
                mstore(add(at, 0x20), slot)
                mstore(slots, add(count, 1))
            }
        }
    }

    function _take(OpenedNode memory opened, Head head, Leaves memory weights) private pure {
        unchecked {
            for (uint256 i = 0; i < Descriptor.OPERANDS; i++) {
                (uint256 kind, uint256 index) = head.operand();
                head = head.next();
                bytes32 tensor = VmPhase.UNSET_TENSOR;
                if (kind == Descriptor.VALUE) tensor = opened.values.leafAt(_slot(index, opened.values.height));
                else if (kind == Descriptor.WEIGHT) tensor = weights.leafAt(_slot(index, weights.height));
                opened.tensors[i] = tensor;
            }
        }
    }

    /// @dev Indices of a descriptor are taken modulo the size of the tree that they point into.
    function _slot(uint256 index, uint256 height) private pure returns (uint256) {
        return index & ((1 << height) - 1);
    }

    /// @dev Height of the tree over the nodes' descriptors.
    function _graphHeight(RegisteredModel storage model) private view returns (uint256 height) {
        unchecked {
            for (uint256 last = model.nodeCount - 1; last != 0; last >>= 1) height++;
        }
    }
}
