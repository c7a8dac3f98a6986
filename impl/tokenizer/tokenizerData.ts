import { z } from 'zod'

/** How a text is cut before pairs are merged; the names are GGUF's. */
export const PRE_TOKENIZERS = ['smollm', 'gpt-2', 'llama-bpe'] as const

const id = z
  .int()
  .min(0)
  .max(2 ** 24)

/**
 * All that a byte-level BPE tokenizer is made of, as it stands in a model file.
 *
 *   tokens        by id, in the byte-level alphabet (a space is Ġ); control tokens as they are written
 *   merges        "left right", the first one first
 *   wholePieces   a piece that is a token is that token, whatever its merges would make of it
 *   control       ids that stand for themselves wherever their text occurs; decoding leaves them out
 *   end           ids that end an answer
 *   chatTemplate  in Jinja's language
 */
export const tokenizerSchema = z.strictObject({
  kind: z.literal('byte-level-bpe'),
  preTokenizer: z.enum(PRE_TOKENIZERS),
  tokens: z
    .array(z.string())
    .min(1)
    .max(2 ** 24),
  merges: z.array(z.string()).max(2 ** 24),
  wholePieces: z.boolean().optional(),
  control: z.array(id),
  begin: id.nullable(),
  addBegin: z.boolean(),
  end: z.array(id).max(16),
  chatTemplate: z.string().nullable(),
})

export type TokenizerData = Readonly<z.infer<typeof tokenizerSchema>>
export type PreTokenizer = TokenizerData['preTokenizer']
