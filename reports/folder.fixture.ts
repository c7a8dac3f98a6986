import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'

/** A folder for the tests of a file, gone when they have ended. @returns its path, once they have begun */
export const testFolder = (name: string): (() => string) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), `opml-${name}-`))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  return () => folder
}
