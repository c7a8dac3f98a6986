import { describe, expect, test } from 'vitest'
import { astOf, placeOf } from './solidityAst.ts'
import { mutantsOf } from './solidityMutants.ts'

const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

contract Till {
    error Short(uint256 least, uint256 given);
    event Paid(address who);
    uint256 constant LEAST = 0x0f;
    uint256 total;
    modifier open() { _; }

    /// “Quotes” are more bytes than letters.
    function pay(uint256 given, bool kind) external open {
        if (given < LEAST || !kind) revert Short(LEAST, given);
        total += given;
        emit Paid(msg.sender);
        for (uint256 i = 0; i != 3; i++) sum(given, i);
        assembly { total.slot := add(1, 2) }
    }

    function sum(uint256 a, uint256 b) internal pure returns (uint256) {
        return true ? a + b : a;
    }
}
`.replace('total.slot := add(1, 2)', 'sstore(total.slot, add(1, 2))')

const ast = astOf({ 'Till.sol': SOURCE })['Till.sol']!
const mutants = mutantsOf('Till.sol', SOURCE, ast)
const changesIn = (inside: string): readonly string[] =>
  mutants.filter((mutant) => mutant.inside === inside).map(({ mutator, after }) => `${mutator}: ${after}`)

describe('mutants of Solidity', () => {
  /** Rationale: an operator that makes nothing would leave a score that says less than it seems to. */
  test('MUTANTS-13 operators, conditions, constants, statements, modifiers and arguments are changed', () => {
    const pay = changesIn('Till.pay')
    for (const change of [
      'Operator: if (given <= LEAST || !kind) revert Short(LEAST, given);',
      'Operator: if (given >= LEAST || !kind) revert Short(LEAST, given);',
      'Operator: if (given < LEAST && !kind) revert Short(LEAST, given);',
      'Condition: if (!(given < LEAST || !kind)) revert Short(LEAST, given);',
      'Condition: if (given < LEAST || kind) revert Short(LEAST, given);',
      'Arguments: if (given < LEAST || !kind) revert Short(given, LEAST);',
      'Statement: if (given < LEAST || !kind) {}',
      'Operator: total -= given;',
      'Statement: {}',
      'Operator: for (uint256 i = 0; i == 3; i++) sum(given, i);',
      'Operator: for (uint256 i = 0; i != 3; i--) sum(given, i);',
      'Constant: for (uint256 i = 0; i != 4; i++) sum(given, i);',
      'Constant: for (uint256 i = 0; i != 2; i++) sum(given, i);',
      'Arguments: for (uint256 i = 0; i != 3; i++) sum(i, given);',
      'Operator: assembly { sstore(total.slot, sub(1, 2)) }',
      'Constant: assembly { sstore(total.slot, add(1, 3)) }',
      'Statement: assembly { {} }',
      'Modifier: function pay(uint256 given, bool kind) external {',
    ])
      expect(pay).toContain(change)
    expect(changesIn('Till')).toEqual([
      'Constant: uint256 constant LEAST = 0x10;',
      'Constant: uint256 constant LEAST = 0x0e;',
    ])
    expect(changesIn('Till.sum')).toEqual([
      'Condition: return !(true) ? a + b : a;',
      'Constant: return false ? a + b : a;',
      'Operator: return true ? a - b : a;',
    ])
  })

  test('MUTANTS-14 a mutant changes one place, where the compiler says it is, in bytes', () => {
    for (const { source, before, after, line } of mutants) {
      expect(source).not.toBe(SOURCE)
      expect(after).not.toBe(before)
      expect(SOURCE.split('\n')[line - 1]!.trim()).toBe(before)
      const [changed, ...more] = SOURCE.split('\n').filter((text, i) => source.split('\n')[i] !== text)
      expect([changed?.trim(), more]).toEqual([before, []])
    }
    const [start, end] = placeOf(ast)
    expect(Buffer.from(SOURCE).subarray(start, end).toString().trimEnd()).toMatch(/^pragma[\s\S]*}$/)
  })
})
