import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Whether a process with this number is there; one of somebody else's is. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/**
 * Where a file is written before it stands under its name: beside it, under the number of this process. What processes
 * that were killed have left of the same file is deleted.
 */
export const partialOf = (file: string): string => {
  const [folder, start] = [dirname(file), `${basename(file)}.partial-`]
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch {
    // Whoever opens the file will say what is wrong with its folder.
    names = []
  }
  for (const name of names) {
    const pid = name.startsWith(start) ? name.slice(start.length) : ''
    if (/^[1-9]\d*$/.test(pid) && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
  return join(folder, `${start}${process.pid}`)
}
