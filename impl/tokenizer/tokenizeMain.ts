import { z } from 'zod'
import { modelFileOf } from '../models/catalogue.ts'
import { BadInputError, modelCommand, readInput, runCommand } from '../models/modelCommand.ts'
import { openModelFile } from '../models/modelFile.ts'
import { type Tokenizer, tokenizerOf } from './tokenizer.ts'

const textsSchema = z.array(z.string())
const idsSchema = z.array(z.array(z.int().min(0)))

/** The tokenizer in a model's file. @throws BadInputError where it has none */
const openTokenizer = (model: string): Tokenizer => {
  const file = openModelFile(modelFileOf(model))
  file.close()
  const { tokenizer } = file.header
  if (tokenizer === null) throw new BadInputError(`${model} has no tokenizer`)
  return tokenizerOf(tokenizer)
}

const parse = <Value>(text: string, schema: z.ZodType<Value>, what: string): Value => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new BadInputError(`standard input is not JSON; it is to be ${what}`)
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw new BadInputError(`standard input is to be ${what}`)
  return parsed.data
}

await runCommand(
  modelCommand('tokenize', 'Turns a JSON array of texts on standard input into a JSON array of arrays of ids')
    .argument('<model>', 'a model’s name or file')
    .option('--decode', 'the other way: arrays of ids into texts, control tokens left out')
    .action(async (model: string, { decode }: { decode?: true }) => {
      const tokenizer = openTokenizer(model)
      const input = await readInput()
      const output = decode
        ? parse(input, idsSchema, 'a JSON array of arrays of ids').map(tokenizer.decode)
        : parse(input, textsSchema, 'a JSON array of texts').map(tokenizer.encode)
      console.log(JSON.stringify(output))
    }),
)
