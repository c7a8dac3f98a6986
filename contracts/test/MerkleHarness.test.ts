import { Contract, ContractFactory, isError, JsonRpcProvider } from 'ethers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../impl/chain/anvil.ts'
import { artifact } from '../../impl/chain/artifacts.ts'
import { toHex } from '../../spec/commitments/bytes.ts'
import { asHash, type Hash } from '../../spec/commitments/hash.ts'
import { EMPTY_MEMORY } from '../../spec/commitments/memory.ts'
import {
  climb,
  leavesOf,
  merkleTree,
  packHashes,
  padToHeight,
  rootOfBytes,
  zeroRoot,
} from '../../spec/commitments/merkle.ts'
import { inOrder, openLeaves, proofOf } from '../../spec/commitments/multiproof.ts'
import { commitState, initialState } from '../../spec/machine/state.ts'
import type { Result } from '../../spec/result.ts'

let anvil: Anvil
let provider: JsonRpcProvider
let harness: Contract
beforeAll(async () => {
  anvil = await startAnvil()
  provider = new JsonRpcProvider(anvil.url, undefined, { cacheTimeout: -1, pollingInterval: 20 })
  const { abi, bytecode } = artifact('MerkleHarness')
  const deployed = await new ContractFactory(abi, bytecode, await provider.getSigner(0)).deploy()
  await deployed.waitForDeployment()
  harness = new Contract(await deployed.getAddress(), abi, provider)
})
afterAll(async () => {
  provider?.destroy()
  await anvil?.stop()
})

/** What the contract answers, or the name of its refusal. */
const ask = async (name: string, ...args: readonly unknown[]): Promise<string> => {
  try {
    return await harness.getFunction(name)(...args)
  } catch (error) {
    if (isError(error, 'CALL_EXCEPTION') && error.revert) return error.revert.name
    throw error
  }
}

/** What the contract opens, or its refusal with the values that disagree. */
const openedText = async (...args: readonly unknown[]): Promise<string> => {
  try {
    return [...(await harness.getFunction('openLeaves')(...args))].map(String).join(' ')
  } catch (error) {
    if (!isError(error, 'CALL_EXCEPTION') || !error.revert) throw error
    return [error.revert.name, ...error.revert.args].join(' ')
  }
}

const refusalText = (refused: Result<unknown>): string => {
  if (refused.ok) throw new Error('it is opened')
  const { reason, details } = refused.rejection
  return [reason, details['expected'], details['actual']].join(' ')
}

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => asHash(bytes))
const packed = (hashes: readonly Hash[]): string => toHex(packHashes(hashes))

describe('Merkle library', () => {
  test('MERKLE-SOL-1 the zero roots are the constants', async () => {
    for (let height = 0; height <= 27; height++) {
      expect(await ask('zeroRoot', height)).toBe(zeroRoot(height))
    }
  })

  // Rationale: any siblings and any index, so that what the specification calls no proof is refused here.
  test('MERKLE-SOL-2 climb agrees with the spec, refusals included', async () => {
    const proof = fc.tuple(hash, fc.integer({ min: 0, max: 70 }), fc.array(hash, { maxLength: 6 }))
    await fc.assert(
      fc.asyncProperty(proof, async ([leaf, index, siblings]) => {
        const expected = climb(leaf, index, siblings) ?? 'WitnessMalformed'
        expect(await ask('climb', leaf, index, packed(siblings))).toBe(expected)
      }),
    )
    expect(await ask('climb', zeroRoot(0), 0, `${packed([zeroRoot(0)])}00`)).toBe('WitnessMalformed')
  })

  // Rationale: a descent opens all that a node reads and writes by such proofs, and leaves the node by one.
  test('MERKLE-SOL-3 leaves that are opened together agree with the spec, refusals and their values included', async () => {
    const given = fc
      .record({ height: fc.integer({ min: 0, max: 5 }), leafHeight: fc.constantFrom(0, 4, 24) })
      .chain(({ height, leafHeight }) =>
        fc.record({
          height: fc.constant(height),
          leafHeight: fc.constant(leafHeight),
          leaves: fc.array(hash, { maxLength: 2 ** height }),
          indices: fc
            .array(fc.nat({ max: 2 ** height - 1 }), { minLength: 1, maxLength: 7 })
            .map((indices) => inOrder(indices)),
        }),
      )
    const fault = fc.tuple(
      fc.constantFrom('none', 'bit', 'short', 'long', 'more'),
      fc.nat(),
      fc.nat({ max: 7 }),
    )
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(
        given,
        fault,
        fc.nat({ max: 40 }),
        hash,
        async (tree, [kind, place, bit], at, other) => {
          const { height, leafHeight, leaves, indices } = tree
          const proof = proofOf(merkleTree(leaves, height, leafHeight), indices, leafHeight)
          const position = place % proof.length
          const damaged =
            kind === 'bit'
              ? proof.with(position, proof[position]! ^ (1 << bit))
              : kind === 'short'
                ? proof.slice(0, position)
                : kind === 'long'
                  ? Uint8Array.from([...proof, 1])
                  : kind === 'more'
                    ? // A word that nothing reads, with its bit.
                      Uint8Array.from([...proof.with(0, proof[0]! | 0x80), ...packHashes([other])])
                    : proof
          const witness = Uint8Array.from([...new Uint8Array(at), ...damaged])
          const index = indices[place % indices.length]!
          const opened = openLeaves(witness, at, indices, height, leafHeight)
          const { value } = opened.ok ? opened : { value: undefined }
          const expected =
            value === undefined
              ? refusalText(opened)
              : [value.leaves.join(), value.root, value.end, value.rootWith(index, other)].join(' ')
          const args = [toHex(witness), at, indices, height, leafHeight, index, other]
          expect(await openedText(...args)).toBe(expected)
          const name =
            value === undefined
              ? 'refused'
              : value.root === merkleTree(leaves, height, leafHeight).root
                ? 'opens'
                : 'another root'
          seen.set(name, (seen.get(name) ?? 0) + 1)
        },
      ),
      { numRuns: 200 },
    )
    for (const name of ['refused', 'opens', 'another root']) expect(seen.get(name) ?? 0).toBeGreaterThan(10)
  })

  test('MERKLE-SOL-4 the root of bytes agrees with the spec, refusals included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 1100 }),
        fc.integer({ min: 0, max: 27 }),
        async (bytes, height) => {
          const fits = leavesOf(bytes).length <= 2 ** height
          const expected = fits ? rootOfBytes(bytes, height) : 'WitnessMalformed'
          expect(await ask('rootOfBytes', toHex(bytes), height)).toBe(expected)
        },
      ),
    )
    for (const height of [0, 1, 2, 5]) {
      const full = new Uint8Array(32 * 2 ** height).fill(3)
      expect(await ask('rootOfBytes', toHex(full), height)).toBe(rootOfBytes(full, height))
      expect(await ask('rootOfBytes', toHex(Uint8Array.from([...full, 3])), height)).toBe('WitnessMalformed')
    }
  })

  test('MERKLE-SOL-5 padding, and the root of a machine at its start, agree with the spec', async () => {
    const root = asHash(new Uint8Array(32).fill(7))
    expect(await ask('padToHeight', root, 5, 23)).toBe(padToHeight(root, 5, 23))
    expect(await ask('padToHeight', root, 5, 5)).toBe(root)
    expect(await ask('initialRoot', zeroRoot(27), 0x0001_0024)).toBe(
      commitState(initialState(0x0001_0024, EMPTY_MEMORY)),
    )
  })
})
