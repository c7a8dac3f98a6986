import { Command } from 'commander'
import { oneOf } from '../badInput.ts'
import { commanderExit } from '../commanderExit.ts'
import { fieldName, schemaFaults } from '../scenario/fault.ts'
import { visible } from '../visible.ts'
import type { Model, Values } from './model.ts'
import { comparisons, MODELS } from './models.ts'

/** Exit codes: all well, a figure that its model does not reproduce, bad input. */
const EXIT = { ok: 0, disagrees: 1, badInput: 2 } as const

/** Where a command's output goes; a line has no newline at its end. */
export interface Output {
  readonly out: (line: string) => void
  readonly error: (line: string) => void
}

/** Arguments that nothing can be computed from: what is wrong, a line each. */
class BadArguments extends Error {
  override readonly name = 'BadArguments'
}

interface JsonOption {
  readonly json?: true
}

const modelNamed = (id: string): Model => {
  const found = MODELS.find((model) => model.id === id)
  if (found === undefined)
    throw new BadArguments(`ID is "${visible(id)}"; allowed: ${oneOf(MODELS.map((model) => model.id))}`)
  return found
}

/** Numbers as people write them, powers such as 2^32 among them; whatever else stays a text, which no field allows. */
const parsed = (text: string): number | boolean | string => {
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return Number(text)
  const [base, exponent] = /^(\d+)\^(\d+)$/.exec(text)?.slice(1) ?? []
  return base === undefined ? text : Number(base) ** Number(exponent)
}

const parsedValues = (model: Model, pairs: readonly string[]): Values => {
  const given = new Map<string, number | boolean | string>()
  for (const pair of pairs) {
    const [key, text] = /^([^=]+)=(.*)$/s.exec(pair)?.slice(1) ?? []
    if (key === undefined || text === undefined)
      throw new BadArguments(`"${visible(pair)}"; allowed: KEY=VALUE`)
    if (given.has(key)) throw new BadArguments(`${visible(key)} is given twice`)
    given.set(key, parsed(text))
  }
  const values = Object.fromEntries(given)
  const checked = model.parameters.safeParse(values)
  if (checked.success) return checked.data as Values
  throw new BadArguments(
    schemaFaults(checked.error, values)
      .map(({ path, reason }) => `${fieldName(path)} ${reason}`)
      .join('\n'),
  )
}

const describeParameters = (values: Values): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')

const shortened = (value: number): string => String(Number(value.toPrecision(9)))

const printTable = (out: Output['out']): void => {
  for (const { id, parameters, published, computed, agrees } of comparisons())
    out(
      `${agrees ? 'agrees' : 'DIFFERS'}  ${id.padEnd(20)} published ${String(published).padEnd(9)} ` +
        `computed ${shortened(computed).padEnd(12)} ${describeParameters(parameters)}`,
    )
}

/** What each model takes, for `--help`. */
const help = (): string => {
  const lines = MODELS.map(
    ({ id, title, parameters }) =>
      `  ${id} ${Object.keys(parameters.shape)
        .map((key) => `${key}=`)
        .join(' ')}\n      ${title}`,
  )
  return (
    `\nIDs and their keys:\n${lines.join('\n')}\n` +
    '\nValues are numbers, also as 2^32 or 3e6, true and false. An infinite value is null in JSON.' +
    '\nExit codes: 0 all well, 1 a published figure is not reproduced, 2 bad input.'
  )
}

const publishedProgram = (output: Output, code: (exitCode: number) => void): Command => {
  const { out } = output
  const program = new Command('published')
    .description('Published figures of other dispute games, beside what small models of these games compute')
    .option('--json', 'one JSON value on standard output, nothing else')
    .addHelpText('after', help)
    .configureOutput({
      writeOut: (text) => out(text.trimEnd()),
      writeErr: (text) => output.error(text.trimEnd()),
    })
    .exitOverride()
    .action(({ json }: JsonOption) => {
      const all = comparisons()
      if (json) out(JSON.stringify(all))
      else printTable(out)
      code(all.every(({ agrees }) => agrees) ? EXIT.ok : EXIT.disagrees)
    })
  program
    .command('compute')
    .description('the number that a model computes')
    .argument('<id>', 'see below')
    .argument('[pairs...]', 'KEY=VALUE for each of its parameters')
    .addHelpText('after', help)
    .action((id: string, pairs: readonly string[]) => {
      const model = modelNamed(id)
      const value = model.compute(parsedValues(model, pairs))
      if (Number.isNaN(value)) throw new BadArguments('these values make a ratio of nothing to nothing')
      const { json } = program.opts<JsonOption>()
      out(json ? JSON.stringify({ value }) : String(value))
    })
  return program
}

/** `npm run published`. @returns the exit code */
export const publishedCommand = (args: readonly string[], output: Output): number => {
  let code: number = EXIT.ok
  const program = publishedProgram(output, (exitCode) => {
    code = exitCode
  })
  try {
    program.parse(args, { from: 'user' })
  } catch (error) {
    const said = commanderExit(error)
    if (said !== undefined) return said
    if (!(error instanceof BadArguments)) throw error
    for (const line of error.message.split('\n')) output.error(`error: ${line}`)
    return EXIT.badInput
  }
  return code
}
