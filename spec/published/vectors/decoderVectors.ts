import { type Bytes, bigEndian } from '../../commitments/bytes.ts'
import { keccak } from '../../commitments/hash.ts'
import { decode, type Instruction } from '../../machine/decode.ts'
import type { VectorFile } from './json.ts'

/**
 * Three dense samples of the 2^32 words, each as one digest a block, and single words spelled out for whoever has to
 * find out why a digest differs.
 */
const KINDS = [
  'illegal',
  'fence',
  'ecall',
  'ebreak',
  'register',
  'immediate',
  'load',
  'store',
  'branch',
  'lui',
  'auipc',
  'jal',
  'jalr',
] as const satisfies readonly Instruction['kind'][]

const OPERATIONS = [
  ...['add', 'sub', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and'],
  ...['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'],
  ...['lb', 'lh', 'lw', 'lbu', 'lhu', 'sb', 'sh', 'sw'],
  ...['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'],
]

const RECORD_BYTES = 9

interface Fields {
  readonly kind: Instruction['kind']
  readonly operation?: string
  readonly rd?: number
  readonly rs1?: number
  readonly rs2?: number
  readonly immediate?: number
}

const KIND_BYTES: ReadonlyMap<string, number> = new Map(KINDS.map((kind, i) => [kind, i]))
const OPERATION_BYTES: ReadonlyMap<string, number> = new Map(OPERATIONS.map((name, i) => [name, i]))

/** kind ‖ operation ‖ rd ‖ rs1 ‖ rs2, a byte each, ‖ immediate (4, big-endian two's complement); absent is 0. */
const writeRecord = (records: DataView, at: number, instruction: Instruction): void => {
  const { operation, rd = 0, rs1 = 0, rs2 = 0, immediate = 0 }: Fields = instruction
  records.setUint8(at, KIND_BYTES.get(instruction.kind)!)
  records.setUint8(at + 1, operation === undefined ? 0 : OPERATION_BYTES.get(operation)!)
  records.setUint8(at + 2, rd)
  records.setUint8(at + 3, rs1)
  records.setUint8(at + 4, rs2)
  records.setInt32(at + 5, immediate)
}

const digest = (words: Uint32Array) => {
  const records = new DataView(new ArrayBuffer(RECORD_BYTES * words.length))
  words.forEach((word, i) => {
    writeRecord(records, RECORD_BYTES * i, decode(word))
  })
  return keccak(new Uint8Array(records.buffer))
}

const RD = [0, 21]
const RS1 = [10, 31]
const RS2 = [1, 20]
const FUNCT3_COUNT = 8
const FUNCT7_COUNT = 128

/** Every funct7 and funct3 of an opcode with registers that have each bit both ways: 8,192 words, rd fastest. */
const wordsOfOpcode = (opcode: number): Uint32Array => {
  const words = new Uint32Array(FUNCT7_COUNT * FUNCT3_COUNT * RS2.length * RS1.length * RD.length)
  let count = 0
  for (let funct7 = 0; funct7 < FUNCT7_COUNT; funct7++)
    for (let funct3 = 0; funct3 < FUNCT3_COUNT; funct3++)
      for (const rs2 of RS2)
        for (const rs1 of RS1)
          for (const rd of RD)
            words[count++] = (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode
  return words
}

const STRIDE = 0x9e37_79b1
const STRIDE_BLOCK = 2 ** 16
const STRIDE_BLOCKS = 16

/** Words i * STRIDE modulo 2^32: spread over the whole range, no two alike. */
const wordsOfStride = (block: number): Uint32Array =>
  Uint32Array.from({ length: STRIDE_BLOCK }, (_, i) => Math.imul(block * STRIDE_BLOCK + i, STRIDE))

/** SYSTEM words differ from ECALL in one bit or two: none but EBREAK is legal. */
const SYSTEM_WORDS = Array.from({ length: 32 }, (_, i) =>
  Array.from({ length: 32 }, (_unused, j) => (0x73 ^ (1 << i) ^ (i === j ? 0 : 1 << j)) >>> 0),
).flat()

const OPCODES = [0x03, 0x0f, 0x13, 0x17, 0x23, 0x33, 0x37, 0x63, 0x67, 0x6f, 0x73]

/** Each immediate bit of each format alone, then all of them. */
const immediateWords = OPCODES.flatMap((opcode) => [
  ...Array.from({ length: 25 }, (_, bit) => ((1 << (bit + 7)) | opcode) >>> 0),
  (0xffff_ff80 | opcode) >>> 0,
])

const functionWords = OPCODES.flatMap((opcode) =>
  Array.from({ length: FUNCT3_COUNT }, (_, funct3) =>
    [0x00, 0x01, 0x20, 0x21].map(
      (funct7) => ((funct7 << 25) | (5 << 20) | (6 << 15) | (funct3 << 12) | (7 << 7) | opcode) >>> 0,
    ),
  ).flat(),
)

const samples = [0, 0xffff_ffff, 0x73, 0x0010_0073, 0x13, ...immediateWords, ...functionWords]

const wordBytes = (word: number): Bytes => bigEndian(word, 4)

export const decoderVectors = (): VectorFile => ({
  about:
    'The decoder: spec/machine/decode. A digest is the keccak of the records of its words in order; a record is kind, operation, rd, rs1, rs2 (a byte each; kind and operation by their index in the lists here) and immediate (4 bytes, big-endian, two’s complement), 0 where the instruction has none.',
  names: { kinds: KINDS, operations: OPERATIONS },
  opcodeBlocks: {
    rd: RD,
    rs1: RS1,
    rs2: RS2,
    order: 'funct7 0..127, in it funct3 0..7, in it rs2, in it rs1, in it rd',
    wordCount: wordsOfOpcode(0).length,
  },
  opcodeDigests: Array.from({ length: 128 }, (_, opcode) => ({
    opcode,
    digest: digest(wordsOfOpcode(opcode)),
  })),
  strideBlocks: { stride: STRIDE, wordCount: STRIDE_BLOCK },
  strideDigests: Array.from({ length: STRIDE_BLOCKS }, (_, block) => ({
    firstIndex: block * STRIDE_BLOCK,
    digest: digest(wordsOfStride(block)),
  })),
  systemDigest: {
    words: '0x73 with bits i and j flipped (one bit where i = j), i 0..31, in it j 0..31',
    digest: digest(Uint32Array.from(SYSTEM_WORDS)),
  },
  samples: [...new Set(samples)].map((word) => ({ word: wordBytes(word), instruction: decode(word) })),
})
