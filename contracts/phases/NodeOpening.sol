// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Leaves, Multiproof, Row} from "../libraries/Multiproof.sol";
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
        Reads memory reads = _reads(head, height, model.weightHeight, written);

        bytes32 root;
        (opened.values, root, at) = Multiproof.openLeaves(witness, at, reads.values, height, VmPhase.UNSET_TENSOR);
        // GRAPH-1: the node and its operands come from the agreed pre-state.
        bytes32 actual = stateRoot(opened.node, root);
        if (actual != preState) revert PreStateMismatch(preState, actual);

        Leaves memory weights;
        if (reads.weights.length != 0) {
            (weights, root, at) =
                Multiproof.openLeaves(witness, at, reads.weights, model.weightHeight, VmPhase.UNSET_TENSOR);
            // GRAPH-12: weights come from the committed model.
            bytes32 expected = model.weightsRoot;
            if (root != expected) revert OperandMismatch(expected, root);
        }
        opened.end = at;
        _take(opened, reads, weights);
        opened.tensors[Descriptor.OPERANDS] =
            head.isInPlace() ? opened.values.leafAt(written) : VmPhase.UNSET_TENSOR;
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
        (row, end) = Multiproof.readRow(witness, INDEX_BYTES, 1 + Descriptor.HEIGHT + height);
        bytes32 head = row.read(0);
        (bytes32 descriptor, bytes32 zero) = row.climb(head, 0, Descriptor.HEIGHT, 0);
        (bytes32 graph,) = row.climb(descriptor, node, height, zero);
        row.requireSpent();
        // GRAPH-2: the job comes from the committed graph, at the index that the state holds.
        bytes32 expected = model.graphRoot;
        if (node >> height != 0) revert DescriptorMismatch(expected, 0);
        if (graph != expected) revert DescriptorMismatch(expected, graph);
        opened.node = node;
        opened.head = Head.wrap(head);
        opened.descriptor = descriptor;
    }

    /// What a node reads.
    struct Reads {
        /// By operand: its kind, and its slot in the tree of that kind.
        uint256[6] kinds;
        uint256[6] slots;
        /// Distinct and ascending; of the values also the slot that the node writes.
        uint256[] values;
        uint256[] weights;
    }

    function _reads(Head head, uint256 valueHeight, uint256 weightHeight, uint256 written)
        private
        pure
        returns (Reads memory reads)
    {
        unchecked {
            uint256[] memory values = new uint256[](Descriptor.OPERANDS + 1);
            uint256[] memory weights = new uint256[](Descriptor.OPERANDS);
            values[0] = written;
            uint256 valueCount = 1;
            uint256 weightCount = 0;
            for (uint256 i = 0; i < Descriptor.OPERANDS; i++) {
                (uint256 kind, uint256 index) = head.operand(i);
                if (kind == Descriptor.VALUE) {
                    index = _slot(index, valueHeight);
                    valueCount = _insert(values, valueCount, index);
                } else if (kind == Descriptor.WEIGHT) {
                    index = _slot(index, weightHeight);
                    weightCount = _insert(weights, weightCount, index);
                } else {
                    continue;
                }
                reads.kinds[i] = kind;
                reads.slots[i] = index;
            }
            assembly ("memory-safe") {
                mstore(values, valueCount)
                mstore(weights, weightCount)
            }
            reads.values = values;
            reads.weights = weights;
        }
    }

    /// @dev Puts a slot in its place among the first `count`, unless it is there.
    function _insert(uint256[] memory slots, uint256 count, uint256 slot) private pure returns (uint256) {
        unchecked {
            uint256 place = count;
            while (place != 0 && slots[place - 1] > slot) place--;
            if (place != 0 && slots[place - 1] == slot) return count;
            for (uint256 i = count; i != place; i--) slots[i] = slots[i - 1];
            slots[place] = slot;
            return count + 1;
        }
    }

    function _take(OpenedNode memory opened, Reads memory reads, Leaves memory weights) private pure {
        unchecked {
            for (uint256 i = 0; i < Descriptor.OPERANDS; i++) {
                uint256 kind = reads.kinds[i];
                if (kind == Descriptor.VALUE) opened.tensors[i] = opened.values.leafAt(reads.slots[i]);
                else if (kind == Descriptor.WEIGHT) opened.tensors[i] = weights.leafAt(reads.slots[i]);
                else opened.tensors[i] = VmPhase.UNSET_TENSOR;
            }
        }
    }

    /// @dev Indices of a descriptor are taken modulo the size of the tree that they point into.
    function _slot(uint256 index, uint256 height) private pure returns (uint256) {
        return index & ((1 << height) - 1);
    }

    /// @dev Height of the tree over the nodes' descriptors.
    function _graphHeight(RegisteredModel storage model) private view returns (uint256 height) {
        uint256 count = model.nodeCount;
        while ((1 << height) < count) height++;
    }
}
