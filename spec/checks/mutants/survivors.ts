import type { KnownSurvivors } from './generated.ts'

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
  ],
  counted: {},
}
