import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgress } from '../../models/progress.ts'
import { installPackage, PEER_FOLDER, PeerError, runProgram } from './peerFolder.ts'

/** llama.cpp's sources, as a git bundle, come with this package. */
const PACKAGE = { name: 'node-llama-cpp', version: '3.22.1' }
const FOLDER = join(PEER_FOLDER, `llama.cpp-${PACKAGE.version}`)
const PROGRAMS = ['llama-bench', 'llama-quantize', 'llama-results'] as const

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
 * Builds llama.cpp's programs from its sources, where that was not done before; some minutes. A distributed binary would be a
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

/** Writes a GGUF file again, its matrices in another format. @throws PeerError */
export const requantise = async (input: string, output: string, format: 'Q8_0' | 'F32'): Promise<void> => {
  const partial = `${output}.partial`
  await runProgram(programOf('llama-quantize'), ['--allow-requantize', input, partial, format], FOLDER)
  renameSync(partial, output)
}

/** What llama.cpp computes of a text. */
export interface LlamaLogits {
  readonly tokens: readonly number[]
  /** Of each position. */
  readonly logits: readonly Float32Array[]
}

const TENSOR_ALIGNMENT = 32
/** Caches too, which are in half precision unless told: that alone moves logits by hundredths. */
const IN_SINGLE_PRECISION = ['-c', '1024', '-ctk', 'f32', '-ctv', 'f32', '-fa', 'off']

/**
 * What `llama-results` writes ends with tokens int32[n] and logits float32[n][vocabulary], each aligned to 32 bytes.
 *
 * @param count tokens that the text has @throws PeerError where there is less
 */
export const logitsIn = (bytes: Uint8Array<ArrayBuffer>, count: number, vocabulary: number): LlamaLogits => {
  const aligned = (size: number): number => Math.ceil(size / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT
  const first = bytes.length - aligned(4 * count * vocabulary)
  const tokensAt = first - aligned(4 * count)
  if (tokensAt < 0) throw new PeerError('llama-results wrote fewer logits than the text has tokens')
  const at = (offset: number, length: number) => bytes.slice(offset, offset + length).buffer
  return {
    tokens: [...new Int32Array(at(tokensAt, 4 * count))],
    logits: Array.from(
      { length: count },
      (_, position) => new Float32Array(at(first + 4 * position * vocabulary, 4 * vocabulary)),
    ),
  }
}

/**
 * The logits of texts on a copy of a file with weights in single precision.
 *
 * @param texts each with the tokens that it is here: llama.cpp must find the same
 * @returns of each text, of each position
 * @throws PeerError
 */
export const llamaLogits = async (
  file: string,
  texts: readonly { readonly text: string; readonly tokens: readonly number[] }[],
  vocabulary: number,
  threads: number,
): Promise<readonly (readonly Float32Array[])[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-logits-'))
  try {
    const [copy, output] = [join(folder, 'copy.gguf'), join(folder, 'logits.gguf')]
    await requantise(file, copy, 'F32')
    const all: (readonly Float32Array[])[] = []
    for (const { text, tokens } of texts) {
      const args = ['-m', copy, '-p', text, '-o', output, '-t', String(threads), ...IN_SINGLE_PRECISION]
      await runProgram(programOf('llama-results'), args, FOLDER)
      const found = logitsIn(new Uint8Array(readFileSync(output)), tokens.length, vocabulary)
      if (found.tokens.join() !== tokens.join())
        throw new PeerError(`llama.cpp has other tokens of ${JSON.stringify(text.slice(0, 80))}`)
      all.push(found.logits)
    }
    return all
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
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
