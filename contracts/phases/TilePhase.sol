// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Row} from "../libraries/Multiproof.sol";
import {PreStateMismatch, WitnessMalformed} from "../libraries/WitnessRejections.sol";
import {EndMismatch, LengthInvalid} from "../Rejections.sol";
import {Descriptor} from "./Descriptor.sol";
import {NodeOpening, OpenedNode} from "./NodeOpening.sol";
import {RegisteredModel} from "./RegisteredModel.sol";
import {VmPhase} from "./VmPhase.sol";

/// @title One step is one tile of a node's output
/// @notice Mirrors spec/tower/phases/tile.ts. A state is keccak(index of the tile to run next, as 4 bytes big-endian,
/// root of the output so far, hash of the job); a job's hash is keccak(root of the descriptor, roots of six operands).
library TilePhase {
    uint256 private constant INDEX_BYTES = 4;

    /// @notice From a node to its tiles. Witness: as `NodeOpening.open` takes it | root of the output in the last tile
    /// state. That state's job is the node's, which the chain knows.
    function fromGraph(
        RegisteredModel storage model,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view returns (bytes32 start, bytes32 post) {
        OpenedNode memory opened = NodeOpening.open(model, preState, witness);
        bytes32 job = _jobHash(opened.descriptor, opened.tensors);
        start = _stateRoot(0, opened.tensors[Descriptor.OPERANDS], job);
        uint256 expected = opened.end + 32;
        if (witness.length != expected) revert WitnessMalformed(expected, witness.length);
        // TILE-1: as many tiles as the committed descriptor says, neither fewer nor more.
        uint256 tiles = opened.head.tileCount();
        if (length != tiles) revert LengthInvalid(tiles, length);
        bytes32 output = bytes32(witness[opened.end:]);
        bytes32 actual = _stateRoot(length, output, job);
        if (actual != end) revert EndMismatch(end, actual);
        post = NodeOpening.stateWith(opened, output);
    }

    /// @notice From a tile to the machine. Witness: index (4, big-endian) | root of the descriptor | the output so far and
    /// six operand roots, a row | end of the machine's run, as `VmPhase.openEnd`.
    function toVm(
        RegisteredModel storage model,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) internal view returns (bytes32 start, bytes32 post) {
        uint256 at = INDEX_BYTES + 32;
        if (witness.length < at) revert WitnessMalformed(at, witness.length);
        uint256 tile = uint32(bytes4(witness[:INDEX_BYTES]));
        bytes32 descriptor = bytes32(witness[INDEX_BYTES:at]);
        bytes32[7] memory tensors;
        (tensors, at) = _readTensors(witness, at);
        bytes32 job = _jobHash(descriptor, tensors);
        // TILE-2: index, output so far and job come from the agreed pre-state.
        bytes32 actual = _stateRoot(tile, tensors[Descriptor.OPERANDS], job);
        if (actual != preState) revert PreStateMismatch(preState, actual);
        start = VmPhase.jobStartRoot(model, Descriptor.jobRoot(descriptor, tile, 1), tensors);
        bytes32 output = VmPhase.openEnd(end, length, model.stepLimit, witness, at);
        post = _stateRoot(tile + 1, output, job);
    }

    /// @dev The output comes first in the row, and last among the tensors.
    function _readTensors(bytes calldata witness, uint256 at)
        private
        pure
        returns (bytes32[7] memory tensors, uint256 end)
    {
        Row memory row;
        end = row.readRow(witness, at, 1 + Descriptor.OPERANDS);
        tensors[Descriptor.OPERANDS] = row.read(VmPhase.UNSET_TENSOR);
        for (uint256 i = 0; i < Descriptor.OPERANDS; i++) tensors[i] = row.read(VmPhase.UNSET_TENSOR);
        row.requireSpent();
    }

    /// @dev The index is one of 2^32, whatever a state that nobody can reach says.
    function _stateRoot(uint256 tile, bytes32 output, bytes32 job) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint32(tile), output, job));
    }

    function _jobHash(bytes32 descriptor, bytes32[7] memory tensors) private pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                descriptor, tensors[0], tensors[1], tensors[2], tensors[3], tensors[4], tensors[5]
            )
        );
    }
}
