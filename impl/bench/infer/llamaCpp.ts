import { existsSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { startProgress } from '../../models/progress.ts'
import { installPackage, PEER_FOLDER, PeerError, runProgram } from './peerFolder.ts'

/** llama.cpp's sources, as a git bundle, come with this package. */
const PACKAGE = { name: 'node-llama-cpp', version: '3.22.1' }
const FOLDER = join(PEER_FOLDER, `llama.cpp-${PACKAGE.version}`)
const PROGRAMS = ['llama-bench', 'llama-quantize'] as const

const programOf = (name: (typeof PROGRAMS)[number]): string => join(FOLDER, 'build', 'bin', name)

/** Fast, static, for this very processor; nothing that only other programs of it need. */
const SETTINGS = [
  'CMAKE_BUILD_TYPE=Release',
  'GGML_NATIVE=ON',
  'GGML_OPENMP=ON',
  'BUILD_SHARED_LIBS=OFF',
  'LLAMA_CURL=OFF',
  'LLAMA_BUILD_TESTS=OFF',
  'LLAMA_BUILD_EXAMPLES=OFF',
  'LLAMA_BUILD_SERVER=OFF',
]

/**
 * Builds llama.cpp's bench from its sources, where that was not done before; some minutes. A distributed binary would be a
 * weak baseline: it does not know this processor.
 *
 * @throws PeerError where a compiler, cmake, git or the registry is missing
 */
export const buildLlamaCpp = async (): Promise<void> => {
  if (PROGRAMS.map(programOf).every(existsSync)) return
  const installed = await installPackage(join(FOLDER, 'package'), PACKAGE.name, PACKAGE.version)
  const [source, build] = [join(FOLDER, 'source'), join(FOLDER, 'build')]
  if (!existsSync(source)) {
    const partial = `${source}.partial`
    rmSync(partial, { recursive: true, force: true })
    await runProgram(
      'git',
      ['clone', '--quiet', join(installed, 'llama', 'gitRelease.bundle'), partial],
      FOLDER,
    )
    renameSync(partial, source)
  }
  const settings = SETTINGS.map((setting) => `-D${setting}`)
  await runProgram('cmake', ['-S', source, '-B', build, '-G', 'Unix Makefiles', ...settings], FOLDER)
  const progress = startProgress('building llama.cpp', 100, 'percent')
  await runProgram(
    'cmake',
    ['--build', build, '--parallel', String(availableParallelism()), '--target', ...PROGRAMS],
    FOLDER,
    (line) => {
      const percent = /^\[ *(\d+)%\]/.exec(line)?.[1]
      if (percent !== undefined) progress.update(Number(percent))
    },
  )
  progress.stop()
}

/** Writes a GGUF file whose matrices are Q8_0. @throws PeerError */
export const quantiseToQ8 = async (input: string, output: string): Promise<void> => {
  const partial = `${output}.partial`
  await runProgram(programOf('llama-quantize'), ['--allow-requantize', input, partial, 'Q8_0'], FOLDER)
  renameSync(partial, output)
}

export interface Speed {
  readonly promptTokensPerSecond: number
  readonly decodeTokensPerSecond: number
}

/**
 * One measurement of llama-bench, which loads the model and warms up first.
 *
 * @param promptTokens of the prompt @param tokens decoded, from an empty context @throws PeerError
 */
export const runLlamaBench = async (
  file: string,
  threads: number,
  promptTokens: number,
  tokens: number,
): Promise<Speed> => {
  const options = { m: file, t: threads, p: promptTokens, n: tokens, r: 1, o: 'json' }
  const args = Object.entries(options).flatMap(([key, value]) => [`-${key}`, String(value)])
  const results = JSON.parse(await runProgram(programOf('llama-bench'), args, FOLDER)) as readonly {
    readonly n_prompt: number
    readonly avg_ts: number
  }[]
  const rate = (isPrompt: boolean): number => {
    const found = results.find(({ n_prompt }) => n_prompt > 0 === isPrompt)
    if (found === undefined) throw new PeerError('llama-bench measured something else')
    return found.avg_ts
  }
  return { promptTokensPerSecond: rate(true), decodeTokensPerSecond: rate(false) }
}
