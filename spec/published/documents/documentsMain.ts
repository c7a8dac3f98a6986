import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { diagramsDocument } from './diagrams.ts'
import { propertiesDocument } from './propertyIndex.ts'
import { readTests } from './testSources.fixture.ts'
import { transitionsDocument } from './transitions.ts'

const BAD_INPUT = 2

const { check } = new Command('documents')
  .description('Writes the documents that come from the specification’s code')
  .option('--check', 'compare with the files that are there instead of writing them')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .parse()
  .opts<{ check?: true }>()

const documents = {
  'transitions.md': transitionsDocument,
  'diagrams.json': diagramsDocument,
  'properties.md': () => propertiesDocument(readTests()),
}
for (const [name, write] of Object.entries(documents)) {
  const path = join(import.meta.dirname, name)
  const document = write()
  if (!check) {
    writeFileSync(path, document)
    console.log(`${name}: ${Buffer.byteLength(document)} bytes`)
  } else if (existsSync(path) && readFileSync(path, 'utf8') === document) {
    console.log(`${name}: as the specification has it`)
  } else {
    console.error(
      `${name} is not what the specification gives: run npm run documents, and look at what changed`,
    )
    process.exitCode = 1
  }
}
