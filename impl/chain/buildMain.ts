import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildOptions } from '../build/committedBuild.ts'
import { type Artifact, artifactFile, artifactFolder } from './artifacts.ts'
import { compile, contractSources, DEPLOYED } from './compile.ts'

/** `npm run contracts`: compiles the contracts and writes what comes out, or with `--check` compares it. */

const textOf = (artifact: Artifact): string => `${JSON.stringify(artifact)}\n`

const committedText = (name: string): string | undefined => {
  try {
    return readFileSync(join(artifactFolder(), artifactFile(name)), 'utf8')
  } catch {
    return undefined
  }
}

const write = (artifacts: readonly Artifact[]): number => {
  const folder = artifactFolder()
  mkdirSync(folder, { recursive: true })
  const files = new Set(artifacts.map(({ name }) => artifactFile(name)))
  for (const stale of readdirSync(folder).filter((file) => !files.has(file))) rmSync(join(folder, stale))
  for (const built of artifacts) {
    writeFileSync(join(folder, artifactFile(built.name)), textOf(built))
    console.log(`${built.name}: ${built.deployedBytes.toLocaleString('en')} bytes`)
  }
  return 0
}

const compare = (artifacts: readonly Artifact[]): number => {
  const different = artifacts.filter((built) => committedText(built.name) !== textOf(built))
  for (const { name } of different)
    console.error(`${artifactFile(name)} is not what its sources give; build it with: npm run contracts`)
  if (different.length > 0) return 1
  console.log(`contracts check passed: ${artifacts.length} artifacts come out bit for bit the same`)
  return 0
}

const { check } = buildOptions('contracts', 'Compiles the contracts')

console.error('compiling: half a minute')
const artifacts = compile(contractSources(), DEPLOYED)
process.exitCode = check ? compare(artifacts) : write(artifacts)
