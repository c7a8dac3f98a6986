// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Escrow} from "./Escrow.sol";
import {IConsumer} from "./IConsumer.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {
    AlreadyNotified,
    AttentionFeeInvalid,
    BondMismatch,
    ClaimDiffers,
    ClaimDisputed,
    ClaimExists,
    ClaimNotFinal,
    ClaimNotOpen,
    ClaimStands,
    ClaimUnknown,
    CursorElsewhere,
    DeadlineInvalid,
    FeePaid,
    FeeTooHigh,
    GasTooLow,
    IterationsInvalid,
    ModelUnknown,
    OutputLengthInvalid,
    OutputMismatch,
    SealRequired,
    TaskExists,
    TaskExpired,
    TaskNotExpired,
    TaskNotOpen,
    TaskNotSettled,
    TaskUnknown,
    WindowNotOver
} from "./Rejections.sol";
import {Assertion, Claim, Ids, Task} from "./Types.sol";

/// @title Tasks, claims and fees
/// @notice Mirrors spec/service/{tasks,claims}.ts. What a task or claim says is in its id; callers bring it along,
/// and the contract keeps a slot for each, for a task whose attention is drawn a second one:
///
///   task    kind 8 | bindings 32 | cursor 32 | settledBy 32 | isPaid 8 | isNotified 8 | isDrawn 8 | round 40
///           | answers 32;  weightStart 128
///   claim   kind 8 | number 32 | windowEnd 40 | disputes 32 | weight 64 | phases 8
///
/// Bindings, claims or seals, are numbered per task in the order of the chain, and the cursor stands on the first that
/// can still have the fee.
abstract contract Market is Escrow {
    /// @dev Height of the tree that a tensor fills.
    uint256 private constant TENSOR_HEIGHT = 24;

    /// @notice What a consumer's code may use when it is called back. It gets no less, and takes no more.
    uint256 public constant CALLBACK_GAS = 500_000;
    /// @dev For what is left to do behind the call back.
    uint256 private constant CALLBACK_RESERVE = 20_000;

    enum TaskKind {
        Unknown,
        Open,
        Bound,
        Settled,
        Expired
    }

    enum ClaimKind {
        Unknown,
        Pending,
        Final,
        Refuted
    }

    struct TaskState {
        TaskKind kind;
        /// Claims and seals so far.
        uint32 bindings;
        /// Number of the first binding that can still have the fee.
        uint32 cursor;
        /// Number of the claim that settled it.
        uint32 settledBy;
        bool isPaid;
        bool isNotified;
        /// Whether verifiers' attention is drawn, in `round`.
        bool isDrawn;
        uint40 round;
        /// Attention answers so far.
        uint32 answers;
        /// Attention parts of the tasks that were drawn before it, in its round.
        uint128 weightStart;
    }

    struct ClaimState {
        ClaimKind kind;
        /// Of its binding.
        uint32 number;
        /// The last second for openings; of a claim that has fallen, when it fell.
        uint40 windowEnd;
        /// Disputes that are running.
        uint32 disputes;
        /// Of its running disputes; frozen when it falls.
        uint64 weight;
        /// k of its model.
        uint8 phases;
    }

    mapping(bytes32 taskId => TaskState) internal _tasks;
    mapping(bytes32 claimId => ClaimState) internal _claims;

    event Requested(bytes32 indexed taskId, Task task, bytes input);
    /// @notice Its window starts with the block.
    event Claimed(bytes32 indexed claimId, Claim claim, uint32 number, bytes output);
    event Finalized(bytes32 indexed claimId);
    /// @notice By its first final claim.
    event Settled(bytes32 indexed taskId, bytes32 indexed claimId, uint32 number);
    /// @notice The cursor went on from a claim that has fallen or differs from the one that settled the task, ...
    event ClaimPassed(bytes32 indexed claimId);
    /// @notice ... or from a seal that was forfeited.
    event SealPassed(bytes32 indexed sealId);
    event Collected(bytes32 indexed claimId);
    /// @notice `isTaken` says whether the requester's code took the call back.
    event Notified(bytes32 indexed taskId, bool isTaken);
    event Expired(bytes32 indexed taskId);

    // --- Tasks

    /// @notice Puts the fee that comes with the call in escrow, `attentionWei` of it for attention, and commits the
    /// input. Any bytes are a valid input.
    function request(
        bytes32 modelId,
        uint48 nonce,
        uint32 iterations,
        uint128 attentionWei,
        uint40 deadline,
        bytes calldata input
    ) external payable returns (bytes32 id) {
        (uint256 phases,, uint256 mostIterations) = tower.terms(modelId);
        if (phases == 0) revert ModelUnknown(modelId);
        if (iterations > mostIterations || (iterations == 0) != (mostIterations == 0)) {
            revert IterationsInvalid(mostIterations, iterations);
        }
        if (deadline < block.timestamp) revert DeadlineInvalid(deadline, block.timestamp);
        // ESCROW-2: what a lie surely burns is more than the fee that it could earn.
        uint256 mostFee = _burned(_claimBondWei) - 1;
        if (msg.value > mostFee) revert FeeTooHigh(msg.value, mostFee);
        uint256 mostAttention = _stakeWei == 0 ? 0 : msg.value;
        if (attentionWei < _minFeeWei || attentionWei > mostAttention) {
            revert AttentionFeeInvalid(_minFeeWei, mostAttention, attentionWei);
        }
        bytes32 inputRoot = Merkle.rootOfBytes(input, TENSOR_HEIGHT);
        Task memory task =
            Task(msg.sender, nonce, modelId, inputRoot, iterations, uint128(msg.value), attentionWei, deadline);
        id = Ids.taskId(task);
        if (_tasks[id].kind != TaskKind.Unknown) revert TaskExists(id);
        _tasks[id].kind = TaskKind.Open;
        emit Requested(id, task, input);
    }

    /// @notice Gives back the fee of a task that nobody bound itself to by its deadline, or of one whose bindings have
    /// all had the time to become final and did not. Anyone may say so, once.
    function expire(Task calldata task) external payable unpaid {
        bytes32 id = Ids.taskId(task);
        TaskState storage state = _unsettled(id);
        uint256 last = task.deadline;
        if (state.kind == TaskKind.Bound) {
            (uint256 phases,,) = tower.terms(task.modelId);
            last += _settlementSeconds(phases);
        }
        if (block.timestamp <= last) revert TaskNotExpired(last, block.timestamp);
        state.kind = TaskKind.Expired;
        _credit(task.requester, task.feeWei);
        emit Expired(id);
    }

    function _unsettled(bytes32 id) internal view returns (TaskState storage state) {
        state = _tasks[id];
        if (state.kind == TaskKind.Unknown) revert TaskUnknown(id);
        if (state.kind > TaskKind.Bound) revert TaskNotOpen(id);
    }

    /// @dev A task that takes bindings still; what comes with the call is the claim's bond.
    function _bindable(bytes32 id, Task calldata task) internal view returns (TaskState storage state) {
        state = _unsettled(id);
        if (block.timestamp > task.deadline) revert TaskExpired(task.deadline, block.timestamp);
        if (msg.value != _claimBondWei) revert BondMismatch(_claimBondWei, msg.value);
    }

    /// @dev Numbers a binding.
    function _bind(TaskState storage state) internal returns (uint32 number) {
        number = state.bindings;
        state.bindings = number + 1;
        state.kind = TaskKind.Bound;
    }

    /// @notice What the contract keeps of a task.
    function taskEntry(bytes32 taskId) external view returns (TaskState memory) {
        return _tasks[taskId];
    }

    // --- Claims

    /// @notice Answers a task: output, last state, proof that the one sits in the other, and the bond, which comes
    /// with the call. Rival claims on one task run side by side.
    function claim(Task calldata task, Assertion calldata asserted) external payable returns (bytes32 id) {
        // In a deployment that asks for attention an open claim would let whoever cheats avoid the question.
        if (_stakeWei != 0) revert SealRequired();
        bytes32 taskId = Ids.taskId(task);
        TaskState storage state = _bindable(taskId, task);
        Claim memory made;
        uint256 phases;
        (id, made, phases) = _assert(taskId, task, asserted);
        uint32 number = _bind(state);
        _stand(id, number, phases);
        emit Claimed(id, made, number, asserted.output);
    }

    /// @dev Holds an assertion against the task's model, and gives the claim that it makes.
    function _assert(bytes32 taskId, Task calldata task, Assertion calldata asserted)
        internal
        view
        returns (bytes32 id, Claim memory made, uint256 phases)
    {
        made.taskId = taskId;
        made.modelId = task.modelId;
        made.server = msg.sender;
        made.nonce = asserted.nonce;
        made.length = asserted.length;
        // CLAIM-1: the first state is the contract's own, from the model and the input that were committed.
        made.startRoot = tower.startRoot(task.modelId, task.inputRoot, asserted.startWitness);
        made.endRoot = asserted.endRoot;
        made.outputRoot = tower.outputRoot(
            task.modelId, task.iterations, asserted.endRoot, asserted.length, asserted.outputWitness
        );
        uint256 outputBytes;
        (phases, outputBytes,) = tower.terms(task.modelId);
        _checkOutput(outputBytes, asserted.output, made.outputRoot);
        id = Ids.claimId(made);
        if (_claims[id].kind != ClaimKind.Unknown) revert ClaimExists(id);
    }

    /// @dev CLAIM-2: the output that is paid for is the one in the state that can be disputed, and of the model's length.
    function _checkOutput(uint256 outputBytes, bytes calldata output, bytes32 committed) private pure {
        if (output.length != outputBytes) revert OutputLengthInvalid(outputBytes, output.length);
        if (outputBytes == 0) return;
        bytes32 given = Merkle.rootOfBytes(output, TENSOR_HEIGHT);
        if (given != committed) revert OutputMismatch(committed, given);
    }

    /// @dev A claim stands: its window begins.
    function _stand(bytes32 id, uint32 number, uint256 phases) internal {
        uint40 windowEnd = uint40(block.timestamp + _windowSeconds);
        _claims[id] = ClaimState(ClaimKind.Pending, number, windowEnd, 0, 0, uint8(phases));
    }

    /// @notice Gives the server of a claim whose window is over and that no dispute is about its bond back. The first
    /// on its task settles it, and has the fee if no binding before it can still have it. Anyone may say so, once.
    function finalize(Claim calldata made, Task calldata task) external payable unpaid {
        bytes32 id = Ids.claimId(made);
        ClaimState storage entry = _pending(id);
        if (entry.disputes != 0) revert ClaimDisputed(id);
        if (block.timestamp <= entry.windowEnd) revert WindowNotOver(entry.windowEnd, block.timestamp);
        if (Ids.taskId(task) != made.taskId) revert TaskUnknown(Ids.taskId(task));
        entry.kind = ClaimKind.Final;
        uint32 number = entry.number;
        uint256 paidWei = _claimBondWei;
        TaskState storage state = _tasks[made.taskId];
        if (state.kind == TaskKind.Bound) {
            state.kind = TaskKind.Settled;
            state.settledBy = number;
            if (state.cursor == number) {
                state.isPaid = true;
                paidWei += task.feeWei - task.attentionWei;
            }
            emit Settled(made.taskId, id, number);
        }
        _credit(made.server, paidWei);
        emit Finalized(id);
    }

    function _pending(bytes32 id) internal view returns (ClaimState storage entry) {
        entry = _claims[id];
        if (entry.kind == ClaimKind.Unknown) revert ClaimUnknown(id);
        if (entry.kind != ClaimKind.Pending) revert ClaimNotOpen(id);
    }

    /// @notice What the contract keeps of a claim.
    function claimEntry(bytes32 claimId) external view returns (ClaimState memory) {
        return _claims[claimId];
    }

    // --- The fee

    /// @notice Moves the cursor past a claim that has fallen, or that says something else than the one that settled
    /// its task. Anyone may say so.
    function passClaim(Claim calldata made, Claim calldata settling) external payable unpaid {
        bytes32 id = Ids.claimId(made);
        ClaimState storage entry = _claims[id];
        if (entry.kind == ClaimKind.Unknown) revert ClaimUnknown(id);
        TaskState storage state = _payable(made.taskId, entry.number);
        if (entry.kind != ClaimKind.Refuted) {
            if (state.kind != TaskKind.Settled) revert ClaimStands(id);
            _requireSettling(made.taskId, state, settling);
            if (made.endRoot == settling.endRoot && made.length == settling.length) revert ClaimStands(id);
        }
        state.cursor++;
        emit ClaimPassed(id);
    }

    /// @notice Pays the fee of a settled task to the final claim that its cursor stands on. Anyone may say so, once.
    function collect(Claim calldata made, Claim calldata settling, Task calldata task) external payable unpaid {
        bytes32 id = Ids.claimId(made);
        ClaimState storage entry = _claims[id];
        if (entry.kind == ClaimKind.Unknown) revert ClaimUnknown(id);
        if (entry.kind != ClaimKind.Final) revert ClaimNotFinal(id);
        TaskState storage state = _payable(made.taskId, entry.number);
        _requireSettling(made.taskId, state, settling);
        if (made.endRoot != settling.endRoot || made.length != settling.length) revert ClaimDiffers(id);
        if (Ids.taskId(task) != made.taskId) revert TaskUnknown(Ids.taskId(task));
        state.isPaid = true;
        _credit(made.server, task.feeWei - task.attentionWei);
        emit Collected(id);
    }

    /// @dev A task whose fee is not paid, and whose cursor stands on binding `number`.
    function _payable(bytes32 taskId, uint32 number) internal view returns (TaskState storage state) {
        state = _tasks[taskId];
        if (state.kind == TaskKind.Expired) revert TaskNotOpen(taskId);
        if (state.isPaid) revert FeePaid(taskId);
        if (state.cursor != number) revert CursorElsewhere(state.cursor, number);
    }

    /// @dev Refuses any other claim than the one that settled the task.
    function _requireSettling(bytes32 taskId, TaskState storage state, Claim calldata settling) internal view {
        bytes32 id = Ids.claimId(settling);
        ClaimState storage entry = _claims[id];
        if (entry.kind != ClaimKind.Final || settling.taskId != taskId || entry.number != state.settledBy) {
            revert ClaimUnknown(id);
        }
    }

    function _requireSettled(bytes32 id) internal view returns (TaskState storage state) {
        state = _tasks[id];
        if (state.kind == TaskKind.Unknown) revert TaskUnknown(id);
        if (state.kind != TaskKind.Settled) revert TaskNotSettled(id);
    }

    // --- The call back

    /// @notice Calls the requester of a settled task back with the output, where it is a contract. Anyone may bring the
    /// output, once. It is a call of its own, so that nothing that the requester's code does holds up a server's pay.
    function notify(Task calldata task, Claim calldata settling, bytes calldata output) external payable unpaid {
        bytes32 id = Ids.taskId(task);
        TaskState storage state = _requireSettled(id);
        if (state.isNotified) revert AlreadyNotified(id);
        _requireSettling(id, state, settling);
        (, uint256 outputBytes,) = tower.terms(task.modelId);
        // CALLBACK-1: whoever brings the output cannot bring another.
        _checkOutput(outputBytes, output, settling.outputRoot);
        // Before the call: whoever calls again from inside it is refused.
        state.isNotified = true;
        bytes memory data = abi.encodeCall(IConsumer.onOutput, (id, settling.outputRoot, output));
        emit Notified(id, _callBack(task.requester, data));
    }

    /// @dev CALLBACK-2: the requester's code has its gas, whoever calls, and no more than that; what it returns is not
    /// looked at, and whether it reverts changes nothing.
    function _callBack(address to, bytes memory data) private returns (bool isTaken) {
        if (to.code.length == 0) return false;
        // Of the gas that is left a call is given 63 parts in 64.
        uint256 least = CALLBACK_GAS + CALLBACK_GAS / 63 + CALLBACK_RESERVE;
        if (gasleft() < least) revert GasTooLow(least, gasleft());
        uint256 limit = CALLBACK_GAS;
        assembly ("memory-safe") {
            isTaken := call(limit, to, 0, add(data, 32), mload(data), 0, 0)
        }
    }
}
