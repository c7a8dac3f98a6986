import { readFileSync } from 'node:fs'
import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { foundAt, placesOf } from '../../files/places.ts'
import { type Executable, MalformedElf, readExecutable } from '../elf.ts'
import { type Listing, listingOf } from '../listing.ts'

/** A file that no program can be loaded from; the message names it and says why. */
export class BadFile extends Error {
  override readonly name = 'BadFile'

  constructor(file: string, why: string) {
    super(`${file}: ${why}`)
  }
}

/** Why a file could not be read; undefined where that is not what went wrong. */
const readFailure = (file: string, error: unknown): string | undefined => {
  if (!(error instanceof Error && 'code' in error)) return undefined
  return error.code === 'ENOENT'
    ? `there is no such file; looked for: ${placesOf(file).join(' and ')}`
    : error.message.split(',')[0]
}

const load = <Loaded>(file: string, from: (bytes: Bytes) => Loaded): Loaded => {
  try {
    return from(readFileSync(foundAt(file)))
  } catch (error) {
    const why = error instanceof MalformedElf ? error.message : readFailure(file, error)
    if (why === undefined) throw error
    throw new BadFile(file, why)
  }
}

/** Loads the program of an ELF file. @throws BadFile where it cannot be read, or is refused */
export const loadExecutable = (file: string): Executable => load(file, readExecutable)

/** As `loadExecutable`, with what the file says about the code. */
export const loadListed = (file: string): { executable: Executable; listing: Listing } =>
  load(file, (bytes) => {
    const executable = readExecutable(bytes)
    return { executable, listing: listingOf(bytes, executable) }
  })
