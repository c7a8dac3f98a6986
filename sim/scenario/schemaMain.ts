import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { jsonSchema } from './jsonSchema.ts'

const FILE = join(import.meta.dirname, '../../scenarios/schema.json')

const { check } = new Command('schema')
  .description('Writes scenarios/schema.json: the JSON Schema of scenario files, for editors')
  .option('--check', 'compare it with the committed one instead; ends with 1 where they differ')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{ check?: true }>()

if (check === true) {
  const same = readFileSync(FILE, 'utf8') === jsonSchema()
  console.log(
    same
      ? 'scenarios/schema.json is up to date'
      : 'scenarios/schema.json is not what `npm run schema` writes',
  )
  process.exitCode = same ? 0 : 1
} else {
  writeFileSync(FILE, jsonSchema())
  console.log(`wrote ${FILE}`)
}
