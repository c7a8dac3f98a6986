import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { PreTokenizer, TokenizerData } from '../../tokenizer/tokenizerData.ts'
import { ConvertError } from '../sourceFile.ts'
import { readJson, readText } from './readJson.ts'

const MOST_TOKENS = 2 ** 20
const id = z.int().min(0).lt(MOST_TOKENS)

const tokenizerJson = z.object({
  added_tokens: z.array(z.object({ id, content: z.string() })).optional(),
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  post_processor: z.unknown().optional(),
  model: z.object({
    type: z.string().optional(),
    byte_fallback: z.boolean().optional(),
    ignore_merges: z.boolean().optional(),
    continuing_subword_prefix: z.string().nullish(),
    end_of_word_suffix: z.string().nullish(),
    vocab: z.record(z.string(), id),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
})

const configJson = z.object({
  add_bos_token: z.boolean().optional(),
  bos_token: z.union([z.string(), z.object({ content: z.string() })]).nullish(),
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
})

const byteLevel = { type: 'ByteLevel', add_prefix_space: false }
/** Pre-tokenizers as they stand in a file, as far as they decide; by the name of the same cut here. */
const CUTS: readonly (readonly [PreTokenizer, (step: readonly Record<string, unknown>[]) => boolean])[] = [
  ['gpt-2', ([only, ...rest]) => rest.length === 0 && only?.['use_regex'] !== false && isByteLevel(only)],
  [
    'smollm',
    ([digits, bytes, ...rest]) =>
      rest.length === 0 &&
      digits?.['type'] === 'Digits' &&
      digits['individual_digits'] === true &&
      bytes?.['use_regex'] !== false &&
      isByteLevel(bytes),
  ],
  [
    'llama-bpe',
    ([split, bytes, ...rest]) =>
      rest.length === 0 &&
      split?.['type'] === 'Split' &&
      JSON.stringify(split['pattern']).includes('\\\\p{N}{1,3}') &&
      bytes?.['use_regex'] === false &&
      isByteLevel(bytes),
  ],
]
const isByteLevel = (step: Record<string, unknown> | undefined): boolean =>
  step?.['type'] === byteLevel.type && step['add_prefix_space'] === byteLevel.add_prefix_space

/** @param parts the key under which a sequence has its steps */
const stepsOf = (value: unknown, parts: string): readonly Record<string, unknown>[] => {
  const step = value as Record<string, unknown> | null
  if (typeof step !== 'object' || step === null) return []
  if (step['type'] === 'Sequence' && Array.isArray(step[parts])) return step[parts]
  return [step]
}

const templateSchema = z.object({
  type: z.literal('TemplateProcessing'),
  single: z.array(
    z.union([
      z.object({ SpecialToken: z.object({ id: z.string() }) }),
      z.object({ Sequence: z.object({ id: z.string() }) }),
    ]),
  ),
})

/** The token that the file puts in front of a text; null where it puts none, undefined where it asks for more than that. */
const beginOf = (postProcessor: unknown): string | null | undefined => {
  const steps = stepsOf(postProcessor, 'processors').filter((step) => step['type'] !== 'ByteLevel')
  if (steps.length === 0) return null
  const parsed = templateSchema.safeParse(steps[0])
  if (!parsed.success || steps.length > 1) return undefined
  const [first, second, ...rest] = parsed.data.single
  if (first === undefined || rest.length > 0) return undefined
  if (second === undefined) return 'Sequence' in first ? null : undefined
  return 'SpecialToken' in first && 'Sequence' in second ? first.SpecialToken.id : undefined
}

/**
 * The tokenizer of a folder, from tokenizer.json and tokenizer_config.json. A reason for people where it is of a kind
 * that is not known: the model can still be run on ids.
 *
 * @param end ids that end an answer, from config.json
 * @throws ConvertError where it contradicts itself
 */
export const jsonTokenizer = (
  folder: string,
  json: unknown,
  vocabulary: number,
  end: readonly number[],
): TokenizerData | string => {
  const file = join(folder, 'tokenizer.json')
  const parsed = tokenizerJson.safeParse(json)
  if (!parsed.success)
    return `tokenizer.json is of an unknown kind: ${parsed.error.issues[0]!.path.join('.')}`
  const { model, added_tokens: added = [], normalizer, pre_tokenizer, post_processor } = parsed.data
  if (model.type !== undefined && model.type !== 'BPE')
    return `tokenizer.json has the model ${model.type}; known: BPE`
  if (normalizer !== undefined && normalizer !== null)
    return 'tokenizer.json normalises texts, which is not known'
  const cut = CUTS.find(([, matches]) => matches(stepsOf(pre_tokenizer, 'pretokenizers')))
  if (cut === undefined || model.byte_fallback === true)
    return `tokenizer.json cuts texts in an unknown way; known: ${CUTS.map(([name]) => name).join(', ')}`

  if ((model.continuing_subword_prefix ?? '') !== '' || (model.end_of_word_suffix ?? '') !== '')
    return 'tokenizer.json marks parts of words, which is not known'
  const templateBegin = beginOf(post_processor)
  if (templateBegin === undefined)
    return 'tokenizer.json adds other tokens to a text than one in front, which is not known'

  const tokens: string[] = []
  const put = (token: string, at: number): void => {
    if (at >= vocabulary)
      throw new ConvertError(
        file,
        `token ${JSON.stringify(token)}`,
        `its id ${at} is outside of ${vocabulary}`,
      )
    while (tokens.length <= at) tokens.push('')
    tokens[at] = token
  }
  for (const [token, at] of Object.entries(model.vocab)) put(token, at)
  for (const token of added) put(token.content, token.id)
  const config = readConfig(join(folder, 'tokenizer_config.json'))
  const bosText = typeof config.bos_token === 'object' ? config.bos_token?.content : config.bos_token
  const begin = tokens.indexOf(templateBegin ?? bosText ?? '\0')
  return {
    kind: 'byte-level-bpe',
    preTokenizer: cut[0],
    tokens,
    merges: model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' '))),
    ...(model.ignore_merges === true ? { wholePieces: true } : {}),
    control: added.map((token) => token.id),
    begin: begin < 0 ? null : begin,
    addBegin: begin >= 0 && (config.add_bos_token ?? templateBegin !== null),
    end: end.slice(0, 16),
    chatTemplate: templateOf(folder, config),
  }
}

/** From a file of its own, or among others that have names. */
const templateOf = (folder: string, { chat_template: given }: z.infer<typeof configJson>): string | null => {
  const own = join(folder, 'chat_template.jinja')
  if (existsSync(own)) return readText(own)
  if (!Array.isArray(given)) return given ?? null
  return given.find(({ name }) => name === 'default')?.template ?? null
}

const readConfig = (file: string): z.infer<typeof configJson> => {
  if (!existsSync(file)) return {}
  const parsed = configJson.safeParse(readJson(file))
  return parsed.success ? parsed.data : {}
}
