import { JsonRpcProvider } from 'ethers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../impl/chain/anvil.ts'
import { rejectionOf } from '../../impl/chain/contractInterface.ts'
import { type Bytes, concat, littleEndian, toHex } from '../../spec/commitments/bytes.ts'
import type { StateRoot } from '../../spec/commitments/hash.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import type { Result } from '../../spec/result.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import { placeBytes } from '../towers/places.ts'
import { SYMBOL_MODEL as MODEL } from '../towers/symbolSetting.ts'
import { symbolRules, symbolTower } from '../towers/symbolTower.ts'
import { symbolClaim } from '../towers/symbolTrace.ts'
import { deploySymbols, symbolInterface } from './towerOnChain.ts'

const LENGTHS = [3, 4, 2]
/** The tower's own number for its first model. */
const NUMBER = 1

let anvil: Anvil
let provider: JsonRpcProvider
let contract: string

beforeAll(async () => {
  anvil = await startAnvil({})
  provider = new JsonRpcProvider(anvil.url, 31_337, { staticNetwork: true, cacheTimeout: -1 })
  const of = { model: MODEL, lengths: LENGTHS }
  contract = await deploySymbols(await provider.getSigner(0), { arity: 4, mostMoves: 100 }, of)
}, 60_000)

afterAll(async () => {
  provider?.destroy()
  await anvil?.stop()
})

const codec = symbolInterface()

/** What the contract gives, or the name of its refusal. */
const asked = async (name: string, ...args: readonly unknown[]): Promise<string> => {
  try {
    return String(await provider.call({ to: contract, data: codec.encodeFunctionData(name, args) }))
  } catch (error) {
    return rejectionOf((error as { readonly data: string }).data) ?? String(error)
  }
}

const said = (result: Result<string>): string => (result.ok ? result.value : result.rejection.reason)

const flipped = (bytes: Bytes, bit: number): Bytes =>
  bytes.map((byte, i) => (i === Math.floor(bit / 8) ? byte ^ (1 << (bit % 8)) : byte))

/** A witness as it is, with a bit of it turned, or without its last byte. */
const damages = fc.oneof(
  { weight: 3, arbitrary: fc.constant((bytes: Bytes) => bytes) },
  {
    weight: 4,
    arbitrary: fc.nat().map((n) => (bytes: Bytes) => flipped(bytes, n % (8 * bytes.length || 1))),
  },
  { weight: 1, arbitrary: fc.constant((bytes: Bytes) => bytes.subarray(0, -1)) },
)

/** The bytes of a run's state. */
const placeIn = (run: Trace, phase: number, step: number): Bytes =>
  (run.kind === 'last' ? run.stepWitness(step) : run.descend(step).witness).subarray(0, placeBytes(phase))

const path = fc.tuple(...LENGTHS.map((length) => fc.nat({ max: length - 1 })))

// Rationale: a population's story on a chain is worth what its tower there is.
test('ONCHAIN-1 the contract of the tower of symbols says what its rules say, refusals by their names', async () => {
  const rules = symbolRules(symbolTower(LENGTHS))
  const reached = new Map<string, number>()
  const compare = async (specified: Result<string>, name: string, ...args: readonly unknown[]) => {
    const expected = said(specified)
    expect([name, await asked(name, ...args)]).toEqual([name, expected])
    const kind = specified.ok ? name : expected
    reached.set(kind, (reached.get(kind) ?? 0) + 1)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        input: fc.nat({ max: 5 }),
        lie: fc.option(path),
        at: path,
        damage: damages,
        isOther: fc.nat({ max: 5 }),
      }),
      async ({ input: seed, lie, at, damage, isOther }) => {
        const input = tensorRoot(littleEndian(seed, 8))
        const told = lie === null ? undefined : { at: lie, mark: 7, continuation: 'consistent' as const }
        const { trace, prepared } = symbolClaim(symbolTower(LENGTHS), input, told)
        const start = damage(new Uint8Array(isOther === 0 ? 1 : 0))
        await compare(rules.top.startRoot(input, start), 'startRoot', MODEL, input, toHex(start))
        const length = prepared.length + (isOther === 1 ? 1 : 0)
        const output = damage(prepared.outputWitness)
        await compare(
          rules.top.outputRoot(prepared.endRoot, length, output),
          'outputRoot',
          ...[MODEL, 0, prepared.endRoot, length, toHex(output)],
        )
        let run = trace
        for (const [phase, step] of at.entries()) {
          const [pre] = run.rootsAt([step]) as [StateRoot]
          if (run.kind === 'last') {
            const witness = damage(run.stepWitness(step))
            await compare(rules.arbiter.stepRoot(pre, witness), 'stepRoot', NUMBER, pre, toHex(witness))
            break
          }
          const { below, witness } = run.descend(step)
          // A run that ends too early, opened rightly.
          const early = at[phase + 1]!
          const given = damage(
            isOther === 2
              ? concat(witness.subarray(0, placeBytes(phase)), placeIn(below, phase + 1, early))
              : witness,
          )
          const end = below.rootsAt([isOther === 2 ? early : below.length])[0]!
          const steps = isOther === 3 ? below.length + 1 : below.length
          const joint = rules.descents[phase]!
          const enter = joint.enterRoot(pre, given)
          const exit = joint.exitRoot(pre, end, steps, given)
          const both: Result<string> =
            enter.ok && exit.ok
              ? { ok: true, value: enter.value + exit.value.slice(2) }
              : enter.ok
                ? exit
                : enter
          await compare(both, 'descent', NUMBER, phase, pre, end, steps, toHex(given))
          run = below
        }
      },
    ),
    { numRuns: 60 },
  )
  for (const kind of ['startRoot', 'outputRoot', 'descent', 'stepRoot'])
    expect([kind, reached.get(kind)]).toEqual([kind, expect.any(Number)])
  for (const refusal of [
    'PreStateMismatch',
    'EndMismatch',
    'WitnessMalformed',
    'LengthInvalid',
    'EndNotStable',
  ])
    expect([refusal, reached.get(refusal)]).toEqual([refusal, expect.any(Number)])
}, 120_000)
