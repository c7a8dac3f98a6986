import { type BranchOperation, decode, type Instruction } from '../../spec/machine/decode.ts'
import { encode } from '../../spec/machine/encode.ts'
import { type Code, codeHeightFor } from '../../spec/machine/program.ts'

/** Programs with labels: what the generated programs are written in. */
export type Line =
  | { readonly kind: 'instruction'; readonly instruction: Instruction }
  | { readonly kind: 'word'; readonly word: number }
  | { readonly kind: 'label'; readonly name: string }
  /** An instruction that depends on where a label is, in bytes from the instruction on and as an address. */
  | {
      readonly kind: 'reference'
      readonly to: string
      readonly instruction: (offset: number, address: number) => Instruction
    }

export const line = (instruction: Instruction): Line => ({ kind: 'instruction', instruction })
export const word = (value: number): Line => ({ kind: 'word', word: value })
export const label = (name: string): Line => ({ kind: 'label', name })

export const addi = (rd: number, rs1: number, immediate: number): Line =>
  line({ kind: 'immediate', operation: 'add', rd, rs1, immediate })
export const add = (rd: number, rs1: number, rs2: number): Line =>
  line({ kind: 'register', operation: 'add', rd, rs1, rs2 })
export const andi = (rd: number, rs1: number, immediate: number): Line =>
  line({ kind: 'immediate', operation: 'and', rd, rs1, immediate })
export const lw = (rd: number, rs1: number, immediate: number): Line =>
  line({ kind: 'load', operation: 'lw', rd, rs1, immediate })
export const sw = (rs2: number, rs1: number, immediate: number): Line =>
  line({ kind: 'store', operation: 'sw', rs1, rs2, immediate })
export const jalr = (rd: number, rs1: number, immediate: number): Line =>
  line({ kind: 'jalr', rd, rs1, immediate })
export const ecall: Line = line({ kind: 'ecall' })

/** The lower 12 bits of a constant, signed, and what the upper 20 must be for the two to add up. */
const halves = (value: number): { readonly upper: number; readonly lower: number } => {
  const lower = (value << 20) >> 20
  return { upper: (value - lower) & ~0xfff, lower }
}

/** `rd = value`, always two instructions. */
export const li = (rd: number, value: number): Line[] => {
  const { upper, lower } = halves(value)
  return [line({ kind: 'lui', rd, immediate: upper }), addi(rd, rd, lower)]
}

/** `rd` = address of a label. */
export const la = (rd: number, to: string): Line[] => [
  {
    kind: 'reference',
    to,
    instruction: (_, address) => ({ kind: 'lui', rd, immediate: halves(address).upper }),
  },
  {
    kind: 'reference',
    to,
    instruction: (_, address) => ({
      kind: 'immediate',
      operation: 'add',
      rd,
      rs1: rd,
      immediate: halves(address).lower,
    }),
  },
]

export const jal = (rd: number, to: string): Line => ({
  kind: 'reference',
  to,
  instruction: (immediate) => ({ kind: 'jal', rd, immediate }),
})
export const branch = (operation: BranchOperation, rs1: number, rs2: number, to: string): Line => ({
  kind: 'reference',
  to,
  instruction: (immediate) => ({ kind: 'branch', operation, rs1, rs2, immediate }),
})

/** What `instruction` becomes once it is encoded. @throws Error where a field of it is cut off */
const encodeWhole = (instruction: Instruction): number => {
  const encoded = encode(instruction)
  const decoded = decode(encoded)
  if ('immediate' in instruction && 'immediate' in decoded && instruction.immediate !== decoded.immediate)
    throw new Error(`${instruction.kind} does not reach ${instruction.immediate}`)
  return encoded
}

/** Gives out every label's place. `base` is a multiple of 32. @throws Error for a label that no line has, or too far */
export const assemble = (base: number, lines: readonly Line[]): Code => {
  const places = new Map<string, number>()
  let count = 0
  for (const each of lines) {
    if (each.kind === 'label') places.set(each.name, 4 * count)
    else count++
  }
  const words: number[] = []
  for (const each of lines) {
    if (each.kind === 'instruction') words.push(encodeWhole(each.instruction))
    if (each.kind === 'word') words.push(each.word)
    if (each.kind === 'reference') {
      const place = places.get(each.to)
      if (place === undefined) throw new Error(`no label ${each.to}`)
      words.push(encodeWhole(each.instruction(place - 4 * words.length, (base + place) >>> 0)))
    }
  }
  return { base, height: codeHeightFor(words.length), words }
}
