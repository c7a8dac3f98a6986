import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestSources } from './propertyIndex.ts'

const SPEC = join(import.meta.dirname, '../..')

export const readTests = (): TestSources =>
  new Map(
    readdirSync(SPEC, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => [name, readFileSync(join(SPEC, name), 'utf8')]),
  )
