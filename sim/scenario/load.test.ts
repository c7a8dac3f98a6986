import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cachedFile } from '../../impl/models/catalogue.ts'
import { BadInput } from '../badInput.ts'
import { withFolder } from '../command.fixture.ts'
import { scenarioText } from '../scenarios.fixture.ts'
import { loadScenario, type Scenario } from './load.ts'
import { parametersOf } from './parameters.ts'

const GOOD = scenarioText({
  phases: '[graph, vm]',
  arity: '16',
  actors: [
    '{ name: sam, role: server, strategy: wrong-value, at: { node: 3, element: 5 }, add: 1 }',
    '{ name: vera, role: verifier, strategy: honest }',
  ],
})

const loaded = (content: string | Uint8Array): Promise<Scenario> =>
  withFolder(async (folder) => {
    const file = join(folder, 'given.yaml')
    writeFileSync(file, content)
    return loadScenario(file)
  })

/** What was refused, a line each, without the folder. */
const refused = async (content: string | Uint8Array): Promise<readonly string[]> => {
  try {
    await loaded(content)
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    return error.message.split('\n').map((line) => line.replace(/^.*given\.yaml/, 'given.yaml'))
  }
  throw new Error('nothing was refused')
}

const replaced = (from: string | RegExp, to: string): string => {
  const text = GOOD.replace(from, to)
  if (text === GOOD) throw new Error(`the scenario has no ${from}`)
  return text
}

/** Texts of the libraries, which speak to programmers. */
const RAW = /Invalid|xpected|received|Unresolved|parse|YAML\.|Implicit|undefined|\bat .*:\d+:\d+/

/** A scenario with one thing wrong, and what is said of it. */
const BAD: readonly (readonly [string, string, string])[] = [
  [
    'brackets that do not close',
    `${GOOD}  - {`,
    'given.yaml:8: malformed YAML: wrong indentation, or a bracket',
  ],
  ['a key given twice', `${GOOD}seed: 6\n`, 'given.yaml:8: malformed YAML: a key that was given already'],
  ['a tab for indentation', `${GOOD}expect:\n\tby: none\n`, 'malformed YAML: a tab where lines are indented'],
  ['several documents', `${GOOD}---\n${GOOD}`, 'given.yaml:8: malformed YAML: several YAML documents'],
  ['an alias to nothing', replaced('seed: 5', 'seed: *five'), 'given.yaml:2: the alias *five has no anchor'],
  [
    'an alias inside itself',
    `${GOOD}expect: &a { by: *a }\n`,
    'given.yaml:8: the alias *a stands inside its anchor',
  ],
  [
    'aliases that multiply',
    `a: &a [1, 1]\n${[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`)}]\n`).join('')}${GOOD}`,
    'given.yaml: aliases that multiply beyond measure',
  ],
  ['lists without end', `a: ${'['.repeat(20_000)}`, 'malformed YAML'],
  ['a tag', replaced('seed: 5', 'seed: !!binary aGk='), 'given.yaml:2: a tag: plain values alone'],
  ['a key that is a list', `${GOOD}? [a]\n: b\n`, 'given.yaml:8: a key that is no text'],
  ['nothing', '', 'given.yaml: is empty; allowed: a scenario'],
  ['a list', '- a\n', 'given.yaml:1: is a list; allowed: a mapping with keys of these: scenario, title'],
  [
    'a bond under two names',
    replaced('arity: 16', 'arity: 16, bondWei: 5, claimBondWei: 5').replace(
      'image: 3',
      'image: 3, feeWei: 1',
    ),
    'given.yaml:4: game.bondWei: stands beside game.claimBondWei, which it is short for; allowed: one of them',
  ],
  [
    'a price that is none',
    `${GOOD}costs: { etherUsd: -1 }\n`,
    'given.yaml:8: costs.etherUsd: is -1; allowed: a number from 0',
  ],
  ['an unknown key', `${GOOD}colour: red\n`, 'given.yaml:8: colour: unknown key; allowed: scenario, title'],
  ['a key of the language', `${GOOD}__proto__: 3\n`, 'given.yaml:8: __proto__: unknown key'],
  [
    'an unknown key of an actor',
    replaced('add: 1', 'subtract: 1'),
    'given.yaml:6: actors[0].subtract: unknown key; allowed: at, add',
  ],
  [
    'an unknown strategy',
    replaced('wrong-value', 'clever'),
    'actors[0].strategy: is "clever"; allowed: for a server honest, wrong-value',
  ],
  [
    'no strategy',
    replaced('strategy: honest ', ''),
    'actors[1].strategy: is missing; allowed: for a verifier honest',
  ],
  [
    'an unknown model',
    replaced('mnist-mlp', 'gpt-9'),
    'given.yaml:3: task.model: is "gpt-9"; allowed: mnist-mlp, mnist-cnn or toy, or a language model by its name or file',
  ],
  [
    'a language model without a prompt',
    replaced('mnist-mlp, image: 3', 'llama-tiny, tokens: 3'),
    'given.yaml:3: task.prompt: is missing; allowed: a text, or a list of token ids',
  ],
  [
    'a prompt of nothing',
    replaced('mnist-mlp, image: 3', 'llama-tiny, prompt: "", tokens: 3'),
    'given.yaml:3: task.prompt: is empty; allowed: a text, or a list of token ids',
  ],
  [
    'a prompt that is neither text nor tokens',
    replaced('mnist-mlp, image: 3', 'llama-tiny, prompt: [1, -1], tokens: 3'),
    'given.yaml:3: task.prompt',
  ],
  [
    'a language model with an image',
    replaced('mnist-mlp, image: 3', 'llama-tiny, prompt: H, tokens: 1, image: 3'),
    'given.yaml:3: task.image: does not go with model llama-tiny; allowed: prompt, a text, or a list of token ids; tokens, an integer from 1 on; seed, temperature, topK, topP',
  ],
  [
    'an answer longer than the model has room for',
    replaced('mnist-mlp, image: 3', 'llama-tiny, prompt: Hi, tokens: 129').replace(
      '[graph, vm]',
      '[loop, graph, vm]',
    ),
    'given.yaml:3: task.tokens: is 129; allowed: 1 to 128',
  ],
  [
    'a token that no vocabulary has',
    replaced('mnist-mlp, image: 3', 'llama-tiny, prompt: [288], tokens: 1'),
    'given.yaml:3: task.prompt: token 288 is outside of the vocabulary of 288',
  ],
  [
    'a prompt that a graph cannot read in one run',
    replaced('mnist-mlp, image: 3', 'llama-tiny, prompt: Hi, tokens: 1'),
    'given.yaml:3: task.prompt: has 2 tokens, and the graph runs once under [graph, vm]: without the phase loop a prompt has 1 token',
  ],
  [
    'a lie behind the last iteration',
    replaced('mnist-mlp, image: 3', 'llama-tiny, prompt: Hi, tokens: 2')
      .replace('[graph, vm]', '[loop, graph, vm]')
      .replace('node: 3,', 'iteration: 3, node: 3,'),
    'actors[0].at.iteration: 3 is outside the run; allowed: 0 to 2',
  ],
  [
    'a lie in a row of a cache that another token writes',
    replaced('mnist-mlp, image: 3', 'llama-tiny, prompt: Hi, tokens: 2')
      .replace('[graph, vm]', '[loop, graph, vm]')
      .replace('node: 3,', 'iteration: 1, node: 5,'),
    'actors[0].at.element: 5 is not written by node 5 (block 0 append keys) in iteration 1; allowed: one that is',
  ],
  ['an unknown world', `${GOOD}world: mars\n`, 'given.yaml:8: world: is "mars"; allowed: model or anvil'],
  [
    'an unknown phase',
    replaced('[graph, vm]', '[graph, cpu]'),
    'given.yaml:4: game.phases[1]: is "cpu"; allowed: loop, graph, tile or vm',
  ],
  [
    'phases without a joint',
    replaced('[graph, vm]', '[graph, graph, vm]'),
    'game.phases: there is no descent from graph to graph',
  ],
  ['phases without an arbiter', replaced('[graph, vm]', '[graph]'), 'game.phases: the last phase is graph'],
  [
    'no phases',
    replaced('[graph, vm]', '[]'),
    'game.phases: is an empty list; allowed: a list of loop, graph, tile, vm',
  ],
  [
    'a node outside the graph',
    replaced('node: 3', 'node: 6'),
    'actors[0].at.node: 6 is outside the graph; allowed: 0 to 5',
  ],
  [
    'an element outside the output',
    replaced('element: 5', 'element: 10'),
    'actors[0].at.element: 10 is outside the output of node 3 (matmul2); allowed: 0 to 9',
  ],
  [
    'a lie that wraps to nothing',
    replaced('add: 1', 'add: 4294967296'),
    'actors[0].add: 4294967296 wraps to 0',
  ],
  ['a lie of nothing', replaced('add: 1', 'add: 0'), 'actors[0].add: is 0: nothing is altered'],
  [
    'an arity below 2',
    replaced('arity: 16', 'arity: 1'),
    'game.arity: is 1; allowed: an integer from 2 to 64',
  ],
  [
    'an arity above 64',
    replaced('arity: 16', 'arity: 65'),
    'game.arity: is 65; allowed: an integer from 2 to 64',
  ],
  [
    'a fractional arity',
    replaced('arity: 16', 'arity: 2.5'),
    'game.arity: is 2.5; allowed: an integer from 2 to 64',
  ],
  ['an arity in words', replaced('arity: 16', 'arity: many'), 'game.arity: is "many"; allowed: an integer'],
  [
    'an image beyond the last',
    replaced('image: 3', 'image: 10000'),
    'task.image: is 10000; allowed: an integer from 0 to 9,999',
  ],
  [
    'a negative image',
    replaced('image: 3', 'image: -1'),
    'task.image: is -1; allowed: an integer from 0 to 9,999',
  ],
  ['no image', replaced(', image: 3', ''), 'given.yaml:3: task.image: is missing; allowed: an integer'],
  [
    'a toy without a seed',
    replaced('mnist-mlp, image: 3', 'toy'),
    'given.yaml:3: task.seed: is missing; allowed: an integer',
  ],
  [
    'a toy with an image',
    replaced('mnist-mlp, image: 3', 'toy, seed: 1, image: 3'),
    'given.yaml:3: task.image: does not go with model toy; allowed: seed, an integer',
  ],
  [
    'phases that the model does not run in',
    replaced('[graph, vm]', '[graph, tile, vm]'),
    'given.yaml:4: game.phases: [graph, tile, vm] is no tower of mnist-mlp; allowed: [graph, vm] or [vm]',
  ],
  [
    'a first phase that cannot be the first',
    replaced('[graph, vm]', '[tile, graph, vm]'),
    'given.yaml:4: game.phases: tile cannot be the first phase; allowed: [graph, vm] or [vm]',
  ],
  [
    'a clock of no time',
    replaced('clockSeconds: 3600', 'clockSeconds: 0'),
    'game.clockSeconds: is 0; allowed: an integer from 1',
  ],
  [
    'a bond of nothing',
    replaced('arity: 16', 'arity: 16, bondWei: 0'),
    'game.bondWei: is 0; allowed: a whole number of wei from 1 to 2^128 - 1',
  ],
  [
    'a bond that no contract holds',
    replaced('arity: 16', `arity: 16, bondWei: ${2n ** 128n}`),
    `game.bondWei: is ${2n ** 128n}; allowed: a whole number of wei from 1 to 2^128 - 1`,
  ],
  [
    'a bond in words',
    replaced('arity: 16', 'arity: 16, bondWei: "1 ether"'),
    'game.bondWei: is "1 ether"; allowed',
  ],
  [
    'a fee above the bond',
    replaced('image: 3', `image: 3, feeWei: "${10n ** 18n + 1n}"`),
    `task.feeWei: is ${10n ** 18n + 1n}, not less than what is burned of a claim bond of ${10n ** 18n}`,
  ],
  [
    'a deadline before the first answer',
    replaced('image: 3', 'image: 3, deadlineSeconds: 11'),
    'task.deadlineSeconds: is 11, and an honest party can need 12, with a block every 12 s; allowed: 12 and more',
  ],
  [
    'a seed beyond what a number holds',
    replaced('seed: 5', `seed: ${2n ** 53n}`),
    `seed: is ${2n ** 53n}; allowed: an integer from 0`,
  ],
  ['no server', replaced(/ {2}- \{ name: sam.*\n/, ''), 'given.yaml:5: actors: has no server; allowed: one'],
  [
    'two servers',
    replaced('role: verifier', 'role: server'),
    'actors[1].role: a second server; allowed: one',
  ],
  [
    'two actors of one name',
    replaced('name: vera', 'name: sam'),
    'given.yaml:7: actors[1].name: two actors are named sam',
  ],
  [
    'an actor of the requester’s name',
    replaced('name: vera', 'name: requester'),
    'actors[1].name: two actors are named requester',
  ],
  [
    'a name of another kind',
    replaced('name: vera', 'name: 7up'),
    'actors[1].name: is "7up"; allowed: a name: a letter, then up to 31',
  ],
  [
    'options for a requester',
    `${GOOD}  - { name: rae, role: requester, add: 1 }\n`,
    'given.yaml:8: actors[2].add: unknown key; allowed for a requester: name, role, fundsWei and contract',
  ],
  [
    'a strategy that does not fit the phases',
    replaced('[graph, vm]', '[vm]'),
    'actors[0].strategy: wrong-value does not fit phases [vm]: it needs a graph phase',
  ],
  [
    'a step outside the run',
    replaced('[graph, vm]', '[vm]').replace(
      'wrong-value, at: { node: 3, element: 5 }, add: 1',
      'wrong-step, at: { step: 99999999 }',
    ),
    'actors[0].at.step: 99999999 is outside the run; allowed: 0 to ',
  ],
]

describe('a scenario that cannot be played', () => {
  /** Rationale: the scenario file is the front door; whoever errs there must learn where, and what is allowed. */
  const isOneLine = async (text: string, words: string): Promise<void> => {
    const lines = await refused(text)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(words)
    expect(lines[0]).not.toMatch(RAW)
  }

  test.each(BAD)('BAD-1 %s: one line that names file, line, field and what is allowed', (_, text, words) =>
    isOneLine(text, words),
  )

  // One that somebody has made here is a model as any other.
  const unmade = ['7b', '1.1b', '110m', '15m'].find(
    (size) => !existsSync(cachedFile(`llama-${size}`, 'fixed')),
  )
  test.skipIf(unmade === undefined)(
    'BAD-1 a model of a shape that is not made yet, where there is one: one line that says how to make it',
    () =>
      isOneLine(
        replaced('mnist-mlp, image: 3', `llama-${unmade}, prompt: Hi, tokens: 2`),
        `given.yaml:3: task.model: is "llama-${unmade}", which is not here yet: npm run models -- synth llama --size ${unmade}`,
      ),
  )

  /** Rationale: to be told one fault a run is to be made to guess. */
  test('BAD-6 everything that is wrong is told at once, in the order of the file', async () => {
    const lines = await refused(
      [
        'scenario: ""',
        'colour: red',
        'task: { model: mnist-mlp, image: 1, feeWei: 2 }',
        'game: { bondWei: 1, arity: 1 }',
        'actors:',
        '  - { name: 1, role: server, strategy: clever }',
        '  - { name: vera, role: verifier, strategy: silent, after: -1 }',
        '  - { name: vera, role: verifier, strategy: honest }',
        '  - { name: x, role: boss }',
        'expect: { by: luck }',
      ].join('\n'),
    )
    expect(lines.map((line) => /^given\.yaml:(\d+): ([^:]+): /.exec(line)!.slice(1, 3))).toEqual([
      ['1', 'scenario'],
      ['2', 'colour'],
      ['4', 'game.arity'],
      ['6', 'actors[0].name'],
      ['6', 'actors[0].strategy'],
      ['7', 'actors[1].after'],
      ['8', 'actors[2].role'],
      ['8', 'actors[2].name'],
      ['9', 'actors[3].role'],
      ['10', 'expect.by'],
    ])
    const options = await refused(replaced('node: 3', 'node: 6').replace('seed: 5', 'seed: -5'))
    expect(options.join()).toMatch(/seed.*actors\[0\]\.at\.node/)
  })

  /** Rationale: an escape sequence in a file can paint a green "as expected" over the message about it. */
  test('BAD-7 what a terminal would obey is shown and not obeyed', async () => {
    const lines = await refused(
      replaced('name: sam', 'name: "s\\e[32mam\\u202e"').replace('seed: 5', '"se\\u0085ed\\u200b": 5'),
    )
    expect(lines.join('\n')).toContain('s\\u{1b}[32mam\\u{202e}')
    expect(lines.join('\n')).toContain('se\\u{85}ed\\u{200b}')
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  test('BAD-8 text that is not UTF-8, and files that cannot be read, say so', async () => {
    expect(await refused(Uint8Array.of(0xff, 0xfe, 0x41))).toEqual(['given.yaml: is no text in UTF-8'])
    expect(await refused('x'.repeat(2 ** 20 + 1))).toEqual(['given.yaml: is too large for a scenario file'])
    await withFolder(async (folder) => {
      const [sub, loop, secret] = ['sub', 'loop', 'secret'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ]
      mkdirSync(sub)
      symlinkSync(loop, loop)
      writeFileSync(secret, GOOD)
      chmodSync(secret, 0)
      expect(() => loadScenario(sub)).toThrow(`${sub}: is a folder`)
      expect(() => loadScenario(loop)).toThrow(`${loop}: is a link that leads to itself`)
      expect(() => loadScenario(join(secret, 'x'))).toThrow('there is no such file; looked for: ')
      // The superuser may read everything.
      if (process.getuid?.() !== 0) expect(() => loadScenario(secret)).toThrow('may not be read')
    })
  })
})

/** Pieces of YAML that a slip of the hand, or somebody who means harm, may put anywhere. */
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '\n',
  '\n  ',
  '\t',
  '"',
  "'",
  '&a ',
  '*a',
  '!!map ',
  '? ',
  '| ',
  '> ',
  '#',
  '---\n',
  '%',
  '~',
  '0',
  '-',
  '.inf',
  '1e99',
  '\0',
  '\u202e',
  '__proto__',
  '<<: *a\n',
]

describe('any damage', () => {
  /** Rationale: whatever a file holds, its reader learns what is wrong with it; no text may end in a fault of ours. */
  test('BAD-11 a damaged scenario is played or refused in our words, never anything else', async () => {
    let [played, refusedCount] = [0, 0]
    const damage = fc.array(
      fc.record({ at: fc.nat(GOOD.length), remove: fc.nat(2), insert: fc.constantFrom('', ...PIECES) }),
      { minLength: 1, maxLength: 2 },
    )
    await withFolder(async (folder) => {
      const file = join(folder, 'given.yaml')
      fc.assert(
        fc.property(damage, (slips) => {
          const text = slips.reduce(
            (all, { at, remove, insert }) => all.slice(0, at) + insert + all.slice(at + remove),
            GOOD,
          )
          writeFileSync(file, text)
          try {
            loadScenario(file)
            played++
          } catch (error) {
            expect(error).toBeInstanceOf(BadInput)
            expect((error as Error).message).toContain(`${file}:`)
            expect((error as Error).message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
            refusedCount++
          }
        }),
        { numRuns: 400 },
      )
    })
    expect(played).toBeGreaterThan(5)
    expect(refusedCount).toBeGreaterThan(100)
  })
})

const timed = (game: string, more = ''): string =>
  replaced(/game: .*/, `game: { phases: [vm], arity: 2, ${game} }`).replace(
    /strategy: wrong-value.*add: 1/,
    `strategy: honest${more}`,
  )

describe('times that leave an honest party too little', () => {
  /** Rationale: a scenario in which the honest side must lose looks like a broken protocol to whoever did not mean it. */
  test('ASSUME-1 are bad input that says which and what the least is; the least itself is played', async () => {
    const [clock, window] = [
      /clockSeconds: is 36, and an honest party can need (\d+)/,
      /windowSeconds: is 11, and .* need (\d+)/,
    ]
    const lines = await refused(
      timed('clockSeconds: 36, windowSeconds: 11').replace('image: 3', 'image: 3, deadlineSeconds: 11'),
    )
    expect(lines).toHaveLength(3)
    const least = [clock, window].map((pattern) => Number(pattern.exec(lines.join('\n'))![1]))
    // An opening, and 2^28 steps at most that are halved 28 times: every second move is by either side, and one is to spare.
    expect(least).toEqual([15 * 12, 12])
    const given = (seconds: number) => timed(`clockSeconds: ${seconds}, windowSeconds: 12`)
    expect((await loaded(given(15 * 12))).outside).toEqual([])
    expect(await refused(given(15 * 12 - 1))).toHaveLength(1)
  })

  test('ASSUME-2 the clock suffices without the allowance for descents', async () => {
    const given = (clock: number, descent: number) =>
      replaced(/game: .*/, `game: { arity: 16, clockSeconds: ${clock}, descentSeconds: ${descent} }`)
    // One turn in the graph, and of seven dissections in the machine four.
    expect((await loaded(given(60, 0))).outside).toEqual([])
    expect(await refused(given(59, 0))).toHaveLength(1)
    expect(await refused(given(59, 600))).toHaveLength(1)
  })

  test('ASSUME-3 game.outsideAssumptions plays them, and keeps what is wrong with them', async () => {
    const { outside } = await loaded(timed('clockSeconds: 36, outsideAssumptions: true'))
    expect(outside).toEqual([
      expect.stringMatching(/^game\.clockSeconds is 36, and an honest party can need 180/),
    ])
    expect((await loaded(timed('outsideAssumptions: true'))).outside).toEqual([])
    expect(await refused(timed('outsideAssumptions: perhaps'))).toHaveLength(1)
  })
})

describe('a scenario that can be played', () => {
  /** Rationale: amounts of wei do not fit the numbers of most languages; none may come out rounded. */
  test('SCENARIO-1 amounts are exact, as numbers and as texts', async () => {
    for (const amount of [4n, 2n ** 53n + 1n, 10n ** 18n + 1n, 2n ** 128n - 1n])
      for (const text of [`${amount}`, `"${amount}"`]) {
        const { game } = await loaded(
          replaced('arity: 16', `arity: 16, bondWei: ${text}`).replace('image: 3', 'image: 3, feeWei: 1'),
        )
        expect(game.bondWei).toBe(amount)
      }
  })

  test('SCENARIO-2 aliases that mean something are followed', async () => {
    const { seed, task } = await loaded(
      replaced('seed: 5', 'seed: &five 5').replace('image: 3', 'image: *five'),
    )
    expect([seed, task.image]).toEqual([5, 5])
  })

  test('SCENARIO-3 the hash is of the content, wherever the file stands', async () => {
    const [one, same, other] = [await loaded(GOOD), await loaded(GOOD), await loaded(`${GOOD}# more\n`)]
    expect(one.contentHash).toBe(same.contentHash)
    expect(one.contentHash).not.toBe(other.contentHash)
  })
})

describe('seals and attention', () => {
  const game = (keys: string) => replaced(/game: .*/, `game: { arity: 16, ${keys} }`)
  const attention =
    'attention: { answerSeconds: 600, revealSeconds: 900, stakeWei: 5, oneIn: 3, minFeeWei: 7 }'

  test('SCENARIO-4 a deployment takes them from the file, and pays the least part where nothing else is said', async () => {
    const { game: watched, runs } = await loaded(game(attention))
    expect(parametersOf(watched, 0n, runs.model)).toMatchObject({
      seals: { answerSeconds: 600, revealSeconds: 900 },
      attention: { stakeWei: 5n, oneIn: 3, minFeeWei: 7n, payWei: 7n },
    })
    const { game: sealed } = await loaded(game('seals: { answerSeconds: 60, revealSeconds: 61 }'))
    const parameters = parametersOf(sealed, 0n, runs.model)
    expect(parameters).toMatchObject({ seals: { answerSeconds: 60, revealSeconds: 61 } })
    expect(parameters.attention).toBeUndefined()
  })

  /** Rationale: of two places that say the same nobody knows which is meant, and a stake that nobody asks for is lost. */
  test.each([
    [
      game(`${attention}, seals: { answerSeconds: 1, revealSeconds: 1 }`),
      /game\.seals: stands beside game\.attention/,
    ],
    [
      game(attention).replace('image: 3', 'image: 3, feeWei: 6'),
      /task\.feeWei: is 6, less than its part for verifiers/,
    ],
    [
      game(attention.replace('answerSeconds: 600', 'answerSeconds: 35')),
      /game\.attention\.answerSeconds: is 35, and an honest party can need 36/,
    ],
    [
      game('seals: { answerSeconds: 60, revealSeconds: 11 }'),
      /game\.seals\.revealSeconds: is 11, .* need 12/,
    ],
    [
      game(`${attention.replace('minFeeWei: 7', 'minFeeWei: 7, payWei: 8')}`),
      /game\.attention\.payWei: payWei 8 is not between 1 and/,
    ],
    [GOOD.replace('role: verifier, strategy: honest', 'role: verifier, strategy: watcher'), /asks for none/],
  ])('BAD-ATTENTION-1 what contradicts itself is bad input', async (text, expected) => {
    const lines = await refused(text)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(expected)
  })
})
