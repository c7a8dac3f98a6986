import { Command, InvalidArgumentError } from 'commander'
import { BadInput } from '../../sim/badInput.ts'
import { EXIT } from '../../sim/exitCode.ts'
import { duration } from '../../sim/format.ts'
import { complain, say } from '../../sim/terminal.ts'
import { visible, visibleJson } from '../../sim/visible.ts'
import type { Row } from '../chronicle.ts'
import { type KeptRun, readRun } from './readRun.ts'
import { showing } from './showing.ts'
import { situation } from './situation.ts'
import { standings } from './standing.ts'

interface Options {
  readonly at?: number
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

const heading = ({ entry, name, sinceStart }: Row): string => {
  const gas = entry.transaction === undefined ? '' : `, ${entry.transaction.gasUsed.toLocaleString('en')} gas`
  return `#${entry.seq}  ${entry.actor}: ${name}  (after ${duration(sinceStart)}${gas})`
}

const print = ({ run, setting, rows }: KeptRun, told: readonly Row[]): void => {
  say(visible(`${run.scenario}${run.title === '' ? '' : `: ${run.title}`}`))
  say(
    visible(
      `world ${run.world}, model ${setting.modelName}, ${setting.inputName}, phases ${setting.model.phases.join(' > ')}, arity ${setting.parameters.arity}`,
    ),
  )
  for (const row of told) {
    say(`\n${visible(heading(row))}`)
    for (const sentence of showing(row, setting)) printSentence(visible(sentence))
  }
  const last = told.at(-1)
  say(`\n${last === undefined ? 'Before the first call' : `How it stands after call ${last.entry.seq}`}`)
  for (const sentence of situation(told, setting)) printSentence(visible(sentence))
  const following = rows[told.length]
  if (following !== undefined)
    printSentence(
      visible(`Next came call ${following.entry.seq}: ${following.entry.actor}, ${following.name}.`),
    )
  say('\nWhat the runner knows, and no chain does')
  printSentence(visible(`${run.verdict}; ${run.truth}.`))
}

const json = ({ run, setting }: KeptRun, told: readonly Row[]): string =>
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
      outcome: row.entry.outcome,
      showed: showing(row, setting),
    })),
    stands: situation(told, setting),
    disputes: standings(told, setting),
    verdict: run.verdict,
    truth: run.truth,
    claimIsTrue: run.claimIsTrue,
  })

const explain = (file: string, { at, json: asJson }: Options): void => {
  const kept = readRun(file)
  const calls = kept.rows.length
  if (at !== undefined && at >= calls)
    throw new BadInput(file, [
      { line: undefined, field: '--at', reason: `is ${at}; allowed: a call, 0 to ${calls - 1}` },
    ])
  const told = kept.rows.slice(0, at === undefined ? calls : at + 1)
  if (asJson) console.log(json(kept, told))
  else print(kept, told)
}

const callNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('allowed: the number of a call, from 0')
  return Number(text)
}

/** `npm run sim -- explain`. @returns the exit code */
export const explainCommand = (args: readonly string[]): number => {
  const command = new Command('sim explain')
    .description(
      'Tells a dispute in words: who stands by what, what each move showed, what the one to move must show next',
    )
    .argument('<file>', 'journal of a run (FILE.jsonl); its run file (FILE.json) must stand beside it')
    .option('--at <call>', 'as it stood after this call, instead of at the end', callNumber)
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
