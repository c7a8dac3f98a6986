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
  climbPair,
  leavesOf,
  merkleTree,
  packHashes,
  padToHeight,
  rootOfBytes,
  zeroRoot,
} from '../../spec/commitments/merkle.ts'
import { commitState, initialState } from '../../spec/machine/state.ts'

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

  test('MERKLE-SOL-3 climbPair agrees with the spec, refusals included', async () => {
    const proof = fc.record({
      leaves: fc.array(hash, { minLength: 1, maxLength: 16 }),
      height: fc.integer({ min: 0, max: 5 }),
      index: fc.integer({ min: 0, max: 31 }),
      surplus: fc.constantFrom(0, 0, 0, -1, -2, 1),
    })
    let proofs = 0
    await fc.assert(
      fc.asyncProperty(proof, async ({ leaves, height, index, surplus }) => {
        const tree = merkleTree(leaves, Math.max(height, 4))
        const path = index + 1 < 2 ** tree.height ? tree.pathOfPair(index) : leaves
        const siblings =
          surplus > 0 ? [...path, zeroRoot(0)] : path.slice(0, Math.max(0, path.length + surplus))
        const [left, right] = [tree.leaf(index), tree.leaf(index + 1)]
        const computed = climbPair(left, right, index, tree.height, siblings)
        if (computed === tree.root) proofs++
        const expected = computed ?? 'WitnessMalformed'
        expect(await ask('climbPair', left, right, index, tree.height, packed(siblings))).toBe(expected)
      }),
    )
    expect(proofs).toBeGreaterThan(20)
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
