import { Command, InvalidArgumentError } from 'commander'
import { BadInput } from '../../sim/badInput.ts'
import { EXIT } from '../../sim/exitCode.ts'
import { duration } from '../../sim/format.ts'
import { complain, say } from '../../sim/terminal.ts'
import { visible, visibleJson } from '../../sim/visible.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Row } from '../chronicle.ts'
import { disputesOf } from '../sections/story.ts'
import { rowsAbout } from '../stepper/subjects.ts'
import { type KeptRun, readRun } from './readRun.ts'
import { showing } from './showing.ts'
import { situation } from './situation.ts'
import { standings } from './standing.ts'

interface Options {
  readonly at?: number
  readonly dispute?: number
  readonly json?: true
}

const INDENT = '     '
const MOST_COLUMNS = 100

/** A sentence as lines of a terminal. */
const wrapped = (sentence: string, columns: number): string => {
  const lines = ['']
  for (const word of sentence.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => `${INDENT}${line}`).join('\n')
}

const printSentence = (sentence: string): void =>
  say(wrapped(sentence, Math.min(process.stdout.columns ?? MOST_COLUMNS, MOST_COLUMNS) - INDENT.length))

/** What is told of a run: the calls up to one, and of several disputes perhaps one alone. */
interface Telling {
  /** All calls so far. */
  readonly rows: readonly Row[]
  /** Those of them that are told. */
  readonly told: readonly Row[]
  readonly only: Id | undefined
  /** The next call that would be told. */
  readonly following: Row | undefined
  /** Number of a call's dispute, where the run has several. */
  readonly numberOf: (row: Row) => number | undefined
}

const heading = (row: Row, { numberOf }: Telling): string => {
  const { entry, name, sinceStart } = row
  const gas = entry.transaction === undefined ? '' : `, ${entry.transaction.gasUsed.toLocaleString('en')} gas`
  const number = numberOf(row)
  const dispute = number === undefined ? '' : `dispute ${number}, `
  return `#${entry.seq}  ${entry.actor}: ${name}  (${dispute}after ${duration(sinceStart)}${gas})`
}

const print = ({ run, setting }: KeptRun, telling: Telling): void => {
  const { rows, told, only, following } = telling
  say(visible(`${run.scenario}${run.title === '' ? '' : `: ${run.title}`}`))
  say(
    visible(
      `world ${run.world}, model ${setting.modelName}, ${setting.inputName}, phases ${setting.model.phases.join(' > ')}, arity ${setting.parameters.arity}`,
    ),
  )
  for (const row of told) {
    say(`\n${visible(heading(row, telling))}`)
    for (const sentence of showing(row, setting)) printSentence(visible(sentence))
  }
  const last = rows.at(-1)
  say(`\n${last === undefined ? 'Before the first call' : `How it stands after call ${last.entry.seq}`}`)
  for (const sentence of situation(rows, setting, only)) printSentence(visible(sentence))
  if (following !== undefined)
    printSentence(
      visible(`Next came call ${following.entry.seq}: ${following.entry.actor}, ${following.name}.`),
    )
  say('\nWhat the runner knows, and no chain does')
  printSentence(visible(`${run.verdict}; ${run.truth}.`))
}

const json = ({ run, setting }: KeptRun, { rows, told, only, numberOf }: Telling): string =>
  visibleJson({
    scenario: run.scenario,
    title: run.title,
    world: run.world,
    phases: setting.model.phases,
    arity: setting.parameters.arity,
    calls: told.map((row) => ({
      seq: row.entry.seq,
      time: row.entry.time,
      actor: row.entry.actor,
      call: row.name,
      dispute: numberOf(row) ?? null,
      outcome: row.entry.outcome,
      showed: showing(row, setting),
    })),
    stands: situation(rows, setting, only),
    disputes: standings(rows, setting).filter(({ dispute }) => only === undefined || dispute === only),
    verdict: run.verdict,
    truth: run.truth,
    claimIsTrue: run.claimIsTrue,
  })

const badOption = (file: string, field: string, reason: string): BadInput =>
  new BadInput(file, [{ line: undefined, field, reason }])

/** The dispute that somebody asks for, by its number. */
const chosenDispute = (file: string, disputes: readonly Id[], number: number | undefined): Id | undefined => {
  if (number === undefined) return undefined
  if (number < 1 || number > disputes.length)
    throw badOption(
      file,
      '--dispute',
      disputes.length === 0
        ? `is ${number}, and the run has no dispute`
        : `is ${number}; allowed: a dispute, 1 to ${disputes.length}`,
    )
  return disputes[number - 1]
}

const explain = (file: string, { at, dispute, json: asJson }: Options): void => {
  const kept = readRun(file)
  const { rows } = kept
  if (at !== undefined && at >= rows.length)
    throw badOption(file, '--at', `is ${at}; allowed: a call, 0 to ${rows.length - 1}`)
  const disputes = disputesOf(rows)
  const only = chosenDispute(file, disputes, dispute)
  const shown = only === undefined ? rows : rowsAbout(rows, only)
  const isSoFar = ({ entry }: Row): boolean => at === undefined || entry.seq <= at
  const telling: Telling = {
    rows: rows.filter(isSoFar),
    told: shown.filter(isSoFar),
    only,
    following: shown.find((row) => !isSoFar(row)),
    numberOf: (row) =>
      row.dispute === undefined || disputes.length < 2 ? undefined : disputes.indexOf(row.dispute) + 1,
  }
  if (asJson) console.log(json(kept, telling))
  else print(kept, telling)
}

const wholeNumber =
  (what: string) =>
  (text: string): number => {
    if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`allowed: ${what}`)
    return Number(text)
  }

/** `npm run sim -- explain`. @returns the exit code */
export const explainCommand = (args: readonly string[]): number => {
  const command = new Command('sim explain')
    .description(
      'Tells a run in words: who claims what, who disputes it, what each move showed, who stands by what, what the one to move must show next',
    )
    .argument('<file>', 'journal of a run (FILE.jsonl); its run file (FILE.json) must stand beside it')
    .option(
      '--at <call>',
      'as it stood after this call, instead of at the end',
      wholeNumber('the number of a call, from 0'),
    )
    .option(
      '--dispute <number>',
      'of a run with several disputes this one alone, as its page numbers it',
      wholeNumber('the number of a dispute, from 1'),
    )
    .option('--json', 'print one JSON object on standard output and nothing else')
    .addHelpText(
      'after',
      '\nExit codes:\n  0  it was told\n  2  a file is missing, cut off, damaged or of another version, or an option is wrong',
    )
    .configureOutput({ writeErr: (text) => complain(text.trimEnd()) })
    .exitOverride()
    .action(explain)
  try {
    command.parse(args, { from: 'user' })
    return EXIT.met
  } catch (error) {
    if (error instanceof BadInput) {
      complain(error.message.replaceAll(/^/gm, 'error: '))
      return EXIT.badInput
    }
    const { exitCode } = error as { readonly exitCode?: number }
    if (exitCode === undefined) throw error
    return exitCode === 0 ? EXIT.met : EXIT.badInput
  }
}
