import { PRE_TOKENIZERS, type PreTokenizer, type TokenizerData } from '../../tokenizer/tokenizerData.ts'
import { ConvertError } from '../sourceFile.ts'
import type { GgufFile } from './ggufFile.ts'
import type { MetadataValue } from './ggufReader.ts'

/** Token types that stand for themselves: control and user-defined. */
const CONTROL_TYPES: ReadonlySet<number> = new Set([3, 4])
/** Names that files give to tokenizers that cut a text in the same way. */
const ALIASES: Readonly<Record<string, PreTokenizer>> = {
  llama3: 'llama-bpe',
  'llama-v3': 'llama-bpe',
  gpt2: 'gpt-2',
}

const isStrings = (value: MetadataValue | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/**
 * The tokenizer in a file. Undefined, with a reason for people, where there is none or one of another kind: the model
 * can still be run on ids.
 *
 * @throws ConvertError where it contradicts itself
 */
export const ggufTokenizer = ({ source, metadata }: GgufFile): TokenizerData | string => {
  const get = (key: string): MetadataValue | undefined => metadata.get(`tokenizer.${key}`)
  const fail = (key: string, reason: string): never => {
    throw new ConvertError(source.name, `key tokenizer.${key}`, reason)
  }
  const model = get('ggml.model')
  if (model === undefined) return 'the file has no tokenizer'
  if (model !== 'gpt2') return `the tokenizer is of the kind ${model}; known: gpt2 (byte-level BPE)`
  const written = String(get('ggml.pre') ?? 'gpt-2')
  const preTokenizer = ALIASES[written] ?? PRE_TOKENIZERS.find((known) => known === written)
  if (preTokenizer === undefined)
    return `the tokenizer cuts texts as ${written} does; known: ${PRE_TOKENIZERS.join(', ')}`

  const tokens = get('ggml.tokens')
  const merges = get('ggml.merges')
  if (!isStrings(tokens)) return fail('ggml.tokens', 'is no list of texts')
  if (!isStrings(merges)) return fail('ggml.merges', 'is no list of texts')
  const types = get('ggml.token_type')
  if (types !== undefined && !(ArrayBuffer.isView(types) && types.length === tokens.length))
    return fail('ggml.token_type', `is no list of ${tokens.length} numbers`)
  const idOf = (key: string): number | null => {
    const id = get(key) ?? null
    if (id === null) return null
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= tokens.length)
      return fail(key, `${id} is no token`)
    return id
  }
  const template = get('chat_template')
  const ends = ['ggml.eos_token_id', 'ggml.eot_token_id'].map(idOf).filter((id) => id !== null)
  const controlTypes = types === undefined ? [] : [...types]
  return {
    kind: 'byte-level-bpe',
    preTokenizer,
    tokens: [...tokens],
    merges: [...merges],
    // The file has no word on it: it belongs to the cut.
    ...(preTokenizer === 'llama-bpe' ? { wholePieces: true } : {}),
    control: controlTypes.flatMap((type, token) => (CONTROL_TYPES.has(type) ? [token] : [])),
    begin: idOf('ggml.bos_token_id'),
    addBegin: get('ggml.add_bos_token') === true,
    end: [...new Set(ends)],
    chatTemplate: typeof template === 'string' ? template : null,
  }
}
