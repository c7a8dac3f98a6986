import type { Survivor } from './verdict.ts'

/**
 * Mutants that a tool makes by changing one operator, condition or literal, in every file of the library. They need
 * no imagination, so they find what nobody thought of; a planted mutant is the mistake that somebody would make.
 */
export interface Generated {
  readonly file: string
  readonly line: number
  /** What the tool calls such a change. */
  readonly mutator: string
  /** The lines that are changed, before and after, without their indentation. */
  readonly before: string
  readonly after: string
  readonly outcome: 'killed' | 'survived'
}

export interface Score {
  readonly total: number
  readonly killed: number
  /** 0 to 1. */
  readonly score: number
}

/** What a run of the command comes to, whatever is broken. */
export interface MutationReport {
  /** Why nothing was tried: mutants that are out of date, tests that fail as it is. */
  readonly faults: readonly string[]
  readonly planted?: { readonly total: number; readonly killed: number }
  readonly generated?: Score
  readonly survivors: readonly (
    | Survivor
    | (Omit<Generated, 'outcome'> & { readonly why?: string | undefined })
  )[]
  /** What has to be told of survivors that no list knows. */
  readonly unknown: readonly string[]
}

/** What the score must be at least. */
export const LEAST_SCORE = 0.9

const NO_LIBRARY = /(\.test|\.arbitrary|\.fixture|Main)\.ts$|^spec\/(checks|published)\//

/** Whether a file is of the library: neither a test or what tests draw from, nor a command, nor what it explores with. */
export const isLibrary = (file: string): boolean =>
  file.startsWith('spec/') && file.endsWith('.ts') && !NO_LIBRARY.test(file)

export const scoreOf = (mutants: readonly Pick<Generated, 'outcome'>[]): Score => {
  const killed = mutants.filter(({ outcome }) => outcome === 'killed').length
  return {
    total: mutants.length,
    killed,
    score: mutants.length === 0 ? 1 : killed / mutants.length,
  }
}

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** One line without indentation, so that a mutant is found again wherever its lines stand. */
export const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** The lines from `start` to `end`, as they are and with `replacement` in the place between the two. */
export const editOf = (
  source: string,
  start: Position,
  end: Position,
  replacement: string,
): Pick<Generated, 'before' | 'after'> => {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const head = lines[0]!.slice(0, start.column - 1)
  const tail = lines.at(-1)!.slice(end.column - 1)
  return { before: flat(lines.join('\n')), after: flat(head + replacement + tail) }
}

/** A mutant that survives because it changes nothing that anybody could see. */
export interface Equivalent extends Pick<Generated, 'file' | 'before' | 'after'> {
  readonly why: string
}

/** Changes of some lines that all make no difference, for one reason. */
export const alike = (
  why: string,
  file: string,
  before: string,
  afters: readonly string[],
): readonly Equivalent[] => afters.map((after) => ({ file, before, after, why }))

export interface KnownSurvivors {
  /** Files of which every survivor has to be explained. */
  readonly explained: readonly string[]
  readonly equivalent: readonly Equivalent[]
  /** How many survive in each of the other files. */
  readonly counted: Readonly<Record<string, number>>
}

/** Why a survivor is equivalent, where the list says. */
export const whyOf = (
  { file, before, after }: Pick<Generated, 'file' | 'before' | 'after'>,
  { equivalent }: KnownSurvivors,
): string | undefined =>
  equivalent.find((known) => known.file === file && known.before === before && known.after === after)?.why

/** Survivors that the list does not know: unexplained ones, and more in a file than were counted. */
export const unknownSurvivors = (survivors: readonly Generated[], known: KnownSurvivors): readonly string[] =>
  [...new Set(survivors.map(({ file }) => file))].sort().flatMap((file) => {
    const rest = survivors.filter((mutant) => mutant.file === file && whyOf(mutant, known) === undefined)
    if (known.explained.includes(file))
      return rest.map(
        ({ line, before, after }) => `${file}:${line} survives unexplained: ${before} => ${after}`,
      )
    const count = known.counted[file] ?? 0
    return rest.length > count ? [`${file}: ${rest.length} survive, ${count} are known`] : []
  })
