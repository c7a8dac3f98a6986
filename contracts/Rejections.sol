// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// Why a call is refused. One name each, the same in spec/rejection.ts, in the journal and on report pages; the
// refusals of a step's witness stand in libraries/WitnessRejections.sol.

// --- Deployment and registry

/// The deployment's parameters are impossible; `parameter` is the first that is.
error ParameterInvalid(string parameter);
/// A program or model with this id is registered already.
error AlreadyRegistered(bytes32 id);
/// A program's `field` makes no code tree over the machine's addresses.
error ProgramInvalid(string field);
/// No program with this id.
error ProgramUnknown(bytes32 id);
/// A model's `field` does not fit the others.
error ModelInvalid(string field);
/// No model with this id.
error ModelUnknown(bytes32 id);
/// No joint between two neighbouring phases, or no arbiter for the last (`below` is 0).
error NoDescent(uint8 above, uint8 below);

// --- Tasks

/// A fee above the bond: a frivolous challenge could be worth its price.
error FeeTooHigh(uint256 feeWei, uint256 bondWei);
/// The deadline has passed already.
error DeadlineInvalid(uint40 deadline, uint256 time);
/// The same task to the letter.
error TaskExists(bytes32 id);
error TaskUnknown(bytes32 id);
/// The task is settled or expired.
error TaskNotOpen(bytes32 id);
/// The task's deadline has passed.
error TaskExpired(uint40 deadline, uint256 time);
/// `deadline`, behind which the fee goes back, has not passed.
error TaskNotExpired(uint256 deadline, uint256 time);

// --- Claims

/// The value that came with the call is not the bond.
error BondMismatch(uint256 expected, uint256 given);
error ClaimUnknown(bytes32 id);
/// The claim is final or refuted.
error ClaimNotOpen(bytes32 id);
/// A dispute about the claim is running.
error ClaimDisputed(bytes32 id);
/// The claim has not been refuted: its disputes go on.
error ClaimNotRefuted(bytes32 id);
error ClaimExists(bytes32 id);
/// The input does not go into the model's carry tree as witnessed: the siblings climb to `actual`.
error StartMismatch(bytes32 expected, bytes32 actual);
/// The output does not sit in the state as witnessed.
error OutputMismatch(bytes32 expected, bytes32 actual);
/// A run of `given` steps, where `expected` is the length, or the most that it may be.
error LengthInvalid(uint256 expected, uint256 given);
/// A run that ends in a state that is not stable, short of the step limit.
error EndNotStable(uint256 length, uint256 stepLimit);
/// The challenge window is over.
error WindowOver(uint40 windowEnd, uint256 time);
/// The challenge window is not over.
error WindowNotOver(uint40 windowEnd, uint256 time);

// --- Disputes

error DisputeExists(bytes32 id);
error DisputeUnknown(bytes32 id);
/// The dispute has been decided.
error DisputeOver(bytes32 id);
/// It is `turn` who is to move.
error NotYourTurn(address turn);
/// The mover's clock has run out.
error ClockExpired(uint256 deadline, uint256 time);
/// The mover's clock has not run out.
error ClockNotExpired(uint256 deadline, uint256 time);
/// The move answers another position than the one that stands.
error StateMismatch(bytes32 expected, bytes32 actual);
/// A vector of `given` roots where `expected` are due.
error RootCountMismatch(uint256 expected, uint256 given);
/// The mover asserts the very end that it disputes.
error SameEnd(bytes32 end);
/// Only a segment of two steps or more is dissected.
error CannotDissect(uint256 length);
/// Only a single step of a phase that is not the last is descended into.
error CannotDescend(uint256 phase, uint256 length);
/// Only a single step of the last phase is arbitrated.
error CannotArbitrate(uint256 phase, uint256 length);

// --- Witnesses of joints

/// The last state in the witness, of the run below or of a claim's own, hashes to `actual`.
error EndMismatch(bytes32 expected, bytes32 actual);
/// The descriptor in the witness is not the graph's at that node: it climbs to `actual`, 0 where there is no such node.
error DescriptorMismatch(bytes32 expected, bytes32 actual);
/// The weights in the witness are not the model's: they climb to `actual`.
error OperandMismatch(bytes32 expected, bytes32 actual);

// --- Escrow

error NothingToWithdraw(address account);
/// The account's own code does not take the payout; its credit stands.
error PayoutRefused(address account);
/// Value came with a call that takes none.
error ValueUnexpected(uint256 valueWei);
