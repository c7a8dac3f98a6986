import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Artifact, artifact } from './artifacts.ts'
import { compile, DEPLOYED } from './compile.ts'

const contract = (name: string, body: string): string =>
  `// SPDX-License-Identifier: MIT\npragma solidity ^0.8.30;\ncontract ${name} { ${body} }`

const ANSWER = {
  'Answer.sol': contract('Answer', 'function answer() external pure returns (uint256) { return 42; }'),
}

describe('compiler', () => {
  test('COMPILE-1 artifacts have code and interface', () => {
    const [answer] = compile(ANSWER, { Answer: 'Answer.sol' })
    expect(answer).toMatchObject({ name: 'Answer', source: 'Answer.sol', links: {} })
    expect(answer!.bytecode).toMatch(/^0x6[0-9a-f]{20,}$/)
    expect(answer!.abi).toMatchObject([{ type: 'function', name: 'answer' }])
  })

  test('COMPILE-2 an error says where and what', () => {
    const broken = { 'Broken.sol': contract('Broken', 'uint256 x = true;') }
    expect(() => compile(broken, { Broken: 'Broken.sol' })).toThrow(/TypeError[\s\S]*Broken\.sol:3/)
  })

  test('COMPILE-7 of a contract that is linked to a library it says where the address goes', () => {
    const linked = {
      'Linked.sol': `${contract('Linked', 'function answer() external pure returns (uint256) { return Library.answer(); }')}
        library Library { function answer() external pure returns (uint256) { return 42; } }`,
    }
    const [{ bytecode, links }] = compile(linked, { Linked: 'Linked.sol' }) as [Artifact]
    const [[library, places]] = Object.entries(links) as [[string, readonly number[]]]
    expect([library, places.length > 0]).toEqual(['Library', true])
    for (const at of places) expect(bytecode.slice(2 + 2 * at, 42 + 2 * at)).toBe('0'.repeat(40))
  })

  test('COMPILE-3 a contract that its source does not have is missed by name', () => {
    expect(() => compile(ANSWER, { Question: 'Answer.sol' })).toThrow('no contract Question in Answer.sol')
  })
})

describe('artifacts', () => {
  // Rationale: code with a hole in it would be deployed, and would call whoever lives at address zero.
  test('COMPILE-4 each contract that is deployed is committed, with zeros where the libraries go', () => {
    for (const name of Object.keys(DEPLOYED)) {
      const { bytecode, links, source } = artifact(name)
      expect(source).toBe(DEPLOYED[name])
      for (const at of Object.values(links).flat())
        expect(bytecode.slice(2 + 2 * at, 42 + 2 * at)).toBe('0'.repeat(40))
    }
  })

  test('COMPILE-5 an unknown contract is refused with the names that there are', () => {
    expect(() => artifact('NoSuchContract')).toThrow(/no contract NoSuchContract; there are: .*Opml/)
  })

  test('COMPILE-6 another folder can stand in the place of the committed one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'opml-artifacts-'))
    try {
      const other = {
        name: 'Other',
        source: 'Other.sol',
        deployedBytes: 1,
        links: {},
        abi: [],
        bytecode: '0x00',
      }
      writeFileSync(join(folder, 'Other.json'), JSON.stringify(other))
      process.env['OPML_ARTIFACTS'] = folder
      expect(artifact('Other')).toEqual(other)
    } finally {
      delete process.env['OPML_ARTIFACTS']
      rmSync(folder, { recursive: true })
    }
  })
})
