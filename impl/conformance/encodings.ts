import { decode, type Instruction } from '../../spec/machine/decode.ts'

/**
 * What there is to test, as the specification's decoder says: one word for each class of words that differ in opcode,
 * funct3 or funct7. Of SYSTEM, where the whole word counts, ECALL and EBREAK are among the first words of a class each.
 */
const OPCODES = 128
const FUNCT3S = 8
const FUNCT7S = 128
const EBREAK = 0x0010_0073

/** The class's word whose other fields are zero. */
function* classes(): Generator<number> {
  for (let funct7 = 0; funct7 < FUNCT7S; funct7++) {
    for (let funct3 = 0; funct3 < FUNCT3S; funct3++) {
      for (let opcode = 0; opcode < OPCODES; opcode++) yield ((funct7 << 25) | (funct3 << 12) | opcode) >>> 0
    }
  }
}

/** Kind and operation, such as `immediate sll` or `jal`. */
export const instructionName = (instruction: Instruction): string =>
  'operation' in instruction ? `${instruction.kind} ${instruction.operation}` : instruction.kind

/** Every instruction that the decoder knows, by name, fields zero; `illegal` is not among them. */
export const legalInstructions = (): ReadonlyMap<string, Instruction> => {
  const found = new Map<string, Instruction>()
  for (const word of [...classes(), EBREAK]) {
    const instruction = decode(word)
    const name = instructionName(instruction)
    if (instruction.kind !== 'illegal' && !found.has(name)) found.set(name, instruction)
  }
  return found
}

/** One word of each class that decodes to nothing, other fields as `fields` gives them. */
export const reservedWords = (fields: () => number): number[] =>
  [...classes()]
    .map((word) => (word | (fields() & 0x01ff_8f80)) >>> 0)
    .filter((word) => decode(word).kind === 'illegal')
