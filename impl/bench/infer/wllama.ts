import { createReadStream, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findBrowser } from '../../browser/findBrowser.ts'
import type { Speed } from './llamaCpp.ts'
import { installPackage, PEER_FOLDER, PeerError } from './peerFolder.ts'

const PACKAGE = { name: '@wllama/wllama', version: '3.13.0' }
const CONTEXT = 1024

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  wasm: 'application/wasm',
  html: 'text/html',
}

/** What the page does: the functions that are called from outside. */
const PAGE = `<!doctype html><script type="module">
import { Wllama, LoggerWithoutDebug } from '/esm/index.js'
const wllama = new Wllama({ default: '/esm/wasm/wllama.wasm' }, { logger: LoggerWithoutDebug, suppressNativeLog: true })
wllama.setCompat(null)
window.load = async (threads) => {
  const model = await (await fetch('/model.gguf')).blob()
  await wllama.loadModel([model], { n_threads: threads, n_ctx: ${CONTEXT}, n_gpu_layers: 0, n_parallel: 1 })
  return wllama.getNumThreads()
}
window.complete = async (prompt, tokens) => {
  const { timings } = await wllama.createCompletion({ prompt, max_tokens: tokens, temperature: 0, cache_prompt: false })
  return timings
}
window.ready = true
</script>`

interface Timings {
  readonly prompt_n: number
  readonly prompt_per_second: number
  readonly predicted_n: number
  readonly predicted_per_second: number
}

/** Serves the package, the page and the model, isolated as threads need it. */
const serve = async (folder: string, model: string): Promise<Server> => {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname))
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    response.setHeader('Content-Type', TYPES[path.split('.').at(-1)!] ?? 'application/octet-stream')
    if (path === '/') {
      response.setHeader('Content-Type', TYPES['html']!)
      response.end(PAGE)
      return
    }
    const file = path === '/model.gguf' ? model : join(folder, path)
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) response.writeHead(404).end()
    else createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** llama.cpp in WebAssembly, with a model in a browser. */
export interface Wllama {
  /** @param prompt text @param tokens to decode behind it */
  readonly measure: (prompt: string, tokens: number) => Promise<Speed & { readonly promptTokens: number }>
  readonly close: () => Promise<void>
}

/** @throws PeerError where there is no browser or no registry, or where it does not run */
export const openWllama = async (model: string, threads: number): Promise<Wllama> => {
  const executablePath = findBrowser()
  if (executablePath === undefined)
    throw new PeerError('llama.cpp in WebAssembly needs a browser: Debian’s package chromium')
  const folder = await installPackage(join(PEER_FOLDER, 'wllama'), PACKAGE.name, PACKAGE.version)
  const server = await serve(folder, model)
  let browser: Browser | undefined
  const close = async (): Promise<void> => {
    await browser?.close()
    server.close()
    server.closeAllConnections()
  }
  try {
    browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction('window.ready === true')
    const own = await call<number>(page, `load(${threads})`)
    if (own !== threads)
      throw new PeerError(`llama.cpp in WebAssembly runs on ${own} threads, not ${threads}`)
    return {
      close,
      measure: async (prompt, tokens) => {
        const timings = await call<Timings>(page, `complete(${JSON.stringify(prompt)}, ${tokens})`)
        return {
          promptTokens: timings.prompt_n,
          promptTokensPerSecond: timings.prompt_per_second,
          decodeTokensPerSecond: timings.predicted_per_second,
        }
      },
    }
  } catch (error) {
    await close()
    if (error instanceof PeerError) throw error
    throw new PeerError(`llama.cpp in WebAssembly does not run: ${(error as Error).message.split('\n')[0]}`)
  }
}

const call = <Result>(page: Page, expression: string): Promise<Result> =>
  page.evaluate(`window.${expression}`) as Promise<Result>
