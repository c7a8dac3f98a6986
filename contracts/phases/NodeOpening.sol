// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "../libraries/Merkle.sol";
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
        at = _openValues(model, preState, witness, at, opened);
        opened.end = _openWeights(model, witness, at, opened);
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

    function _openValues(
        RegisteredModel storage model,
        bytes32 preState,
        bytes calldata witness,
        uint256 at,
        OpenedNode memory opened
    ) private view returns (uint256 end) {
        Head head = opened.head;
        uint256 height = model.valueHeight;
        uint256 written = _slot(head.outputSlot(), height);
        uint256[] memory slots = _slots(head, Descriptor.VALUE, height, written);
        bytes32 root;
        (opened.values, root, end) = Multiproof.openLeaves(witness, at, slots, height, VmPhase.UNSET_TENSOR);
        // GRAPH-1: the node and its operands come from the agreed pre-state.
        bytes32 actual = stateRoot(opened.node, root);
        if (actual != preState) revert PreStateMismatch(preState, actual);
        _take(opened, Descriptor.VALUE, opened.values);
        opened.tensors[Descriptor.OPERANDS] =
            head.isInPlace() ? opened.values.at(written) : VmPhase.UNSET_TENSOR;
    }

    function _openWeights(
        RegisteredModel storage model,
        bytes calldata witness,
        uint256 at,
        OpenedNode memory opened
    ) private view returns (uint256 end) {
        uint256 height = model.weightHeight;
        uint256[] memory slots = _slots(opened.head, Descriptor.WEIGHT, height, NONE);
        if (slots.length == 0) return at;
        Leaves memory weights;
        bytes32 root;
        (weights, root, end) = Multiproof.openLeaves(witness, at, slots, height, VmPhase.UNSET_TENSOR);
        // GRAPH-12: weights come from the committed model.
        bytes32 expected = model.weightsRoot;
        if (root != expected) revert OperandMismatch(expected, root);
        _take(opened, Descriptor.WEIGHT, weights);
    }

    uint256 private constant NONE = type(uint256).max;

    /// @dev Slots of one tree that the node reads, and `another` one unless it is `NONE`: distinct and ascending.
    function _slots(Head head, uint256 kind, uint256 height, uint256 another)
        private
        pure
        returns (uint256[] memory slots)
    {
        unchecked {
            slots = new uint256[](Descriptor.OPERANDS + 1);
            uint256 count = 0;
            for (uint256 i = 0; i <= Descriptor.OPERANDS; i++) {
                uint256 slot = another;
                if (i < Descriptor.OPERANDS) {
                    (uint256 given, uint256 index) = head.operand(i);
                    slot = given == kind ? _slot(index, height) : NONE;
                }
                if (slot != NONE) count = _insert(slots, count, slot);
            }
            assembly ("memory-safe") {
                mstore(slots, count)
            }
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

    /// @dev The operands of one kind, from the slots that were opened; the first kind fills the others with unset ones.
    function _take(OpenedNode memory opened, uint256 kind, Leaves memory leaves) private pure {
        for (uint256 i = 0; i < Descriptor.OPERANDS; i++) {
            (uint256 given, uint256 index) = opened.head.operand(i);
            if (given == kind) opened.tensors[i] = leaves.at(_slot(index, leaves.height));
            else if (kind == Descriptor.VALUE) opened.tensors[i] = VmPhase.UNSET_TENSOR;
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
