// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// The bytes that stand for phases in a model's list; mirrors PHASE_CODES in spec/tower/model.ts.
uint8 constant GRAPH = 1;
uint8 constant VM = 2;
uint8 constant TILE = 3;
uint8 constant LOOP = 4;
