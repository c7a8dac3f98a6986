import type { Chance } from '../chance.ts'
import type { SimulationData } from '../runs/job.ts'

const pick = <Choice>(chance: Chance, choices: readonly Choice[]): Choice =>
  choices[chance.below(choices.length)]!

const ETHER = 10n ** 18n

/** Everybody but the honest, each with options as they come. */
const STRANGERS: readonly ((chance: Chance) => Record<string, string | number>)[] = [
  (chance) => ({
    role: 'server',
    strategy: 'wrong-anywhere',
    continuation: pick(chance, ['consistent', 'garbage']),
  }),
  (chance) => ({ role: 'server', strategy: 'silent', after: chance.below(4) }),
  (chance) => ({ role: 'server', strategy: 'cheat', probability: chance.next() }),
  () => ({ role: 'server', strategy: 'lazy' }),
  () => ({ role: 'server', strategy: 'copier' }),
  () => ({ role: 'server', strategy: 'self-refuter' }),
  (chance) => ({ role: 'server', strategy: 'late', afterSeconds: chance.below(3000) }),
  () => ({ role: 'verifier', strategy: 'free-rider' }),
  (chance) => ({ role: 'verifier', strategy: 'slow', afterSeconds: chance.below(3000) }),
  (chance) => ({ role: 'verifier', strategy: 'frivolous', disputes: 1 + chance.below(4) }),
  () => ({ role: 'verifier', strategy: 'corrupted' }),
  (chance) => ({ role: 'attacker', strategy: 'rivals', claims: 1 + chance.below(3) }),
  () => ({ role: 'attacker', strategy: 'front-runner' }),
  (chance) => ({
    role: 'attacker',
    strategy: 'reorganiser',
    depth: 1 + chance.below(3),
    every: 120 + chance.below(4000),
  }),
  (chance) => ({
    role: 'attacker',
    strategy: 'censor',
    victim: pick(chance, ['sam', 'vera']),
    budgetWei: String((BigInt(chance.below(10)) * ETHER) / 10n),
  }),
]

const DELEGATE = { name: 'dora', role: 'delegate', strategy: 'honest' }

/**
 * A random population inside the assumptions: one honest server, one honest verifier with capital for everything, now and
 * then an honest delegate that makes their moves, and up to four others, on a random tower and chain.
 */
export const randomPopulation = (chance: Chance): SimulationData => {
  const lengths = Array.from({ length: 1 + chance.below(3) }, () => 1 + chance.below(64))
  const strangers = Array.from({ length: chance.below(5) }, (_, i) => ({
    name: `other${i}`,
    fundsWei: String(BigInt(chance.below(20)) * ETHER),
    latencySeconds: chance.below(20),
    ...pick(chance, STRANGERS)(chance),
  }))
  const sealed = chance.is(0.3)
  const setting = {
    scenario: 'random',
    task: { model: 'alphabet', lengths, count: 1 + chance.below(2), everySeconds: chance.below(4000) },
    game: {
      arity: 2 + chance.below(15),
      claimBondWei: String(4n * ETHER),
      disputesAtOnce: 16,
      ...(sealed ? { seals: { answerSeconds: 600, revealSeconds: 3600 } } : {}),
    },
    chain: {
      load: chance.next(),
      baseFeeGwei: pick(chance, [1, 20, { walk: { start: 20, min: 1, max: 100 } }]),
      ...(chance.is(0.3) ? { reorgs: { every: 40 + chance.below(400), depth: 1 + chance.below(3) } } : {}),
    },
    costs: { inferenceSeconds: chance.below(60) },
  }
  const sam = {
    name: 'sam',
    role: 'server',
    strategy: 'honest',
    ...(sealed ? { sealed: chance.is(0.5) } : {}),
  }
  const vera = { name: 'vera', role: 'verifier', strategy: 'honest' }
  const [samLets, veraLets] = [chance.is(0.15), chance.is(0.15)]
  const delegate = { delegate: DELEGATE.name }
  return {
    ...setting,
    actors: [
      { ...sam, ...(samLets ? delegate : {}) },
      { ...vera, ...(veraLets ? delegate : {}) },
      ...strangers,
      ...(samLets || veraLets ? [DELEGATE] : []),
    ],
  }
}
