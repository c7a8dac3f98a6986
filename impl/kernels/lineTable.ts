/** Where an instruction comes from: a file of this folder, and a line of it, from 1. */
export interface SourcePlace {
  readonly file: string
  readonly line: number
}

/** From this address on, up to the next row's; undefined where the compiler says nothing. */
export interface LineRow {
  readonly address: number
  readonly place: SourcePlace | undefined
}

/** A table as text: a row a line, address, file and line; address alone where the compiler says nothing. */
export const lineTableText = (rows: readonly LineRow[]): string =>
  rows
    .map(({ address, place }) =>
      place === undefined
        ? `0x${address.toString(16)}\n`
        : `0x${address.toString(16)} ${place.file} ${place.line}\n`,
    )
    .join('')

export const parseLineTable = (text: string): readonly LineRow[] =>
  text
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => {
      const [address, file, line] = row.split(' ')
      return {
        address: Number(address),
        place: file === undefined ? undefined : { file, line: Number(line) },
      }
    })

/** A row of `objdump --dwarf=decodedline`: file, line or `-` behind the last, address. */
const OBJDUMP_ROW = /^(\S+)\s+(\d+|-)\s+(0x[0-9a-f]+)(?:\s|$)/

/** What objdump reads out of the debug information; of several lines at one address the last, which goes on. */
export const linesFromObjdump = (text: string): readonly LineRow[] => {
  const rows = new Map<number, LineRow>()
  for (const row of text.split('\n')) {
    const [, file, line, address] = OBJDUMP_ROW.exec(row) ?? []
    if (address === undefined) continue
    const place = line === '-' ? undefined : { file: file!, line: Number(line) }
    // The end of one sequence is the start of the next, whichever is told first.
    if (place === undefined && rows.get(Number(address))?.place !== undefined) continue
    rows.set(Number(address), { address: Number(address), place })
  }
  return [...rows.values()].sort((a, b) => a.address - b.address)
}

/** @param rows by rising addresses */
export const placeAt = (rows: readonly LineRow[], address: number): SourcePlace | undefined =>
  rows.findLast((row) => row.address <= address)?.place
