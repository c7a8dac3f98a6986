import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'
import { cachedFile } from '../../impl/models/catalogue.ts'
import { openModelFile } from '../../impl/models/modelFile.ts'

/**
 * A model of any size, made, asked and disputed, a process a stage, so that none holds memory of another. What is done is
 * not done again: the model is its file, the others leave what they said in a file of their own.
 */
export const STAGES = ['synth', 'infer', 'dispute'] as const
export type Stage = (typeof STAGES)[number]

/** What a stage came to. */
export interface StageResult {
  /** Wall-clock. */
  readonly seconds: number
  /** What its command said, as JSON; null where it says nothing. */
  readonly said: unknown
}

export class StageFailed extends Error {
  constructor(stage: Stage, reason: string) {
    super(`the stage ${stage} failed: ${reason}`)
    this.name = 'StageFailed'
  }
}

const PROMPT = [1, 2]
const TOKENS = 2

export const modelOf = (size: string): string => `llama-${size}`
const folderOf = (size: string): string => join(PROJECT_FOLDER, '.cache', 'scale', size)
const resultFile = (size: string, stage: Stage): string => join(folderOf(size), `${stage}.json`)

/** Runs a command of the project, its progress on standard error. @returns its standard output */
const run = (stage: Stage, script: string, ...args: readonly string[]): string => {
  const ended = spawnSync('npm', ['run', '--silent', script, '--', ...args], {
    cwd: PROJECT_FOLDER,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  })
  if (ended.status === 0) return ended.stdout
  throw new StageFailed(
    stage,
    ended.signal ?? ended.error?.message ?? `npm run ${script} ended with ${ended.status}`,
  )
}

/** A lie in the middle of the model, at the answer's last token. */
const scenario = (size: string): string => {
  const open = openModelFile(cachedFile(modelOf(size), 'fixed'))
  open.close()
  const attention = open.nodes.flatMap(({ operator }, index) => (operator === 'attention' ? [index] : []))
  const node = attention[Math.floor(attention.length / 2)]!
  const element = Math.floor(open.nodes[node]!.outputElements / 2)
  const iteration = PROMPT.length + TOKENS - 2
  return [
    `scenario: scale-${size}`,
    `title: A server alters one value of ${open.header.name}; the verifier wins by one instruction`,
    'world: anvil',
    'seed: 1',
    `task: { model: ${modelOf(size)}, prompt: [${PROMPT.join(', ')}], tokens: ${TOKENS} }`,
    'game: { phases: [loop, graph, tile, vm] }',
    'actors:',
    `  - { name: sam, role: server, strategy: wrong-value, at: { iteration: ${iteration}, node: ${node}, element: ${element} }, add: 1000000000 }`,
    '  - { name: vera, role: verifier, strategy: honest }',
    'expect: { claim: refuted, claimIsTrue: false, winner: verifier, by: arbitration }',
    '',
  ].join('\n')
}

const perform: Readonly<Record<Stage, (size: string) => unknown>> = {
  synth: (size) => {
    // A file stands under its name only when it is whole, whoever wrote it.
    if (existsSync(cachedFile(modelOf(size), 'fixed'))) return null
    run('synth', 'models', 'synth', 'llama', '--size', size)
    return null
  },
  infer: (size) =>
    JSON.parse(
      run(
        'infer',
        'infer',
        modelOf(size),
        '--prompt-ids',
        PROMPT.join(','),
        '--tokens',
        `${TOKENS}`,
        '--json',
      ),
    ),
  dispute: (size) => {
    const file = join(folderOf(size), 'scenario.yaml')
    writeFileSync(file, scenario(size))
    return JSON.parse(run('dispute', 'sim', file, '--json', '--out', folderOf(size)))
  },
}

const isDone = (size: string, stage: Stage): boolean =>
  existsSync(resultFile(size, stage)) && existsSync(cachedFile(modelOf(size), 'fixed'))

/** What a stage said when it was done. */
export const resultOf = (size: string, stage: Stage): StageResult | undefined =>
  isDone(size, stage) ? (JSON.parse(readFileSync(resultFile(size, stage), 'utf8')) as StageResult) : undefined

/** Does a stage. @throws StageFailed */
export const runStage = (size: string, stage: Stage): StageResult => {
  const file = resultFile(size, stage)
  mkdirSync(dirname(file), { recursive: true })
  const started = performance.now()
  const said = perform[stage](size)
  const result: StageResult = { seconds: (performance.now() - started) / 1000, said }
  writeFileSync(`${file}.partial`, `${JSON.stringify(result)}\n`)
  renameSync(`${file}.partial`, file)
  return result
}
