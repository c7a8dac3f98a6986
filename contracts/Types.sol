// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// The things that ids stand for; mirrors spec/setting/parameters.ts, spec/tower/model.ts and spec/service/task.ts. An id
// is the keccak of a thing's fields, packed in the order in which they stand here, so that a call binds every field of
// what it names.

/// What a deployment fixes for all its tasks.
struct Parameters {
    uint8 arity;
    uint32 clockSeconds;
    uint32 descentSeconds;
    uint32 windowSeconds;
    uint128 claimBondWei;
    uint128 disputeBondWei;
    uint16 burnBasisPoints;
    uint16 disputesAtOnce;
    uint16 mostMoves;
    uint32 inclusionSeconds;
    /// 0 where the deployment takes no seals; then so is `revealSeconds`.
    uint32 answerSeconds;
    uint32 revealSeconds;
    /// 0 where nobody is asked for attention; then so are the three below.
    uint128 stakeWei;
    uint32 oneIn;
    uint128 minFeeWei;
    uint128 payWei;
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
    /// 0 where claims and the call back carry the output's root alone.
    uint32 outputBytes;
    /// 0 where the top phase is no loop.
    uint32 mostIterations;
    uint48 stepLimit;
}

struct Task {
    address requester;
    uint48 nonce;
    bytes32 modelId;
    bytes32 inputRoot;
    uint32 iterations;
    uint128 feeWei;
    /// The part of the fee that pays for attention.
    uint128 attentionWei;
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

/// What a server asserts of a task; the rest of a claim is the contract's own.
struct Assertion {
    uint48 nonce;
    uint48 length;
    bytes32 endRoot;
    bytes output;
    bytes startWitness;
    bytes outputWitness;
}

struct Seal {
    bytes32 taskId;
    address server;
    /// keccak(claim id, salt)
    bytes32 commitment;
}

/// Whose claim, by whom, and the challenger's own number for it.
struct Dispute {
    bytes32 claimId;
    address asserter;
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
                abi.encodePacked(
                    model.inputSlot, model.outputSlot, model.outputBytes, model.mostIterations, model.stepLimit
                )
            )
        );
    }

    function taskId(Task memory task) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                task.requester,
                task.nonce,
                task.modelId,
                task.inputRoot,
                task.iterations,
                task.feeWei,
                task.attentionWei,
                task.deadline
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

    function sealId(Seal memory made) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(made.taskId, made.server, made.commitment));
    }
}
