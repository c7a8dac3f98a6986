import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** The project's folder: what ships is found from anywhere. */
export const PROJECT_FOLDER = dirname(dirname(import.meta.dirname))

/** Where the user stands: npm starts a script in the project's folder, and says where it was called. */
export const userFolder = (): string =>
  (process.cwd() === PROJECT_FOLDER ? process.env['INIT_CWD'] : undefined) ?? process.cwd()

/** Where a file that was named on a command line is looked for, in this order; for messages too. */
export const placesOf = (file: string): readonly string[] => [
  ...new Set([resolve(userFolder(), file), resolve(PROJECT_FOLDER, file)]),
]

/** Where a file that was named on a command line is written: where the user stands. */
export const writtenAt = (file: string): string => resolve(userFolder(), file)

/** The first of these places that there is; where there is none, the first. */
export const foundAt = (file: string): string => {
  const places = placesOf(file)
  return places.find((place) => existsSync(place)) ?? places[0]!
}
