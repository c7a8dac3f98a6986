// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {LOOP} from "./phases/PhaseCodes.sol";

// The things that ids stand for; mirrors spec/setting/setting/parameters.ts, spec/service/{model,task}.ts. An id is the keccak of a
// thing's fields, packed in the order in which they stand here, so that a call binds every field of what it names.

/// What a deployment fixes for all its tasks.
struct Parameters {
    uint8 arity;
    uint32 clockSeconds;
    uint32 descentSeconds;
    uint32 windowSeconds;
    uint128 bondWei;
    uint16 burnBasisPoints;
}

struct Program {
    uint32 codeBase;
    uint8 codeHeight;
    bytes32 codeRoot;
    bytes32 imageRoot;
    uint32 entry;
}

struct Model {
    bytes32 programId;
    /// One byte a phase, coarsest first; packed behind their number as one byte.
    bytes phases;
    bytes32 graphRoot;
    uint32 nodeCount;
    uint8 valueHeight;
    uint8 weightHeight;
    bytes32 weightsRoot;
    bytes32 carryRoot;
    uint32 inputSlot;
    uint32 outputSlot;
    uint48 stepLimit;
    /// Of a run, where the top phase is `loop`; of no meaning elsewhere, and not in the id.
    uint32 iterations;
}

struct Task {
    address requester;
    uint48 nonce;
    bytes32 modelId;
    bytes32 inputRoot;
    uint128 feeWei;
    uint40 deadline;
}

struct Claim {
    bytes32 taskId;
    bytes32 modelId;
    address server;
    uint48 nonce;
    uint48 length;
    bytes32 startRoot;
    bytes32 endRoot;
    bytes32 outputRoot;
}

/// Of what model's claim, by whom, and the challenger's own number for it.
struct Dispute {
    bytes32 claimId;
    bytes32 modelId;
    address challenger;
    uint48 nonce;
}

library Ids {
    function programId(Program calldata program) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                program.codeBase, program.codeHeight, program.codeRoot, program.imageRoot, program.entry
            )
        );
    }

    function modelId(Model calldata model) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(
                abi.encodePacked(
                    model.programId, uint8(model.phases.length), model.phases, model.graphRoot, model.nodeCount
                ),
                abi.encodePacked(model.valueHeight, model.weightHeight, model.weightsRoot, model.carryRoot),
                abi.encodePacked(model.inputSlot, model.outputSlot, model.stepLimit),
                uint8(model.phases[0]) == LOOP ? abi.encodePacked(model.iterations) : new bytes(0)
            )
        );
    }

    function taskId(Task memory task) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                task.requester, task.nonce, task.modelId, task.inputRoot, task.feeWei, task.deadline
            )
        );
    }

    function claimId(Claim memory claim) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                claim.taskId,
                claim.modelId,
                claim.server,
                claim.nonce,
                claim.length,
                claim.startRoot,
                claim.endRoot,
                claim.outputRoot
            )
        );
    }

    function disputeId(Dispute memory dispute) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(dispute.claimId, dispute.modelId, dispute.challenger, dispute.nonce)
        );
    }
}
