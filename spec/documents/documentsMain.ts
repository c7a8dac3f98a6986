import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { transitionsDocument } from './transitions.ts'

const { check } = new Command('documents')
  .description('Writes the documents that come from the specification’s code')
  .option('--check', 'compare with the file that is there instead of writing it')
  .parse()
  .opts<{ check?: true }>()

const path = join(import.meta.dirname, 'transitions.md')
const document = transitionsDocument()
if (!check) {
  writeFileSync(path, document)
  console.log(`transitions.md: ${Buffer.byteLength(document)} bytes`)
} else if (existsSync(path) && readFileSync(path, 'utf8') === document) {
  console.log('transitions.md: as the specification has it')
} else {
  console.error(
    'transitions.md is not what the specification gives: run npm run documents, and look at what changed',
  )
  process.exitCode = 1
}
