import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { GOLDEN_FILES } from './files.ts'

const BAD_INPUT = 2

const { check } = new Command('vectors')
  .description('Writes the golden vectors of the specification')
  .option('--check', 'compare with the files that are there instead of writing them')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .parse()
  .opts<{ check?: true }>()

for (const { name, text } of GOLDEN_FILES) {
  const path = join(import.meta.dirname, name)
  const expected = text()
  if (!check) {
    writeFileSync(path, expected)
    console.log(`${name}: ${Buffer.byteLength(expected)} bytes`)
  } else if (existsSync(path) && readFileSync(path, 'utf8') === expected) {
    console.log(`${name}: as the specification has it`)
  } else {
    console.error(
      `${name} is not what the specification gives: run npm run vectors, and look at what changed`,
    )
    process.exitCode = 1
  }
}
