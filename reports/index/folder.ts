import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRunFile, type RunFile } from './runFile.ts'

export const INDEX_NAME = 'index.html'

/** A run that lies in a folder whole. */
export interface Run extends Omit<RunFile, 'setting'> {
  /** What its three files are called, without their endings. */
  readonly name: string
}

/** What lies in a folder of reports. */
export interface ReportFolder {
  /** Newest first. */
  readonly runs: readonly Run[]
  /** Files that are missing, cut off or of another version. */
  readonly faults: readonly { readonly file: string; readonly reason: string }[]
}

const PARTS = [
  { ending: '.html', what: 'page' },
  { ending: '.jsonl', what: 'journal' },
  { ending: '.json', what: 'run file' },
] as const

type Ending = (typeof PARTS)[number]['ending']

const readRun = (folder: string, name: string): Run | { readonly file: string; readonly reason: string } => {
  const text = (ending: Ending): string => readFileSync(join(folder, `${name}${ending}`), 'utf8')
  try {
    const run = parseRunFile(text('.json'))
    if (typeof run === 'string') return { file: `${name}.json`, reason: run }
    if (!text('.html').endsWith('</html>\n')) return { file: `${name}.html`, reason: 'is cut off' }
    const lines = text('.jsonl').split('\n')
    if (lines.length !== run.calls + 1 || lines.at(-1) !== '')
      return { file: `${name}.jsonl`, reason: `is cut off, or no journal of ${run.calls} calls` }
    const { setting: _, ...told } = run
    return { ...told, name }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    return { file: name, reason: `cannot be read (${code})` }
  }
}

/** Reads what lies in a folder; one that is not there holds nothing. @throws the file system's error */
export const readFolder = (folder: string): ReportFolder => {
  const files = new Set(namesIn(folder).filter((file) => file !== INDEX_NAME))
  const names = [...files].flatMap((file) => /^(.+)\.(?:html|jsonl?)$/.exec(file)?.[1] ?? [])
  const runs: Run[] = []
  const faults: ReportFolder['faults'][number][] = []
  for (const name of [...new Set(names)].sort()) {
    const missing = PARTS.filter(({ ending }) => !files.has(`${name}${ending}`))
    faults.push(
      ...missing.map(({ ending, what }) => ({
        file: `${name}${ending}`,
        reason: `is missing: the ${what} of a run whose other files are there${
          ending === '.json' ? '; reports of earlier versions had none: play it again' : ''
        }`,
      })),
    )
    if (missing.length > 0) continue
    const read = readRun(folder, name)
    if ('reason' in read) faults.push(read)
    else runs.push(read)
  }
  return { runs: runs.sort((a, b) => b.date.localeCompare(a.date)), faults }
}

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
