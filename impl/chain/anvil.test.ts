import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from './anvil.ts'

const call = async (url: string, method: string, params: readonly unknown[] = []): Promise<unknown> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return ((await response.json()) as { result: unknown }).result
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const ended = async (pid: number): Promise<boolean> => {
  for (let polls = 0; polls < 1000 && isAlive(pid); polls++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return !isAlive(pid)
}

const anvilModule = new URL('./anvil.ts', import.meta.url).href

/** A process that starts a chain, prints its pid, and then does `afterwards`. */
const parentThat = async (afterwards: string) => {
  const script = `import { startAnvil } from '${anvilModule}'; console.log((await startAnvil()).pid); ${afterwards}`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script])
  const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
  return { parent, pid: Number(printed.toString()) }
}

describe('anvil', () => {
  test('ANVIL-1 several run beside each other, and are gone once stopped', async () => {
    const chains: Anvil[] = await Promise.all([startAnvil(), startAnvil({ timestamp: 1_900_000_000 })])
    try {
      const [first, second] = chains as [Anvil, Anvil]
      expect(first.url).not.toBe(second.url)
      expect(await call(first.url, 'eth_chainId')).toBe('0x7a69')
      const genesis = (await call(second.url, 'eth_getBlockByNumber', ['0x0', false])) as {
        timestamp: string
      }
      expect(Number(genesis.timestamp)).toBe(1_900_000_000)
    } finally {
      await Promise.all(chains.map(({ stop }) => stop()))
    }
    for (const { pid, stop } of chains) {
      expect(isAlive(pid)).toBe(false)
      await stop()
    }
  })

  test('ANVIL-2 a flag that anvil does not know is an error with its words', async () => {
    await expect(startAnvil({ flags: ['--no-such-flag'] })).rejects.toThrow('--no-such-flag')
  })

  // Rationale: a chain that outlives a failed test holds memory and a port for ever.
  test.each([
    ['throws', "throw new Error('expected by this test')", undefined],
    ['exits', 'process.exit(3)', undefined],
    ['ends without stopping it', '', undefined],
    ['gets SIGINT', 'setInterval(() => {}, 1000)', 'SIGINT'],
    ['gets SIGTERM', 'setInterval(() => {}, 1000)', 'SIGTERM'],
    ['gets SIGKILL', 'setInterval(() => {}, 1000)', 'SIGKILL'],
  ] as const)('ANVIL-3 the chain is gone when its parent %s', async (_, afterwards, signal) => {
    const { parent, pid } = await parentThat(afterwards)
    if (signal) parent.kill(signal)
    if (parent.exitCode === null && parent.signalCode === null) await once(parent, 'exit')
    expect(await ended(pid)).toBe(true)
  })

  // Rationale: what the node prints while we are busy is still to be read when it is stopped; whoever waits for its end
  // without holding on to that ends first, with an await that never settles.
  test('ANVIL-4 the chain is stopped after it has printed much to a process that was busy, ten times in a row', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', BUSY_PARENT])
    const [code] = (await once(parent, 'exit')) as [number]
    expect(code).toBe(0)
  })
})

/** Waits, as a process does that computes, while another makes a hundred calls to the chain, and then stops it. */
const BUSY_PARENT = `
  import { execFileSync } from 'node:child_process'
  import { startAnvil } from '${anvilModule}'
  for (let round = 0; round < 10; round++) {
    const { url, stop } = await startAnvil()
    execFileSync(process.execPath, ['--input-type=module', '-e', \`
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] })
      const call = () => fetch('\${url}', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      for (let calls = 0; calls < 100; calls++) await (await call()).text()
    \`])
    await stop()
  }`
