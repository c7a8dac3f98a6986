// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Merkle} from "../libraries/Merkle.sol";
import {PreStateMismatch} from "../libraries/WitnessRejections.sol";
import {EndMismatch, EndNotStable, LengthInvalid} from "../Rejections.sol";
import {NumberedTower} from "./NumberedTower.sol";

/// @dev A tower of hash chains; see spec/tower/phases/alphabet.ts.
struct Alphabet {
    /// Steps of each phase's run but the last one's, coarsest first.
    uint48[] lengths;
    /// True lengths that a run of the last phase may have; its first value decides which.
    uint48[] lastLengths;
    uint48 stepLimit;
}

/// @dev Steps done in the upper phases, steps left in the last, where 0 is stable.
struct Letter {
    uint48 count;
    bytes32 value;
}

/// @title The alphabet tower
/// @notice Mirrors spec/tower/phases/alphabet.ts: any k, and games that cost little, to hold the game itself against its
/// specification.
contract AlphabetTower is NumberedTower {
    /// @dev count (6, big-endian) | value (32).
    uint256 private constant LETTER_BYTES = 38;
    uint256 private constant TENSOR_HEIGHT = 24;

    /// @dev An output is the last letter's value.
    uint256 private constant OUTPUT_BYTES = 32;

    mapping(uint32 number => Alphabet) private _alphabets;

    constructor(uint8 arity_, uint16 mostMoves_) NumberedTower(arity_, mostMoves_) {}

    function registerAlphabet(bytes32 modelId, Alphabet calldata alphabet) external {
        _alphabets[_register(modelId)] = alphabet;
    }

    function terms(bytes32 modelId)
        external
        view
        returns (uint32 number, uint256 phaseCount, uint256 outputBytes, uint256 mostIterations)
    {
        number = _numbers[modelId];
        return (number, number == 0 ? 0 : _alphabets[number].lengths.length + 1, OUTPUT_BYTES, 0);
    }

    function startRoot(bytes32 modelId, bytes32 inputRoot, bytes calldata witness) external view returns (bytes32) {
        _requireBytes(witness, 0);
        return _commit(0, _startLetter(_alphabets[_numbers[modelId]], 0, keccak256(abi.encodePacked(inputRoot))));
    }

    function outputRoot(bytes32 modelId, uint32, bytes32 end, uint48 length, bytes calldata witness)
        external
        view
        returns (bytes32)
    {
        _requireBytes(witness, LETTER_BYTES);
        Letter memory letter = _openEnd(0, end, witness);
        _checkLength(_alphabets[_numbers[modelId]], 0, length, letter);
        return Merkle.padToHeight(letter.value, 0, TENSOR_HEIGHT);
    }

    function descent(
        uint32 number,
        uint256 phase,
        bytes32 preState,
        bytes32 end,
        uint48 length,
        bytes calldata witness
    ) external view returns (bytes32 start, bytes32 postState) {
        Alphabet storage alphabet = _alphabets[number];
        _requireBytes(witness, 2 * LETTER_BYTES);
        Letter memory above = _openPreState(phase, preState, witness[:LETTER_BYTES]);
        bytes32 value = keccak256(abi.encodePacked(above.count, above.value));
        start = _commit(phase + 1, _startLetter(alphabet, phase + 1, value));
        Letter memory below = _openEnd(phase + 1, end, witness[LETTER_BYTES:]);
        _checkLength(alphabet, phase + 1, length, below);
        unchecked {
            // The specification's counter is cut off at 48 bits too.
            postState = _commit(phase, Letter(above.count + 1, keccak256(abi.encodePacked(above.value, below.value))));
        }
    }

    function stepRoot(uint32 number, bytes32 preState, bytes calldata witness) external view returns (bytes32) {
        _requireBytes(witness, LETTER_BYTES);
        uint256 last = _alphabets[number].lengths.length;
        Letter memory letter = _openPreState(last, preState, witness);
        if (letter.count == 0) return preState;
        return _commit(last, Letter(letter.count - 1, keccak256(abi.encodePacked(letter.value))));
    }

    /// @dev The first letter of a run: in the last phase the value decides how long it is.
    function _startLetter(Alphabet storage alphabet, uint256 phase, bytes32 value)
        private
        view
        returns (Letter memory)
    {
        if (phase < alphabet.lengths.length) return Letter(0, value);
        return Letter(alphabet.lastLengths[uint8(value[0]) % alphabet.lastLengths.length], value);
    }

    /// @dev A run's length: fixed above, stated in the last phase with an end that is stable or at exactly the limit.
    function _checkLength(Alphabet storage alphabet, uint256 phase, uint48 length, Letter memory end)
        private
        view
    {
        if (phase < alphabet.lengths.length) {
            if (length != alphabet.lengths[phase]) revert LengthInvalid(alphabet.lengths[phase], length);
            return;
        }
        if (length < 1 || length > alphabet.stepLimit) revert LengthInvalid(alphabet.stepLimit, length);
        if (end.count != 0 && length != alphabet.stepLimit) revert EndNotStable(length, alphabet.stepLimit);
    }

    function _commit(uint256 phase, Letter memory letter) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(phase), letter.count, letter.value));
    }

    function _parse(bytes calldata witness) private pure returns (Letter memory) {
        return Letter(uint48(bytes6(witness[:6])), bytes32(witness[6:LETTER_BYTES]));
    }

    function _openPreState(uint256 phase, bytes32 root, bytes calldata witness)
        private
        pure
        returns (Letter memory letter)
    {
        letter = _parse(witness);
        bytes32 actual = _commit(phase, letter);
        if (actual != root) revert PreStateMismatch(root, actual);
    }

    function _openEnd(uint256 phase, bytes32 root, bytes calldata witness)
        private
        pure
        returns (Letter memory letter)
    {
        letter = _parse(witness);
        bytes32 actual = _commit(phase, letter);
        if (actual != root) revert EndMismatch(root, actual);
    }
}
