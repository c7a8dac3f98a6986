import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startAnvil } from '../../impl/chain/anvil.ts'
import { EXIT, exitCodeOf } from '../exitCode.ts'
import { type Entry, journalLines } from '../journal.ts'
import type { RunRecord } from '../record.ts'
import { openWorld, playScenario, prepare } from '../run.ts'
import { playVariant, scenarioText, withScenario } from '../scenarios.fixture.ts'
import { alarmOf } from '../verdict.ts'

const ETHER = 10n ** 18n

const withFunds = (sam: bigint, vera: bigint, requester: bigint): string =>
  scenarioText({
    phases: '[graph, vm]',
    arity: '16',
    actors: [
      `{ name: sam, role: server, strategy: wrong-value, at: { node: 3, element: 5 }, fundsWei: ${sam} }`,
      `{ name: vera, role: verifier, strategy: honest, fundsWei: "${vera}" }`,
      `{ name: rae, role: requester, fundsWei: ${requester} }`,
    ],
  })

const told = ({ transaction: _, ...entry }: Entry) => entry

/** Plays in both worlds, which must tell the same. */
const inBoth = async (text: string): Promise<RunRecord> => {
  const [model, anvil] = [await playVariant(text, 'model'), await playVariant(text, 'anvil')]
  expect(anvil.story.journal.map(told)).toEqual(model.story.journal.map(told))
  expect(anvil.story.balances).toEqual(model.story.balances)
  return model
}

const refusals = ({ story }: RunRecord) =>
  story.journal.flatMap(({ actor, call, outcome }) =>
    outcome === 'accepted' ? [] : [[actor, call.kind, outcome]],
  )

describe('what an actor cannot pay', () => {
  /** Rationale: a model in which balances fall below zero proves nothing about a chain that takes no such call. */
  test('FUNDS-1 is refused by one name in both worlds, and told once', async () => {
    const cases: readonly (readonly [string, string, object, readonly unknown[]])[] = [
      [
        'the bond of a claim',
        withFunds(ETHER - 1n, ETHER, ETHER),
        { claim: null, claimIsTrue: null, output: { claimed: null } },
        ['sam', 'Claim'],
      ],
      [
        'the bond of a dispute',
        withFunds(ETHER, (255n * ETHER) / 1000n - 1n, ETHER),
        { claim: 'final', claimIsTrue: false },
        ['vera', 'Open'],
      ],
      ['the fee', withFunds(ETHER, ETHER, 0n), { claim: null, claimIsTrue: null }, ['rae', 'Request']],
    ]
    for (const [what, text, summary, refused] of cases) {
      const record = await inBoth(text)
      expect([what, refusals(record)]).toEqual([what, [[...refused, 'InsufficientFunds']]])
      expect(record.summary).toMatchObject(summary)
      expect(journalLines(record.story.journal)).toContain('"outcome":"InsufficientFunds"')
      for (const { after } of record.story.balances) expect(after).toBeGreaterThanOrEqual(0n)
    }
  })

  test('FUNDS-2 to the last wei suffices, and what is won can be spent', async () => {
    const record = await inBoth(withFunds(ETHER, ETHER, ETHER / 100n))
    expect(refusals(record)).toEqual([])
    expect(record.summary).toMatchObject({ claim: 'refuted', winner: 'verifier', by: 'arbitration' })
  })
})

describe('times', () => {
  const frivolous = (clock: number, more: string): string =>
    scenarioText({
      phases: '[vm]',
      arity: '2',
      actors: [
        '{ name: sam, role: server, strategy: honest }',
        '{ name: fay, role: verifier, strategy: frivolous }',
      ],
    }).replace('clockSeconds: 3600', `clockSeconds: ${clock}${more}`)

  /** Rationale: the least that the check allows must do, or the check is worth nothing. */
  test('TIMES-1 an honest server wins with the least clock, in both worlds', async () => {
    const record = await inBoth(frivolous(15 * 12, ''))
    expect(record.summary).toMatchObject({ claim: 'final', winner: 'server', claimIsTrue: true })
  })

  test('TIMES-2 outside the assumptions it loses a true claim, which is told as the alarm that it is', async () => {
    const record = await inBoth(frivolous(36, ', outsideAssumptions: true'))
    expect(record.summary).toMatchObject({
      claim: 'refuted',
      winner: 'verifier',
      by: 'timeout',
      claimIsTrue: true,
    })
    expect(alarmOf(record)).toBe('a true claim has been refuted')
  })

  test('TIMES-3 a task whose deadline is over before anybody can answer has no claim', async () => {
    const text = frivolous(3600, ', outsideAssumptions: true').replace(
      'image: 3',
      'image: 3, deadlineSeconds: 11',
    )
    const record = await inBoth(text)
    expect(record.summary).toMatchObject({ claim: null, claimIsTrue: null, winner: null, by: 'none' })
    expect(record.summary.output.claimed).toBeNull()
  })
})

const GOOD = withFunds(ETHER, ETHER, ETHER)

/** What a scenario on that chain fails with. */
const failureOn = (rpcUrl: string, onEntry: (entry: Entry) => void = () => {}): Promise<unknown> =>
  withScenario(GOOD, async (scenario) => {
    const prepared = prepare({ ...scenario, world: 'anvil' })
    try {
      const world = await openWorld(prepared, rpcUrl)
      await playScenario(prepared, world, 0, onEntry).finally(world.close)
    } catch (error) {
      return error
    }
    return undefined
  })

const expectUnplayable = (error: unknown, words: RegExp): void => {
  expect(exitCodeOf(error)).toBe(EXIT.chain)
  expect((error as Error).message).toMatch(words)
  expect((error as Error).message).not.toContain('\n')
}

describe('a chain that cannot be played on', () => {
  /** Rationale: whoever brings a chain of their own must learn what it lacks, and scripts that it was the chain. */
  test.each([
    ['no mining', ['--no-mining'], /does not mine each transaction as it comes/],
    ['a block now and then', ['--block-time', '2'], /does not mine each transaction as it comes/],
    ['rules of old', ['--hardfork', 'london'], /a hard fork before Cancun/],
    ['no accounts', ['--accounts', '0'], /has no account/],
    ['no balance', ['--balance', '0'], /without a balance/],
    ['small blocks', ['--gas-limit', '3000000'], /deploying the contracts failed: Out of gas/],
    [
      'small contracts',
      ['--code-size-limit', '5000'],
      /deploying the contracts failed: .*(size exceeded|SizeLimit)/,
    ],
  ])('CHAIN-1 %s', async (_, flags, words) => {
    const anvil = await startAnvil({ flags })
    try {
      expectUnplayable(await failureOn(anvil.url), words)
    } finally {
      await anvil.stop()
    }
  })

  test('CHAIN-2 one that is killed in the middle', async () => {
    const anvil = await startAnvil()
    try {
      const error = await failureOn(anvil.url, ({ seq }) => {
        if (seq === 3) process.kill(anvil.pid, 'SIGKILL')
      })
      expectUnplayable(error, /^--rpc http:.*: the call dissect failed: /)
    } finally {
      await anvil.stop()
    }
  })

  test('CHAIN-3 one that takes connections and never answers, in less than half a minute', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { readonly port: number }
    const started = performance.now()
    try {
      expectUnplayable(await failureOn(`http://127.0.0.1:${port}`), /no JSON-RPC endpoint answers there/)
      expect(performance.now() - started).toBeLessThan(30_000)
    } finally {
      server.close()
    }
  })
})
