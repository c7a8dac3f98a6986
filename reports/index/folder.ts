import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { disputeFileOf } from '../population/disputeFile.ts'
import { parseSweepFile, SWEEP_KIND, type SweepFile } from '../sweeps/sweepFile.ts'
import { CUT_OFF, parsedJson, parseRunFile, type RunFile } from './runFile.ts'

export const INDEX_NAME = 'index.html'

/** Compares with the published designs; made with the index. */
export const RIVALS_NAME = 'rivals.html'

const MADE_HERE: readonly string[] = [INDEX_NAME, RIVALS_NAME]

/** A run that lies in a folder whole. */
export interface Run extends Omit<RunFile, 'setting'> {
  /** What its three files are called, without their endings. */
  readonly name: string
}

/** A simulation that lies in a folder whole. */
export interface Sweep extends SweepFile {
  readonly name: string
}

/** What lies in a folder of reports. */
export interface ReportFolder {
  /** Newest first. */
  readonly runs: readonly Run[]
  /** Newest first. */
  readonly sweeps: readonly Sweep[]
  /** Files that are missing, cut off or of another version. */
  readonly faults: readonly { readonly file: string; readonly reason: string }[]
}

const PARTS = [
  { ending: '.html', what: 'page' },
  { ending: '.jsonl', what: 'journal' },
  { ending: '.json', what: 'run file' },
] as const

type Ending = (typeof PARTS)[number]['ending']

type Fault = ReportFolder['faults'][number]

/** How many lines a file has; undefined where its last one is cut off. */
const lineCount = (text: string): number | undefined =>
  text.endsWith('\n') ? text.split('\n').length - 1 : undefined

/** What both kinds have in common: a page, and lines of which there are as many as the third file says. */
const partFault = (
  name: string,
  page: string,
  lines: string,
  expected: number,
  what: string,
): Fault | undefined => {
  if (!page.endsWith('</html>\n')) return { file: `${name}.html`, reason: 'is cut off' }
  return lineCount(lines) === expected
    ? undefined
    : { file: `${name}.jsonl`, reason: `is cut off, or no journal of ${what}` }
}

/** Pages of disputes that a run has in a folder of its name, and that are not there. */
const disputeFault = (folder: string, name: string, pages: number): Fault | undefined => {
  if (pages === 0) return undefined
  const missing = Array.from({ length: pages }, (_, i) => disputeFileOf(i + 1)).filter(
    (file) => !existsSync(join(folder, name, file)),
  )
  if (missing.length === 0) return undefined
  return missing.length === pages
    ? {
        file: `${name}/`,
        reason: `is missing: the folder of a run’s ${pages === 1 ? 'dispute page' : `${pages} dispute pages`}; play it again`,
      }
    : {
        file: `${name}/${missing[0]}`,
        reason: `is missing: ${missing.length === 1 ? 'one' : `the first of ${missing.length}`} of a run’s ${pages} dispute pages; play it again`,
      }
}

const isSweep = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'kind' in data && data.kind === SWEEP_KIND

type Found =
  | { readonly run: Run; readonly fault?: Fault | undefined }
  | { readonly sweep: Sweep }
  | { readonly fault: Fault }

const readReport = (folder: string, name: string): Found => {
  const text = (ending: Ending): string => readFileSync(join(folder, `${name}${ending}`), 'utf8')
  const [page, lines, machine] = [text('.html'), text('.jsonl'), text('.json')]
  const data = parsedJson(machine)
  if (data === undefined) return { fault: { file: `${name}.json`, reason: CUT_OFF } }
  if (isSweep(data)) {
    const sweep = parseSweepFile(data)
    if (typeof sweep === 'string') return { fault: { file: `${name}.json`, reason: sweep } }
    // The first line says what the runs are of.
    const fault = partFault(name, page, lines, sweep.runs + 1, `${sweep.runs} runs`)
    return fault === undefined ? { sweep: { ...sweep, name } } : { fault }
  }
  const run = parseRunFile(machine)
  if (typeof run === 'string') return { fault: { file: `${name}.json`, reason: run } }
  const fault = partFault(name, page, lines, run.calls, `${run.calls} calls`)
  const { setting: _, ...told } = run
  // A run whose disputes cannot be opened is there all the same.
  return fault === undefined
    ? { run: { ...told, name }, fault: disputeFault(folder, name, run.disputePages) }
    : { fault }
}

/** A report that cannot be read is at fault, and the others are not. */
const foundReport = (folder: string, name: string): Found => {
  try {
    return readReport(folder, name)
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    return { fault: { file: name, reason: `cannot be read (${code})` } }
  }
}

/** Reads what lies in a folder; one that is not there holds nothing. @throws the file system's error */
export const readFolder = (folder: string): ReportFolder => {
  const files = new Set(namesIn(folder).filter((file) => !MADE_HERE.includes(file)))
  const names = [...files].flatMap((file) => /^(.+)\.(?:html|jsonl?)$/.exec(file)?.[1] ?? [])
  const runs: Run[] = []
  const sweeps: Sweep[] = []
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
    const found = foundReport(folder, name)
    if ('sweep' in found) sweeps.push(found.sweep)
    else if ('run' in found) runs.push(found.run)
    if ('fault' in found && found.fault !== undefined) faults.push(found.fault)
  }
  const newest = (a: { readonly date: string }, b: { readonly date: string }) => b.date.localeCompare(a.date)
  return { runs: runs.sort(newest), sweeps: sweeps.sort(newest), faults }
}

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
