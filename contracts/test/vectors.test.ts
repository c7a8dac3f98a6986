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

// As the contract numbers them: funct3; of arithmetic 8 more for M, 16 more for the alternative.
const ALU: Readonly<Record<number, string>> = Object.fromEntries([
  ...['add', 'sll', 'slt', 'sltu', 'xor', 'srl', 'or', 'and'].map((name, i) => [i, name]),
  ...['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'].map((name, i) => [8 + i, name]),
  [16, 'sub'],
  [21, 'sra'],
])
/** Names of operations by kind, under the contract's numbers. */
const OPERATIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  load: ['lb', 'lh', 'lw', '', 'lbu', 'lhu'],
  store: ['sb', 'sh', 'sw'],
  branch: ['beq', 'bne', '', '', 'blt', 'bge', 'bltu', 'bgeu'],
  register: ALU,
  immediate: ALU,
}

/** Words as the contract takes many of them. */
const packWords = (words: Iterable<number>): Hex => {
  const list = [...words]
  const packed = new DataView(new ArrayBuffer(4 * list.length))
  for (const [i, word] of list.entries()) packed.setUint32(4 * i, word)
  return toHex(new Uint8Array(packed.buffer))
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
    const told = decoded.map(([kind, operation, rd, rs1, rs2, immediate]) => {
      const name: string = names.kinds[Number(kind)]
      return { kind: name, operation: OPERATIONS[name]?.[Number(operation)], rd, rs1, rs2, immediate }
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

  // Rationale: single words are a sample; the digests say the same of two million.
  test('VECTORS-6 decoder: whole blocks of words have the published digests', async () => {
    const { names, samples, opcodeBlocks, opcodeDigests, strideBlocks, strideDigests, systemDigest } =
      read('decoder')
    const { kinds, operations } = names as { kinds: readonly string[]; operations: readonly string[] }
    const numbers = new Uint8Array(32 * kinds.length)
    // kind 1 | operation 1 | rd 1 | rs1 1 | rs2 1 | immediate 4: what an instruction does not have is 0.
    const places = { rd: 0xffn << 48n, rs1: 0xffn << 40n, rs2: 0xffn << 32n, immediate: 0xffff_ffffn }
    const masks = kinds.map(() => 0xffn << 64n)
    for (const [kind, table] of Object.entries(OPERATIONS))
      for (const [number, name] of Object.entries(table))
        if (name !== '') numbers[32 * kinds.indexOf(kind) + Number(number)] = operations.indexOf(name)
    for (const { instruction } of samples)
      for (const [field, place] of Object.entries(places))
        if (field in instruction) masks[kinds.indexOf(instruction.kind)]! |= place
    const digestOf = (words: Iterable<number>) =>
      ask(reading, 'digest', packWords(words), toHex(numbers), masks)

    const { rd, rs1, rs2 } = opcodeBlocks as Readonly<Record<'rd' | 'rs1' | 'rs2', readonly number[]>>
    for (const { opcode, digest } of opcodeDigests) {
      const words = Array.from({ length: 128 * 8 }, (_, i) => [i >> 3, i & 7] as const).flatMap(
        ([funct7, funct3]) =>
          rs2.flatMap((second) =>
            rs1.flatMap((first) =>
              rd.map(
                (to) => (funct7 << 25) | (second << 20) | (first << 15) | (funct3 << 12) | (to << 7) | opcode,
              ),
            ),
          ),
      )
      expect(words.length).toBe(opcodeBlocks.wordCount)
      expect([opcode, await digestOf(words)]).toEqual([opcode, digest])
    }
    const { stride, wordCount } = strideBlocks
    for (const { firstIndex, digest } of strideDigests) {
      const words = Uint32Array.from({ length: wordCount }, (_, i) => Math.imul(firstIndex + i, stride))
      expect([firstIndex, await digestOf(words)]).toEqual([firstIndex, digest])
    }
    const bits = Array.from({ length: 32 }, (_, i) => i)
    const system = bits.flatMap((i) => bits.map((j) => 0x73 ^ (1 << i) ^ (i === j ? 0 : 1 << j)))
    expect(await digestOf(system)).toBe(systemDigest.digest)
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
