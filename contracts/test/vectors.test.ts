import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Contract, isError, JsonRpcProvider } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../impl/chain/anvil.ts'
import { artifact } from '../../impl/chain/artifacts.ts'
import { deployContract } from '../../impl/chain/deploy.ts'
import { type StepBatch, type StepCase, startStepBatch } from '../../impl/chain/stepBatch.ts'
import { fromHex, type Hex, toHex } from '../../spec/commitments/bytes.ts'
import { type Hash, ZERO_HASH } from '../../spec/commitments/hash.ts'
import { packHashes } from '../../spec/commitments/merkle.ts'

/** The contracts' libraries are what the published vectors say. */

let anvil: Anvil
let provider: JsonRpcProvider
let merkle: Contract
let reading: Contract
let steps: StepBatch
beforeAll(async () => {
  anvil = await startAnvil({ flags: ['--gas-limit', '100000000000'] })
  provider = new JsonRpcProvider(anvil.url, undefined, { cacheTimeout: -1, pollingInterval: 20 })
  const signer = await provider.getSigner(0)
  const at = async (name: string) =>
    new Contract(await deployContract(name, signer, []), artifact(name).abi as never, provider)
  merkle = await at('MerkleHarness')
  reading = await at('ReadingHarness')
  steps = await startStepBatch()
})
afterAll(async () => {
  provider?.destroy()
  await anvil?.stop()
  await steps?.stop()
})

const read = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../spec/published/vectors', `${name}.json`), 'utf8'))

const ask = async (harness: Contract, name: string, ...args: readonly unknown[]): Promise<unknown> => {
  try {
    return await harness.getFunction(name)(...args)
  } catch (error) {
    if (isError(error, 'CALL_EXCEPTION') && error.revert) return error.revert.name
    throw error
  }
}

interface Proof {
  readonly leaf: Hash
  readonly index: number
  readonly siblings: readonly Hash[]
  readonly root: Hash | null
}

interface Multiproof {
  readonly indices: readonly number[]
  readonly height: number
  readonly leafHeight: number
  readonly witness: Hex
  readonly leaves?: readonly Hash[]
  readonly root?: Hash
  readonly end?: number
  readonly rootWith?: Hash
  readonly rejection?: string
}

/** The greatest height whose zero root the contracts have at hand. */
const MAX_HEIGHT = 27

describe('the published vectors', () => {
  // Rationale: whoever writes the protocol anew starts from the vectors; they must be what the chain does.
  test('VECTORS-2 commitments: zero roots, tensors, trees of bytes, proofs, leaves that are opened together', async () => {
    const vectors = read('commitments')
    for (const [height, root] of (vectors.zeroRoots as Hash[]).slice(0, MAX_HEIGHT + 1).entries())
      expect(await ask(merkle, 'zeroRoot', height)).toBe(root)
    for (const { bytes, root } of vectors.tensors)
      expect(await ask(merkle, 'rootOfBytes', bytes, 24)).toBe(root)
    for (const { bytes, height, root, paddedHeight, paddedRoot } of vectors.byteTrees) {
      expect(await ask(merkle, 'rootOfBytes', bytes, height)).toBe(root)
      expect(await ask(merkle, 'padToHeight', root, height, paddedHeight)).toBe(paddedRoot)
    }
    for (const { leaf, index, siblings, root } of vectors.proofs as Proof[])
      expect(await ask(merkle, 'climb', leaf, index, toHex(packHashes(siblings)))).toBe(
        root ?? 'WitnessMalformed',
      )
    let refused = 0
    for (const { indices, height, leafHeight, witness, ...given } of vectors.multiproofs as Multiproof[]) {
      const args = [witness, 0, indices, height, leafHeight, indices[0], ZERO_HASH]
      const opened = await ask(merkle, 'openLeaves', ...args)
      if (given.rejection !== undefined) refused++
      expect(typeof opened === 'string' ? opened : [...(opened as Iterable<unknown>)].map(String)).toEqual(
        given.rejection ?? [given.leaves!.join(), given.root, String(given.end), given.rootWith],
      )
    }
    expect(refused).toBeGreaterThan(0)
  })

  test('VECTORS-3 steps: each has its post-state, and damaged ones their refusal', async () => {
    const { steps: plain, runs, fullSiblings, damaged } = read('steps')
    const cases: (readonly [StepCase, string])[] = []
    const add = ({ pre, witness }: { pre: string; witness: Hex }, program: unknown, expected: string) =>
      cases.push([{ program, pre, witness: fromHex(witness) } as StepCase, expected])
    for (const step of [...plain, ...fullSiblings]) add(step, step.program, step.post)
    for (const step of damaged) add(step, step.program, step.rejection ?? step.post)
    for (const run of runs)
      for (const [i, step] of run.steps.entries()) add(step, run.program, run.steps[i + 1]?.pre ?? run.end)
    expect(cases.length).toBeGreaterThan(900)
    expect(await steps.verdicts(cases.map(([given]) => given))).toEqual(cases.map(([, expected]) => expected))
  })

  test('VECTORS-4 decoder: each sample is the instruction that the vectors say', async () => {
    const { names, samples } = read('decoder')
    const words = samples.map(({ word }: { word: Hex }) => word)
    const decoded = (await ask(reading, 'decode', words)) as readonly (readonly bigint[])[]
    const LOADS = ['lb', 'lh', 'lw', '', 'lbu', 'lhu']
    const STORES = ['sb', 'sh', 'sw']
    const BRANCHES = ['beq', 'bne', '', '', 'blt', 'bge', 'bltu', 'bgeu']
    // As the contract numbers them: funct3, 8 more for M, 16 more for the alternative.
    const ALU: Readonly<Record<number, string>> = Object.fromEntries([
      ...['add', 'sll', 'slt', 'sltu', 'xor', 'srl', 'or', 'and'].map((name, i) => [i, name]),
      ...['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'].map((name, i) => [8 + i, name]),
      [16, 'sub'],
      [21, 'sra'],
    ])
    const tables: Readonly<Record<string, Readonly<Record<number, string>>>> = {
      load: LOADS,
      store: STORES,
      branch: BRANCHES,
      register: ALU,
      immediate: ALU,
    }
    const told = decoded.map(([kind, operation, rd, rs1, rs2, immediate]) => {
      const name: string = names.kinds[Number(kind)]
      return { kind: name, operation: tables[name]?.[Number(operation)], rd, rs1, rs2, immediate }
    })
    for (const [i, { instruction }] of samples.entries())
      for (const [field, value] of Object.entries(instruction)) {
        const own = told[i]![field as keyof (typeof told)[number]]
        expect([words[i], field, typeof own === 'bigint' ? Number(own) : own]).toEqual([
          words[i],
          field,
          value,
        ])
      }
  })

  test('VECTORS-5 descriptors: what the chain reads of a head, and the roots of job pages', async () => {
    const { heads, jobs } = read('descriptors')
    const KINDS = ['none', 'value', 'weight', 'none']
    for (const { bytes, head } of heads) {
      const [kinds, indices, outputSlot, inPlace, tileCount] = (await ask(reading, 'read', bytes)) as [
        bigint[],
        bigint[],
        bigint,
        boolean,
        bigint,
      ]
      const operands = kinds.map((kind, i) => {
        const name = KINDS[Number(kind)]!
        return { kind: name, index: name === 'none' ? 0 : Number(indices[i]) }
      })
      expect({
        operands,
        outputSlot: Number(outputSlot),
        inPlace,
        tileCount: Number(tileCount),
      }).toEqual(head)
    }
    for (const { descriptorRoot, firstTile, tileCount, jobRoot } of jobs)
      expect(await ask(reading, 'jobRoot', descriptorRoot, firstTile, tileCount)).toBe(jobRoot)
  })
})
