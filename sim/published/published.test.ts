import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boldResourceRatio } from './bold.ts'
import { censorshipRatio, defenderBid } from './censorship.ts'
import { publishedCommand } from './command.ts'
import { daveRounds } from './dave.ts'
import { comparisons, MODELS } from './models.ts'
import { prtWeeks } from './prt.ts'
import { oursSeconds, zkOpmlSeconds } from './windows.ts'

const published = (...args: readonly string[]) => {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  const code = publishedCommand(args, {
    out: (line) => stdout.push(line),
    error: (line) => stderr.push(line),
  })
  return { code, stdout, stderr: stderr.join('\n') }
}

const computed = (id: string, ...pairs: readonly string[]): number => {
  const { code, stdout, stderr } = published('compute', id, ...pairs, '--json')
  expect([code, stdout.length, stderr]).toEqual([0, 1, ''])
  const answer = JSON.parse(stdout[0]!)
  expect(Object.keys(answer)).toEqual(['value'])
  return answer.value
}

// Rationale: a model that does not give its paper's numbers is a model of something else.
describe('published figures', () => {
  test('RIVAL-1 each is reproduced, to the last digit that is printed', () => {
    const all = comparisons()
    expect(all.filter(({ agrees }) => !agrees)).toEqual([])
    expect(all.length).toBeGreaterThan(35)
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set(MODELS.map(({ id }) => id)))
  })

  test('RIVAL-2 what is printed can be computed again from its own parameters', () => {
    const { code, stdout } = published('--json')
    expect([code, stdout.length]).toEqual([0, 1])
    for (const { id, parameters, computed: value, ...rest } of JSON.parse(stdout[0]!)) {
      expect(Object.keys(rest).sort()).toEqual(['agrees', 'published', 'source'])
      const pairs = Object.entries(parameters).map(([key, given]) => `${key}=${given}`)
      expect(computed(id, ...pairs)).toBe(value)
    }
    expect(published().stdout).toHaveLength(JSON.parse(stdout[0]!).length)
  })
})

/** A tournament claim by claim, every choice of survivors: what is left of each, as sorted demotions. */
const roundsOfClaims = (claims: readonly number[], K: number, G: number): Set<string> => {
  const groups = Array.from({ length: Math.ceil(claims.length / G) }, (_, i) =>
    claims.slice(i * G, (i + 1) * G),
  )
  let ends: number[][] = [[]]
  for (const group of groups) {
    const outcomes = group.map((_, survivor) =>
      group.map((demotions, i) => (i === survivor ? demotions : demotions + 1)).filter((d) => d < K),
    )
    ends = ends.flatMap((end) => outcomes.map((outcome) => [...end, ...outcome]))
  }
  return new Set(ends.map((end) => end.sort((a, b) => a - b).join()))
}

const longest = (key: string, K: number, G: number, known: Map<string, number>): number => {
  const claims = key.split(',').map(Number)
  if (claims.length === 1) return 0
  const before = known.get(key)
  if (before !== undefined) return before
  const rounds = 1 + Math.max(...[...roundsOfClaims(claims, K, G)].map((end) => longest(end, K, G, known)))
  known.set(key, rounds)
  return rounds
}

describe('Dave', () => {
  // Rationale: the tables are a few points; the rule in between is the paper's adversary only if no other is slower.
  test('RIVAL-3 no choice of survivors makes a small tournament longer than the model', () => {
    let tournaments = 0
    for (const G of [2, 3, 4])
      for (const K of [1, 2, 3, 4])
        for (let N = 1; N <= 8; N++, tournaments++) {
          const start = Array.from({ length: N }, () => 0).join()
          const rounds = daveRounds({ K, G, N, censorship: true })
          expect({ K, G, N, rounds }).toEqual({ K, G, N, rounds: longest(start, K, G, new Map()) })
        }
    expect(tournaments).toBe(96)
  })

  test('RIVAL-4 counts of claims are as good as claims, for group sizes that divide nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 600 }),
        (K, G, N) => {
          let claims = Array.from({ length: N }, () => 0)
          let rounds = 0
          for (; claims.length > 1; rounds++) {
            const greedy = claims.flatMap((d, i) => (i % G === 0 ? [d] : d + 1 < K ? [d + 1] : []))
            const saved = [claims[0]! + 1, K - 1].filter((d) => d < K)
            claims = (greedy.length === 1 && saved.length === 2 ? saved : greedy).sort((a, b) => a - b)
          }
          expect(daveRounds({ K, G, N, censorship: true })).toBe(rounds)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('RIVAL-5 one claim needs no round, two need K, and groups larger than the field are one group', () => {
    expect(daveRounds({ K: 21, G: 4, N: 1, censorship: false })).toBe(0)
    expect(daveRounds({ K: 21, G: 4, N: 1, censorship: true })).toBe(0)
    expect(daveRounds({ K: 7, G: 2, N: 2, censorship: false })).toBe(7)
    expect(daveRounds({ K: 7, G: 2, N: 2, censorship: true })).toBe(13)
    for (const G of [5, 6, 1000])
      expect(daveRounds({ K: 9, G, N: 5, censorship: true })).toBe(
        daveRounds({ K: 9, G: 5, N: 5, censorship: true }),
      )
    // Whoever loses is out: rounds of elimination.
    expect(daveRounds({ K: 1, G: 2, N: 1000, censorship: false })).toBe(10)
    expect(daveRounds({ K: 1, G: 3, N: 3 ** 20 + 1, censorship: false })).toBe(21)
    expect(daveRounds({ K: 1, G: 3, N: Number.MAX_SAFE_INTEGER, censorship: false })).toBe(34)
  })

  // Rationale: counted one by one they would take hours, and memory that no machine has.
  test('RIVAL-6 four thousand million claims take a moment', () => {
    expect(computed('dave-rounds', 'K=61', 'G=2', 'N=2^32')).toBe(207)
  }, 60_000)
})

/** The paper's recurrence: `ratios[T][N]`, and the attacker's bid for a block in units of the defender's budget. */
const recurrence = (mostT: number, mostN: number) => {
  const ratios: number[][] = [Array.from({ length: mostN + 1 }, (_, N) => (N === 0 ? Infinity : 0))]
  const bids: number[][] = [[]]
  for (let T = 1; T <= mostT; T++) {
    const before = ratios[T - 1]!
    const bid = Array.from({ length: mostN + 1 }, (_, N) => {
      if (N === 0 || N > T) return 0
      const [won, lost] = [before[N - 1]!, before[N]!]
      return won === Infinity ? 1 : (won - lost) / (1 + won)
    })
    bids.push(bid)
    ratios.push(bid.map((x, N) => (N === 0 ? Infinity : N > T ? 0 : x + before[N]!)))
  }
  return { ratios, bids }
}

describe('censorship game', () => {
  const { ratios, bids } = recurrence(200, 70)

  test('RIVAL-7 the ratio solves the recurrence', () => {
    for (let T = 0; T <= 200; T++) {
      expect([0, T + 1].map((N) => censorshipRatio({ T, N }))).toEqual([Infinity, 0])
      for (let N = 1; N <= Math.min(T, 70); N++)
        expect(censorshipRatio({ T, N }) / ratios[T]![N]!, `T=${T} N=${N}`).toBeCloseTo(1, 9)
    }
    expect(computed('censorship-ratio', 'T=5', 'N=0')).toBe(null)
    expect(computed('censorship-ratio', 'T=5', 'N=6')).toBe(0)
    expect(computed('censorship-ratio', 'T=5', 'N=5')).toBe(0.2)
  })

  /** Plays all blocks; whether the defender got those that it needs. */
  const defenderWins = (
    game: { T: number; N: number },
    budgets: { attacker: number; defender: number },
    bid: (state: { T: number; N: number; attacker: number; defender: number }) => [number, number],
  ): boolean => {
    let { T, N, attacker, defender } = { ...game, ...budgets }
    for (; T > 0 && N > 0; T--) {
      const [a, d] = bid({ T, N, attacker, defender })
      if (d > a) {
        defender -= d
        N--
      } else attacker -= a
      expect(Math.min(attacker, defender)).toBeGreaterThan(-1e-9)
    }
    return N === 0
  }

  const games = fc
    .integer({ min: 1, max: 40 })
    .chain((T) => fc.record({ T: fc.constant(T), N: fc.integer({ min: 1, max: T }) }))
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 })

  // Rationale: a threshold is one only if each side wins on its own side of it, whatever the other does.
  test('RIVAL-8 below the ratio equal shares hold against any attacker, above it the bid beats any defender', () => {
    fc.assert(
      fc.property(games, shares, (game, share) => {
        const ratio = censorshipRatio(game)
        const held = defenderWins(game, { attacker: 0.999 * ratio, defender: 1 }, ({ T, N, ...budgets }) => {
          const offer = defenderBid(budgets.defender, N)
          // Blocks that it wants it must outbid; offering less than that wastes nothing and gains nothing.
          const wants = share[T - 1]! < 0.8 && budgets.attacker >= offer
          return [wants ? offer : 0, offer]
        })
        expect(held).toBe(true)
        const broken = !defenderWins(game, { attacker: 1.001 * ratio, defender: 1 }, (state) => [
          bids[state.T]![state.N]! * state.defender,
          share[state.T - 1]! * state.defender,
        ])
        expect(broken).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('times and ratios', () => {
  test('RIVAL-9 rounds are exact at powers of two', () => {
    for (let power = 1; power < 53; power++) {
      const seconds = (ops: number) => zkOpmlSeconds({ ops, proving: 0 })
      expect(seconds(2 ** power)).toBe(120 + 60 * power)
      expect(seconds(2 ** power + 1)).toBe(120 + 60 * (power + 1))
      expect(prtWeeks({ N: 2 ** power - 1, levels: 1 })).toBe(power)
      expect(prtWeeks({ N: 2 ** power, levels: 1 })).toBe(power + 1)
    }
    expect(zkOpmlSeconds({ ops: 1, proving: 5 })).toBe(125)
    expect(prtWeeks({ N: 0, levels: 3 })).toBe(0)
    expect(prtWeeks({ N: 3_000_000, levels: 3 })).toBe(22 ** 3)
  })

  test('RIVAL-10 a dispute of ours has an opening, its dissections and the arbitration', () => {
    for (const [steps, arity, moves] of [
      [1, 16, 2],
      [2, 2, 2],
      [3, 2, 3],
      [16, 16, 2],
      [17, 16, 3],
      [2 ** 24, 2, 25],
      [2 ** 24 + 1, 16, 8],
    ] as const)
      expect(oursSeconds({ steps, arity })).toBe(120 + 30 * moves)
  })

  test('RIVAL-11 the resource ratio is the greatest that the paper’s inequality allows', () => {
    const ether = fc.double({ min: 0.01, max: 1000, noNaN: true })
    fc.assert(
      fc.property(
        fc.record({ stake: ether, below: ether, root: ether, proof: ether, update: ether, bisect: ether }),
        fc.integer({ min: 0, max: 60 }),
        (amounts, kmax) => {
          const { stake, below, root, proof, update, bisect } = amounts
          const rho = boldResourceRatio({ ...amounts, kmax })
          const right = rho * (below + proof + (kmax + 1) * update + bisect) + (rho - 1) * kmax * bisect
          expect(right / (stake + root)).toBeCloseTo(1, 9)
        },
      ),
    )
  })

  test('RIVAL-12 bonds of OP add up from depth 0', () => {
    expect(computed('op-bond-ether', 'depth=0')).toBe(0)
    expect(computed('op-bond-ether', 'depth=1')).toBeCloseTo(0.08, 12)
    expect(computed('op-bond-ether', 'depth=2')).toBeCloseTo(0.08 * 2.09493, 12)
    expect(computed('op-bond-ether', 'depth=200')).toBeCloseTo((0.08 * (1.09493 ** 200 - 1)) / 0.09493, 2)
  })
})

describe('npm run published', () => {
  test.each<[string, string[], RegExp]>([
    ['an ID', ['compute', 'chess'], /ID is "chess"; allowed: dave-rounds, .* or ours-seconds/],
    ['no ID', ['compute'], /missing required argument 'id'/],
    ['a command', ['conjure'], /too many arguments|unknown command/],
    ['a key', ['compute', 'prt-weeks', 'N=1', 'M=2'], /M unknown key; allowed: N, levels/],
    ['a key of every object', ['compute', 'prt-weeks', 'N=1', '__proto__=2'], /__proto__ unknown key/],
    ['a missing key', ['compute', 'dave-rounds', 'K=1', 'G=2'], /N is missing; allowed: an integer from 1/],
    ['a key given twice', ['compute', 'prt-weeks', 'N=1', 'N=2'], /N is given twice/],
    ['no value', ['compute', 'prt-weeks', 'N'], /"N"; allowed: KEY=VALUE/],
    ['an empty value', ['compute', 'prt-weeks', 'N='], /N is empty; allowed: an integer/],
    ['no key', ['compute', 'prt-weeks', '=4'], /"=4"; allowed: KEY=VALUE/],
    ['a text', ['compute', 'prt-weeks', 'N=many'], /N is "many"; allowed: an integer/],
    ['a fraction', ['compute', 'prt-weeks', 'N=1.5'], /N is 1.5; allowed: an integer/],
    [
      'below the least',
      ['compute', 'dave-rounds', 'K=0', 'G=1', 'N=0'],
      /K is 0.*\nerror: G is 1.*\nerror: N is 0/,
    ],
    [
      'beyond the most',
      ['compute', 'op-bond-ether', 'depth=2^63'],
      /depth is 9223372036854775808|depth is 9.2/,
    ],
    ['a number for a flag', ['compute', 'dave-rounds', 'K=1', 'G=2', 'N=3', 'censorship=1'], /true or false/],
    ['nothing to nothing', ['compute', 'bold-resource-ratio', 'stake=0', 'below=0'], /nothing to nothing/],
    ['an option', ['compute', 'prt-weeks', 'N=1', '--fast'], /unknown option/],
    ['a control character', ['compute', '\u001b[32mok'], /^error: ID is "\\u\{1b\}\[32mok"/],
  ])('RIVAL-13 bad input, %s, is named with what is allowed, and ends with 2', (_, args, reason) => {
    const { code, stdout, stderr } = published(...args, '--json')
    expect([code, stdout]).toEqual([2, []])
    expect(stderr).toMatch(reason)
  })

  test('RIVAL-14 help names every model and key', () => {
    for (const args of [['--help'], ['compute', '--help']]) {
      const { code, stdout } = published(...args)
      expect(code).toBe(0)
      for (const { id, parameters } of MODELS) {
        expect(stdout.join('\n')).toContain(id)
        for (const key of Object.keys(parameters.shape)) expect(stdout.join('\n')).toContain(`${key}=`)
      }
    }
  })
})
