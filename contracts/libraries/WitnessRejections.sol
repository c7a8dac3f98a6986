// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// Why a witness is refused; the names are those of spec/rejection.ts.

/// The witness is not laid out as it must be: a length, an index or a bitmap is `actual` instead of `expected`.
error WitnessMalformed(uint256 expected, uint256 actual);
/// The code in the witness is not the program's: its proof climbs to `actual`.
error CodeMismatch(bytes32 expected, bytes32 actual);
/// The state in the witness is not the agreed one: it hashes to `actual`.
error PreStateMismatch(bytes32 expected, bytes32 actual);
