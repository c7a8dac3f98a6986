import { mkdirSync, rmdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * Makes a folder and those above it. Node's own recursion never ends where the system says of an existing parent that
 * it is missing, as Linux does below /proc.
 *
 * @returns the topmost that was made; undefined where all were there
 * @throws the system's error, which names the folder that cannot be made
 */
export const makeFolder = (folder: string): string | undefined => {
  if (isFolder(folder)) return undefined
  const above = makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(folder)) throw error
    return above
  }
  return above ?? folder
}

/** Takes back what `makeFolder` made, as far as nothing has come to lie in it. @param made what it returned */
export const unmakeFolder = (folder: string, made: string | undefined): void => {
  if (made === undefined) return
  try {
    rmdirSync(folder)
  } catch {
    return
  }
  if (folder !== made) unmakeFolder(dirname(folder), made)
}
