import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../../spec/machine/program.ts'
import { parseElf } from '../vm/elf.ts'
import { GUESTS } from './guests.ts'
import { type LineRow, parseLineTable, placeAt, type SourcePlace } from './lineTable.ts'

/** Where an instruction comes from, with the line as it stands there. */
export interface SourceLine extends SourcePlace {
  readonly text: string
}

/** By the code's root: the lines of each guest. */
let known: ReadonlyMap<string, readonly LineRow[]> | undefined

const tables = (): ReadonlyMap<string, readonly LineRow[]> => {
  known ??= new Map(
    GUESTS.map(({ file, linesFile }) => [
      parseElf(readFileSync(file)).program.codeRoot,
      parseLineTable(readFileSync(linesFile, 'utf8')),
    ]),
  )
  return known
}

const textOf = ({ file, line }: SourcePlace): string =>
  readFileSync(join(import.meta.dirname, file), 'utf8')
    .split('\n')
    [line - 1]!.trim()

/**
 * The line of C, or of the start-up's assembly, that an instruction of a committed guest comes from; undefined for other
 * programs, and for what comes with the compiler.
 */
export const sourceLineAt = ({ codeRoot }: Program, pc: number): SourceLine | undefined => {
  const place = placeAt(tables().get(codeRoot) ?? [], pc)
  return place && { ...place, text: textOf(place) }
}
