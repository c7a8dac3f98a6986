import type { Equivalent, KnownSurvivors } from './generated.ts'

/** Changes of some lines that all make no difference, for one reason. */
const alike = (why: string, file: string, before: string, afters: readonly string[]): readonly Equivalent[] =>
  afters.map((after) => ({ file, before, after, why }))

/** The generated mutants that survive the mutation suite, as the last recorded run has them. */
export const SURVIVORS: KnownSurvivors = {
  explained: [
    'spec/commitments/bytes.ts',
    'spec/commitments/hash.ts',
    'spec/commitments/memory.ts',
    'spec/commitments/merkle.ts',
    'spec/commitments/tensor.ts',
    'spec/game/bounds.ts',
    'spec/game/clocks.ts',
    'spec/game/dispute.ts',
    'spec/game/position.ts',
    'spec/game/reply.ts',
    'spec/game/weights.ts',
    'spec/setting/parameters.ts',
    'spec/rejection.ts',
    'spec/result.ts',
    'spec/tower/storey.ts',
    'spec/tower/tower.ts',
  ],
  equivalent: [
    ...['true', 'segment <= segments'].map((instead) => ({
      file: 'spec/game/position.ts',
      before:
        'isUint(phase, 8) && isUint(length, 48) && isUint(segments, 8) && isUint(segment, 8) && segment < segments',
      after: `isUint(phase, 8) && isUint(length, 48) && isUint(segments, 8) && isUint(segment, 8) && ${instead}`,
      why: 'behind the last segment the tree has zeros, which no two roots hash to, and outside of it nothing climbs',
    })),
    {
      file: 'spec/commitments/memory.ts',
      before: 'for (let level = MEMORY_HEIGHT; level > 0 && node !== undefined; level--) {',
      after: 'for (let level = MEMORY_HEIGHT; level > 0 && true; level--) {',
      why: 'below what nobody has written there is nothing either: the walk only stops later',
    },
    {
      file: 'spec/commitments/merkle.ts',
      before: 'for (let level = 0; level < height; level++) {',
      after: 'for (let level = 0; level <= height; level++) {',
      why: 'makes one more level above the root, which nobody reads',
    },
    {
      file: 'spec/graph/descriptor.ts',
      before: '(descriptor.outputSlot + (descriptor.inPlace ? 2 ** 31 : 0)) >>> 0,',
      after: '(descriptor.outputSlot - (descriptor.inPlace ? 2 ** 31 : 0)) >>> 0,',
      why: '2^31 more and 2^31 less are the same modulo 2^32',
    },
    {
      file: 'spec/machine/decode.ts',
      before: 'const isShift = (funct3: number): boolean => funct3 === 1 || funct3 === 5',
      after: 'const isShift = (funct3: number): boolean => false || funct3 === 5',
      why: 'a legal SLLI has no bit above its shift: the whole immediate is the same number',
    },
    {
      file: 'spec/machine/state.ts',
      before: 'registers: Array.from({ length: REGISTER_COUNT }, (_, i) => (i === 0 ? 0 : word(4 * i - 3))),',
      after: 'registers: Array.from({ length: REGISTER_COUNT }, (_, i) => (false ? 0 : word(4 * i - 3))),',
      why: 'the bytes from -3 to 1 are none of these 129, and no bytes are the number 0',
    },
    {
      file: 'spec/graph/operators/argmax.ts',
      before: 'for (let i = 1; i < elements; i++) if (value[i]! > value[best]!) best = i',
      after: 'for (let i = 1; i <= elements; i++) if (value[i]! > value[best]!) best = i',
      why: 'what lies behind the last element is larger than nothing',
    },
    {
      file: 'spec/graph/operators/elements.ts',
      before: 'if (bytes.length >= count * width && bytes.byteOffset % width === 0) return bytes',
      after: 'if (false) return bytes',
      why: 'a copy has the same elements as a view',
    },
    {
      file: 'spec/graph/operators/elements.ts',
      before: 'if (bytes.length >= count * width && bytes.byteOffset % width === 0) return bytes',
      after: 'if (bytes.length > count * width && bytes.byteOffset % width === 0) return bytes',
      why: 'a copy has the same elements as a view',
    },
    {
      file: 'spec/graph/operators/elements.ts',
      before: 'if (bytes.length >= count * width && bytes.byteOffset % width === 0) return bytes',
      after: 'if (bytes.length >= count * width && bytes.byteOffset * width === 0) return bytes',
      why: 'a copy has the same elements as a view',
    },
    {
      file: 'spec/graph/operators/rescale.ts',
      before: 'return Number(rounded < MIN_INT32 ? MIN_INT32 : rounded > MAX_INT32 ? MAX_INT32 : rounded)',
      after: 'return Number(rounded <= MIN_INT32 ? MIN_INT32 : rounded > MAX_INT32 ? MAX_INT32 : rounded)',
      why: 'at the limit both give the limit',
    },
    {
      file: 'spec/graph/operators/rescale.ts',
      before: 'return Number(rounded < MIN_INT32 ? MIN_INT32 : rounded > MAX_INT32 ? MAX_INT32 : rounded)',
      after: 'return Number(rounded < MIN_INT32 ? MIN_INT32 : rounded >= MAX_INT32 ? MAX_INT32 : rounded)',
      why: 'at the limit both give the limit',
    },
    {
      file: 'spec/setting/bonds.ts',
      before: 'amounts.reduce((greatest, wei) => (wei > greatest ? wei : greatest))',
      after: 'amounts.reduce((greatest, wei) => (wei >= greatest ? wei : greatest))',
      why: 'of two equal amounts either is the larger',
    },
    {
      file: 'spec/service/calls.ts',
      before:
        "(call.kind === 'Move' ? call.reply.kind : call.kind).replace(/^./, (first) => first.toLowerCase())",
      after:
        "(call.kind === 'Move' ? call.reply.kind : call.kind).replace(/./, (first) => first.toLowerCase())",
      why: 'the first character that is found is the first one',
    },
    {
      file: 'spec/service/stateHash.ts',
      before: '.sort(([a], [b]) => (a < b ? -1 : 1))',
      after: '.sort(([a], [b]) => (a <= b ? -1 : 1))',
      why: 'no two keys of a map are equal',
    },
    {
      file: 'spec/strategies/parties.ts',
      before: "clocks.turn === 'asserter' ? (moves - 1) / 2 : moves / 2 - 1",
      after: 'true ? (moves - 1) / 2 : moves / 2 - 1',
      why: 'half a move more is no move more: it is only held against whole numbers',
    },
    ...alike(
      'with no byte left nothing is written',
      'spec/commitments/bytes.ts',
      'for (let end = width; end > 0; end -= LIMB_BYTES) {',
      ['for (let end = width; end >= 0; end -= LIMB_BYTES) {'],
    ),
    ...alike(
      'what is written below a limb is written again by the next one',
      'spec/commitments/bytes.ts',
      'for (let i = end - 1; i >= Math.max(0, end - LIMB_BYTES); i--) {',
      ['for (let i = end - 1; i >= Math.min(0, end - LIMB_BYTES); i--) {'],
    ),
    ...alike(
      'the whole tree has the root of its edge with zeros beside it, and takes longer',
      'spec/commitments/merkle.ts',
      'const own = Math.min(height, Math.ceil(Math.log2(Math.max(1, leaves.length))))',
      ['const own = Math.max(height, Math.ceil(Math.log2(Math.max(1, leaves.length))))'],
    ),
    ...alike(
      'at the limit both give the limit',
      'spec/graph/operators/fixed/fixedPoint.ts',
      'Number(value < MIN_INT32 ? MIN_INT32 : value > MAX_INT32 ? MAX_INT32 : value)',
      [
        'Number(value < MIN_INT32 ? MIN_INT32 : value >= MAX_INT32 ? MAX_INT32 : value)',
        'Number(value <= MIN_INT32 ? MIN_INT32 : value > MAX_INT32 ? MAX_INT32 : value)',
      ],
    ),
    ...alike(
      'by no bits nothing is added and nothing is shifted',
      'spec/graph/operators/fixed/fixedPoint.ts',
      'return bits === 0 ? value : (value + (1n << BigInt(bits - 1))) >> BigInt(bits)',
      ['return false ? value : (value + (1n << BigInt(bits - 1))) >> BigInt(bits)'],
    ),
    ...alike(
      'by no bits either way is the same',
      'spec/graph/operators/fixed/fixedPoint.ts',
      'saturate(bits >= 0 ? shiftRound(value, bits) : value << BigInt(Math.min(-bits, MAX_LEFT_SHIFT)))',
      ['saturate(bits > 0 ? shiftRound(value, bits) : value << BigInt(Math.min(-bits, MAX_LEFT_SHIFT)))'],
    ),
    ...alike(
      'what lies behind the last value has no bits',
      'spec/graph/operators/fixed/fixedPoint.ts',
      'for (let i = 0; i < values.length; i++) union |= Math.abs(values[i]!)',
      ['for (let i = 0; i <= values.length; i++) union |= Math.abs(values[i]!)'],
    ),
    ...alike(
      'a value below 2^31 leaves nothing either',
      'spec/graph/operators/fixed/fixedPoint.ts',
      'return whole > 31 ? 0 : Number(value >> BigInt(whole))',
      [
        'return false ? 0 : Number(value >> BigInt(whole))',
        'return whole >= 31 ? 0 : Number(value >> BigInt(whole))',
      ],
    ),
    ...alike(
      'a typed array leaves out what is written outside of it',
      'spec/graph/operators/fixed/attention.ts',
      'if (at >= first && at < end) output[at - first] = value',
      [
        'if (at >= first && at <= end) output[at - first] = value',
        'if (at >= first && true) output[at - first] = value',
        'if (at >= first || at < end) output[at - first] = value',
        'if (true && at < end) output[at - first] = value',
        'if (true) output[at - first] = value',
      ],
    ),
    ...alike(
      'a typed array leaves out what is written outside of it',
      'spec/graph/operators/fixed/softmax.ts',
      'if (at < first || at >= end) return',
      [
        'if (at < first && at >= end) return',
        'if (at < first || at > end) return',
        'if (at < first || false) return',
        'if (false || at >= end) return',
        'if (false) return',
      ],
    ),
    ...alike(
      'of two equal scores either is the largest',
      'spec/graph/operators/float/attentionF32.ts',
      'const top = scores.reduce((most, score) => (score > most ? score : most))',
      ['const top = scores.reduce((most, score) => (score >= most ? score : most))'],
    ),
    ...alike(
      'of two equal values either is the largest',
      'spec/graph/operators/float/visionF32.ts',
      'const top = values.reduce((most, value) => (value > most ? value : most))',
      ['const top = values.reduce((most, value) => (value >= most ? value : most))'],
    ),
    ...alike(
      'at 0 both are 1',
      'spec/graph/operators/float/elementwiseF32.ts',
      'const sigmoid = round((gate < 0 ? e : 1) / round(1 + e))',
      ['const sigmoid = round((gate <= 0 ? e : 1) / round(1 + e))'],
    ),
    ...alike(
      'of no elements nothing is written',
      'spec/graph/operators/index.ts',
      'if (range.first < range.end) output.set(operator.compute(descriptor, given, range), range.first * width)',
      [
        'if (range.first <= range.end) output.set(operator.compute(descriptor, given, range), range.first * width)',
      ],
    ),
    ...alike(
      'an element that the tensor does not have is left out behind it',
      'spec/graph/operators/sequence/writeToken.ts',
      'return index >= 0 && index < capacities.answer ? { first: index, end: index + 1 } : { first: 0, end: 0 }',
      [
        'return index >= 0 && index <= capacities.answer ? { first: index, end: index + 1 } : { first: 0, end: 0 }',
        'return index >= 0 && true ? { first: index, end: index + 1 } : { first: 0, end: 0 }',
        'return index >= 0 || index < capacities.answer ? { first: index, end: index + 1 } : { first: 0, end: 0 }',
        'return true && index < capacities.answer ? { first: index, end: index + 1 } : { first: 0, end: 0 }',
        'return true ? { first: index, end: index + 1 } : { first: 0, end: 0 }',
      ],
    ),
    ...alike(
      'one element is written, and no token before the first is an end token',
      'spec/graph/operators/sequence/writeToken.ts',
      'first + i > 0 && ends.includes(answer[first + i - 1]!) ? PADDING : token,',
      [
        'first + i > 0 && ends.includes(answer[first - i - 1]!) ? PADDING : token,',
        'first + i >= 0 && ends.includes(answer[first + i - 1]!) ? PADDING : token,',
        'first - i > 0 && ends.includes(answer[first + i - 1]!) ? PADDING : token,',
        'true && ends.includes(answer[first + i - 1]!) ? PADDING : token,',
      ],
    ),
    ...alike(
      'a claim to which nothing is added is the same claim',
      'spec/service/disputes.ts',
      'added === 0',
      ['false'],
    ),
    ...alike(
      'an array grows by itself',
      'spec/service/keeping.ts',
      'const copy = new Array<Item>(Math.max(items.length, index + 1))',
      [
        'const copy = new Array()',
        'const copy = new Array<Item>(Math.max(items.length, index - 1))',
        'const copy = new Array<Item>(Math.min(items.length, index + 1))',
      ],
    ),
    ...alike(
      'there is nothing before the first value',
      'spec/service/keeping.ts',
      'return index < 0 ? undefined : this.#values[index]',
      ['return false ? undefined : this.#values[index]'],
    ),
    ...alike(
      'a table that has a key has its value',
      'spec/service/keeping.ts',
      'const own = known === undefined && !table.has(key) ? ABSENT : known!',
      ['const own = true && !table.has(key) ? ABSENT : known!'],
    ),
    ...alike(
      'a table that has a key has its value',
      'spec/service/keeping.ts',
      'const left = known === undefined && !table.has(key) ? ABSENT : known!',
      ['const left = true && !table.has(key) ? ABSENT : known!'],
    ),
    ...alike(
      'a version without a way leads to itself alone',
      'spec/service/keeping.ts',
      'if (other !== this && other.#step === undefined) return undefined',
      ['if (false) return undefined'],
    ),
  ],
  counted: {},
}
