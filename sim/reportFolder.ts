import { resolve } from 'node:path'
import { userFolder } from '../impl/files/places.ts'

/** Where `--out` says that reports go; undefined for the usual place. */
export const reportFolder = (out: string | undefined): string | undefined =>
  out === undefined ? undefined : resolve(userFolder(), out)

/** What to say of a report that cannot be written. @throws the error itself where it is none of the system's */
export const unwritable = (error: unknown): string => {
  const { code, syscall, path } = error as NodeJS.ErrnoException
  if (syscall === undefined) throw error
  return `error: the report cannot be written: ${path ?? ''} (${code}); --out names another folder`
}
