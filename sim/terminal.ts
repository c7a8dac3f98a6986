import { pathToFileURL } from 'node:url'
import { styleText } from 'node:util'
import { type Answer, modelRuns } from '../impl/inference/runs.ts'
import { callName } from '../spec/service/calls.ts'
import type { Answers } from './answers.ts'
import { count, ether } from './format.ts'
import type { Entry } from './journal.ts'
import type { Summary } from './outcome.ts'
import type { RunRecord } from './record.ts'
import type { Scenario } from './scenario/load.ts'
import { TOY } from './scenario/schema.ts'
import type { Shipped } from './scenario/shipped.ts'
import { alarmOf, truthSentence } from './verdict.ts'
import { visible, visibleJson, visibleLines } from './visible.ts'

/** Standard output, for people. What comes from a file or a chain can name no colour and move no cursor. */
export const say = (text: string): void => console.log(visibleLines(text))

/** Standard error. */
export const complain = (text: string): void => console.error(visibleLines(text))

/** Colours where standard output is a terminal that has them. */
const loud = (text: string): void => console.log(styleText(['bold', 'red'], visibleLines(text)))

export const printOpening = (scenario: Scenario): void => {
  const { world, task, game, seed } = scenario
  say(visible([scenario.scenario, ...(scenario.title === '' ? [] : [scenario.title])].join(': ')))
  say(
    `world ${world}, model ${task.model}, ${scenario.inputName}, phases ${game.phases.join(' > ')}, ` +
      `arity ${game.arity}, seed ${seed}`,
  )
  for (const fault of scenario.outside) loud(`outside the assumptions: ${fault}`)
  console.log()
}

export const printEntry = ({ time, actor, call, outcome, transaction }: Entry, start: number): void => {
  const gas = transaction === undefined ? '' : `${count(transaction.gasUsed)} gas`
  const refused = outcome === 'accepted' ? '' : `  refused: ${outcome}`
  say(
    `  ${String(time - start).padStart(6)} s  ${actor.padEnd(12)} ${callName(call).padEnd(10)} ${gas.padStart(13)}${refused}`,
  )
}

/** The published figure of this line of work is the whole model in the machine, whatever phases a scenario plays. */
const printMachine = ({ task, runs, input }: Scenario): void => {
  if (task.model === TOY || runs.conversation !== undefined) return
  const { trace, seconds } = modelRuns(runs.graph, ['vm'], input).honest()
  say(`\nwhole model in the machine: ${count(trace.length)} instructions in ${seconds.toFixed(3)} s`)
}

/** The scenarios that ship. */
export const printList = (scenarios: readonly Shipped[], json: boolean): void => {
  for (const { file, scenario, title } of scenarios)
    if (json) console.log(visibleJson({ file, scenario, title }))
    else say(`${file}  ${visible(title)}`)
}

const disputeWords = ({ claim, winner, by, moves }: Summary): string => {
  if (claim === null) return 'no claim came about'
  return `claim ${claim}: ${winner === null ? 'nobody disputed it' : `${winner} wins by ${by} after ${moves} moves`}`
}

const expectedWords = (met: boolean | null): string => {
  if (met === null) return 'nothing was expected'
  return met ? 'as expected' : 'NOT as expected'
}

/** What was asked and said, a line each; the token in which the answers part is told of. */
const printAnswers = (answers: Answers): void => {
  const { prompt, promptTokens, claimed, true: right, calledBack, partAt } = answers
  const said = ({ tokens, text }: Answer): string =>
    text === null ? `ids ${tokens.join(' ')}` : visible(JSON.stringify(text))
  say(`prompt: ${prompt === null ? `ids ${promptTokens.join(' ')}` : visible(JSON.stringify(prompt))}`)
  say(`answer: ${said(right)}`)
  if (calledBack !== null) say(`the contract that asked was called back with: ${said(calledBack)}`)
  if (claimed === null || partAt === null) return
  say(`claimed: ${said(claimed)}`)
  say(`they part at token ${partAt + 1} of the answer`)
}

export const printSummary = (record: RunRecord, summary: Summary): void => {
  const { scenario, unmet } = record
  const { gas, seconds, balancesWei, reportPath } = summary
  printMachine(scenario)
  if (summary.answers !== null) printAnswers(summary.answers)
  say(disputeWords(summary))
  say(truthSentence(record))
  for (const [name, { before, after }] of Object.entries(balancesWei))
    say(`  ${name.padEnd(12)} ${ether(BigInt(before))} -> ${ether(BigInt(after))} ETH, without gas`)
  if (gas !== null) say(`gas: ${count(gas.total)} from the request to the last withdrawal`)
  say(
    `inference ${seconds.inference.toFixed(3)} s, request to settlement ${seconds.dispute.toFixed(2)} s, all ${seconds.total.toFixed(2)} s`,
  )
  for (const key of unmet)
    say(`expected ${key}: ${String(scenario.expect[key])}, got ${String(summary[key])}`)
  say(expectedWords(summary.expectationsMet))
  const alarm = alarmOf(record)
  if (alarm !== undefined) loud(`\n!!! ${alarm.toUpperCase()} !!!\n`)
  if (reportPath !== null) printReportPath(reportPath)
}

/** Where a page stands, and how it is opened. */
export const printReportPath = (path: string): void => {
  say(`report: ${path}`)
  say(`open it in a browser: ${pathToFileURL(path).href}`)
}
