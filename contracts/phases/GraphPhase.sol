// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MachineStates} from "../libraries/MachineState.sol";
import {Merkle} from "../libraries/Merkle.sol";
import {PreStateMismatch, WitnessMalformed} from "../libraries/WitnessRejections.sol";
import {DescriptorMismatch, EndMismatch, LengthInvalid, OperandMismatch, OutputMismatch} from "../Rejections.sol";
import {RegisteredModel} from "./RegisteredModel.sol";
import {VmPhase} from "./VmPhase.sol";

/// A node as its witness opens it.
struct NodeOpening {
    uint32 node;
    bytes32 valuesRoot;
    bytes32 head;
    bytes32 descriptor;
}

/// @title One step is one node of the computation graph
/// @notice Mirrors spec/tower/phases/graph.ts and spec/graph/descriptor.ts: the top phase's rules and the joint to the
/// machine. Its functions are external, so that it is deployed and linked by itself: all in one would be larger than
/// a contract may be. Witnesses:
///
///   node opening   node index (4) | root over the value slots (32) | head of the descriptor (32)
///                  | the head's siblings in the descriptor | the descriptor's siblings in the graph
///   enterRoot      node opening | for each operand, and for an output in place: its root, its siblings
///   exitRoot       node opening | pre-image of the machine's last state | the memory's output slot and its siblings
///                  | the value that stood in the node's output slot and its siblings
library GraphPhase {
    uint256 private constant DESCRIPTOR_HEIGHT = 4;
    uint256 private constant HALF_SLOT_HEIGHT = 23;
    uint256 private constant HEAD_OFFSET = 36;
    uint256 private constant OPERAND_COUNT = 6;
    uint256 private constant VALUE = 1;
    uint256 private constant WEIGHT = 2;

    // --- Top phase

    function startRoot(RegisteredModel storage model, bytes32 input, bytes calldata witness)
        external
        view
        returns (bytes32)
    {
        uint256 height = model.valueHeight - 1;
        bytes32 carry = VmPhase.carryWithInput(model, height, input, witness);
        bytes32 scratch = _emptySlots(height);
        return _stateRoot(0, Merkle.join(carry, scratch));
    }

    function outputRoot(RegisteredModel storage model, bytes32 end, uint48 length, bytes calldata witness)
        external
        view
        returns (bytes32 output)
    {
        if (length != model.nodeCount) revert LengthInvalid(model.nodeCount, length);
        uint256 expected = 32 * (2 + uint256(model.valueHeight));
        if (witness.length != expected) revert WitnessMalformed(expected, witness.length);
        bytes32 valuesRoot = bytes32(witness[0:32]);
        bytes32 actual = _stateRoot(uint32(length), valuesRoot);
        if (actual != end) revert EndMismatch(end, actual);
        output = bytes32(witness[32:64]);
        actual = Merkle.climb(output, model.outputSlot, witness[64:]);
        if (actual != valuesRoot) revert OutputMismatch(valuesRoot, actual);
    }

    // --- The joint to the machine

    /// @notice DESCENT-1: the memory of the run below, from the agreed pre-state and the committed graph alone.
    function enterRoot(RegisteredModel storage model, bytes32 preState, bytes calldata witness)
        external
        view
        returns (bytes32)
    {
        uint256 opening = _nodeOpeningBytes(model);
        _checkEnterLength(model, opening, witness);
        NodeOpening memory node = _openNode(model, preState, witness);
        // Slot 0, six operands, the output.
        bytes32[8] memory slots;
        slots[0] = Merkle.join(model.imageRoot, _jobRoot(node.descriptor, _tileCount(node.head)));
        uint256 at = opening;
        for (uint256 i = 0; i <= OPERAND_COUNT; i++) {
            (uint256 kind, uint256 index) = _reference(node.head, i);
            if (kind != VALUE && kind != WEIGHT) {
                slots[1 + i] = VmPhase.UNSET_TENSOR;
                continue;
            }
            uint256 height = kind == VALUE ? model.valueHeight : model.weightHeight;
            uint256 end = at + 32 * (1 + height);
            bytes32 slot = bytes32(witness[at:at + 32]);
            bytes32 root = Merkle.climb(slot, index & ((1 << height) - 1), witness[at + 32:end]);
            if (root != (kind == VALUE ? node.valuesRoot : model.weightsRoot)) revert OperandMismatch(i);
            slots[1 + i] = slot;
            at = end;
        }
        return MachineStates.initialRoot(_memoryRoot(slots), model.entry);
    }

    /// @notice DESCENT-2: the post-state that the run below leads to; VM-LENGTH holds its length.
    function exitRoot(
        RegisteredModel storage model,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) external view returns (bytes32) {
        uint256 opening = _nodeOpeningBytes(model);
        uint256 output = opening + VmPhase.PREIMAGE_BYTES;
        uint256 previous = output + VmPhase.OUTPUT_OPENING_BYTES;
        uint256 height = model.valueHeight;
        if (witness.length != previous + 32 * (1 + height)) {
            revert WitnessMalformed(previous + 32 * (1 + height), witness.length);
        }
        NodeOpening memory node = _openNode(model, preState, witness);
        (bytes32 memoryRoot, uint8 status) = VmPhase.openEnd(end, witness[opening:output]);
        VmPhase.checkEnd(length, status, model.stepLimit);
        bytes32 written = VmPhase.openOutput(memoryRoot, witness[output:previous]);
        uint256 index = _outputSlot(node.head) & ((1 << height) - 1);
        bytes calldata siblings = witness[previous + 32:];
        bytes32 before = bytes32(witness[previous:previous + 32]);
        if (Merkle.climb(before, index, siblings) != node.valuesRoot) revert OperandMismatch(OPERAND_COUNT);
        return _stateRoot(node.node + 1, Merkle.climb(written, index, siblings));
    }

    // --- Parts

    function _stateRoot(uint32 node, bytes32 valuesRoot) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(node, valuesRoot));
    }

    /// @dev Height of the tree over the nodes' descriptors.
    function _graphHeight(RegisteredModel storage model) private view returns (uint256 height) {
        uint256 count = model.nodeCount;
        while ((1 << height) < count) height++;
    }

    function _nodeOpeningBytes(RegisteredModel storage model) private view returns (uint256) {
        return HEAD_OFFSET + 32 * (1 + DESCRIPTOR_HEIGHT + _graphHeight(model));
    }

    /// @dev How long the witness must be follows from the head in it; a head that is not the graph's is refused later.
    function _checkEnterLength(RegisteredModel storage model, uint256 opening, bytes calldata witness) private view {
        if (witness.length < opening) revert WitnessMalformed(opening, witness.length);
        bytes32 head = bytes32(witness[HEAD_OFFSET:HEAD_OFFSET + 32]);
        uint256 expected = opening;
        for (uint256 i = 0; i <= OPERAND_COUNT; i++) {
            (uint256 kind,) = _reference(head, i);
            if (kind == VALUE) expected += 32 * (1 + uint256(model.valueHeight));
            if (kind == WEIGHT) expected += 32 * (1 + uint256(model.weightHeight));
        }
        if (witness.length != expected) revert WitnessMalformed(expected, witness.length);
    }

    function _openNode(RegisteredModel storage model, bytes32 preState, bytes calldata witness)
        private
        view
        returns (NodeOpening memory opened)
    {
        opened.node = uint32(bytes4(witness[0:4]));
        opened.valuesRoot = bytes32(witness[4:HEAD_OFFSET]);
        // GRAPH-1: the node and its operands come from the agreed pre-state.
        bytes32 actual = _stateRoot(opened.node, opened.valuesRoot);
        if (actual != preState) revert PreStateMismatch(preState, actual);
        // GRAPH-2: the job comes from the committed graph, at the index that the state holds.
        uint256 siblings = HEAD_OFFSET + 32;
        uint256 path = siblings + 32 * DESCRIPTOR_HEIGHT;
        opened.head = bytes32(witness[HEAD_OFFSET:siblings]);
        opened.descriptor = Merkle.climb(opened.head, 0, witness[siblings:path]);
        if (opened.node >> _graphHeight(model) != 0) revert DescriptorMismatch(opened.node);
        bytes32 graph = Merkle.climb(opened.descriptor, opened.node, witness[path:_nodeOpeningBytes(model)]);
        if (graph != model.graphRoot) revert DescriptorMismatch(opened.node);
    }

    /// @dev Word `index` of a head: 32 bits, little-endian.
    function _word(bytes32 head, uint256 index) private pure returns (uint256) {
        uint256 word = (uint256(head) >> (224 - 32 * index)) & 0xffffffff;
        return (word >> 24) | ((word >> 8) & 0xff00) | ((word << 8) & 0xff0000) | ((word << 24) & 0xff000000);
    }

    /// @dev Reference `i` of a head: six operands, then the output where it is in place.
    function _reference(bytes32 head, uint256 i) private pure returns (uint256 kind, uint256 index) {
        uint256 word = _word(head, i);
        if (i < OPERAND_COUNT) return (word >> 30, word & 0x3fffffff);
        return (word >> 31 == 1 ? VALUE : 0, word & 0x7fffffff);
    }

    function _outputSlot(bytes32 head) private pure returns (uint256) {
        return _word(head, OPERAND_COUNT) & 0x7fffffff;
    }

    function _tileCount(bytes32 head) private pure returns (uint256) {
        uint256 count = _word(head, OPERAND_COUNT + 1);
        return count == 0 ? 1 : count;
    }

    /// @dev Root of the upper half of slot 0: the descriptor, then the range of tiles, all of them.
    function _jobRoot(bytes32 descriptor, uint256 tileCount) private pure returns (bytes32) {
        // The range leaf: first tile (0) and count, 32-bit little-endian.
        uint256 leaf = _word(bytes32(tileCount << 224), 0) << 192;
        bytes32 range = Merkle.padToHeight(bytes32(leaf), 0, DESCRIPTOR_HEIGHT);
        return Merkle.padToHeight(Merkle.join(descriptor, range), DESCRIPTOR_HEIGHT + 1, HALF_SLOT_HEIGHT);
    }

    function _memoryRoot(bytes32[8] memory slots) private pure returns (bytes32) {
        return Merkle.join(
            Merkle.join(Merkle.join(slots[0], slots[1]), Merkle.join(slots[2], slots[3])),
            Merkle.join(Merkle.join(slots[4], slots[5]), Merkle.join(slots[6], slots[7]))
        );
    }

    /// @dev Root of a tree of `height` over unset slots; there are constants for the first few.
    function _emptySlots(uint256 height) private pure returns (bytes32 root) {
        root = VmPhase.UNSET_TENSOR;
        for (uint256 level = 0; level < height; level++) root = Merkle.join(root, root);
    }
}
