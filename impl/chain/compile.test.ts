import { describe, expect, test } from 'vitest'
import { artifact, compile, compileContracts } from './compile.ts'

const contract = (name: string, body: string): string =>
  `// SPDX-License-Identifier: MIT\npragma solidity ^0.8.30;\ncontract ${name} { ${body} }`

describe('compiler', () => {
  test('COMPILE-1 artifacts have code and interface', () => {
    const { Answer } = compile({
      'Answer.sol': contract('Answer', 'function answer() external pure returns (uint256) { return 42; }'),
    })
    expect(Answer?.source).toBe('Answer.sol')
    expect(Answer?.bytecode).toMatch(/^0x6[0-9a-f]{20,}$/)
    expect(Answer?.abi).toMatchObject([{ type: 'function', name: 'answer' }])
  })

  test('COMPILE-2 an error says where and what', () => {
    const broken = { 'Broken.sol': contract('Broken', 'uint256 x = true;') }
    expect(() => compile(broken)).toThrow(/TypeError[\s\S]*Broken\.sol:3/)
  })

  // Rationale: artifacts are asked for by name; the wrong one of two would be deployed in silence.
  test('COMPILE-3 two contracts of one name are refused', () => {
    const twice = { 'A.sol': contract('Same', ''), 'B.sol': contract('Same', '') }
    expect(() => compile(twice)).toThrow('two contracts are called Same')
  })

  test('COMPILE-4 the cache gives what the compiler gave', () => {
    expect(compileContracts()).toEqual(compileContracts())
  })

  test('COMPILE-5 an unknown contract is refused with the names that there are', () => {
    expect(() => artifact('NoSuchContract')).toThrow(/no contract NoSuchContract; there are: /)
  })
})
