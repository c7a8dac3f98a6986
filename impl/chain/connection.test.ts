import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type JsonRpcProvider, toQuantity, Wallet } from 'ethers'
import { describe, expect, test } from 'vitest'
import { parametersOf } from '../../spec/checks/properties/alphabetGame.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import { initialService } from '../../spec/service/state.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { ChainUnreachable, connect, type Patience } from './connection.ts'
import { deployOpml } from './deploy.ts'
import { encodeCall } from './encodeCall.ts'
import { ChainFollower } from './follower.ts'
import { mnistRuns } from './mnist.fixture.ts'
import { startProxy } from './proxy.fixture.ts'
import { sendCall } from './sendCall.ts'

const IMPATIENT: Patience = { connectMilliseconds: 3_000, answerMilliseconds: 500 }

const PARAMETERS = parametersOf(3)
const [PROGRAM] = registrationOf(mnistRuns(['vm']).model)

/** What any client does: deploys, calls from an account of its own, follows. */
const work = async (provider: JsonRpcProvider, deployer = 0): Promise<void> => {
  const { address, privateKey } = Wallet.createRandom()
  await provider.send('anvil_setBalance', [address, toQuantity(10n ** 18n)])
  const { service, registry } = await deployOpml(await provider.getSigner(deployer), PARAMETERS)
  const start = initialService(PARAMETERS)
  const follower = new ChainFollower(provider, service, start, await provider.getBlockNumber())
  await sendCall(provider, new Wallet(privateKey), registry, encodeCall(PROGRAM!, start), 0n)
  await follower.sync()
}

const onAnvil = async (flags: readonly string[], use: (anvil: Anvil) => Promise<void>): Promise<void> => {
  const anvil = await startAnvil({ flags })
  try {
    await use(anvil)
  } finally {
    await anvil.stop()
  }
}

/** Works on a chain until that fails. @returns what with, and after how many seconds */
const failureAt = async (url: string, patience?: Patience, deployer?: number) => {
  const started = performance.now()
  const provider = await connect(url, patience)
  try {
    const error = await work(provider, deployer).catch((thrown: unknown) => thrown)
    return { error, seconds: (performance.now() - started) / 1000 }
  } finally {
    provider.destroy()
  }
}

// Their time is spent waiting: they wait together.
describe.concurrent('a chain that does not answer', () => {
  test('SILENT-1 is told at once where nothing listens, and in seconds where nobody speaks', async () => {
    const server = createServer(() => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await expect(connect(`http://127.0.0.1:${port}`)).rejects.toThrow(ChainUnreachable)
    server.close()
    await expect(connect(`http://127.0.0.1:${port}`)).rejects.toThrow(ChainUnreachable)
  })

  // Rationale: a client that waits for ever misses its deadlines on every other chain too, and nobody is told.
  test('SILENT-2 one that falls silent after any of its answers is one error, whatever was being done', async () => {
    await onAnvil(['--accounts', '60'], async ({ url }) => {
      let asked = 0
      const count = await startProxy(url, () => {
        asked++
        return undefined
      })
      expect((await failureAt(count.url)).error).toBeUndefined()
      await count.stop()
      expect(asked).toBeGreaterThan(20)
      // The first is the probe's.
      await Promise.all(
        Array.from({ length: asked - 1 }, async (_, index) => {
          let answered = 0
          const proxy = await startProxy(url, () => (answered++ <= index ? undefined : 'silence'))
          const { error } = await failureAt(proxy.url, IMPATIENT, index)
          expect([index, error]).toEqual([index, expect.any(ChainUnreachable)])
          await proxy.stop()
        }),
      )
    })
  })

  test('SILENT-3 one that mines nothing, or answers no more, ends whatever waits for it within 30 seconds', async () => {
    const ends = (failure: Awaited<ReturnType<typeof failureAt>>): void => {
      expect(failure.error).toBeInstanceOf(ChainUnreachable)
      expect(failure.seconds).toBeLessThan(30)
    }
    await Promise.all([
      onAnvil(['--no-mining'], async ({ url }) => ends(await failureAt(url))),
      onAnvil([], async ({ url }) => {
        let answered = 0
        const proxy = await startProxy(url, () => (answered++ < 6 ? undefined : 'silence'))
        ends(await failureAt(proxy.url))
        await proxy.stop()
      }),
    ])
  })

  test('SILENT-4 one that is killed is the same error', async () => {
    await onAnvil([], async ({ url, pid }) => {
      const provider = await connect(url)
      process.kill(pid, 'SIGKILL')
      await expect(work(provider)).rejects.toThrow(ChainUnreachable)
      provider.destroy()
    })
  })
})
