import type { Mutant } from './mutant.ts'

const OPERATORS = 'spec/graph/operators'
const FIXED = `${OPERATORS}/fixed/fixed.test.ts`
const VISION = `${OPERATORS}/fixed/vision.test.ts`
const FLOAT = `${OPERATORS}/float/float.test.ts`
const SEQUENCE = `${OPERATORS}/sequence/sequence.test.ts`
const TILES = 'spec/graph/tiles.test.ts'

/** What the operators of language models and of convolutional networks compute, and how their nodes are cut. */
export const OPERATOR_MUTANTS: readonly Mutant[] = [
  {
    name: 'a power of two is not shifted by the whole part',
    file: `${OPERATORS}/fixed/fixedPoint.ts`,
    find: 'Number(value >> BigInt(whole))',
    replace: 'Number(value)',
    killedBy: 'FIXED-EXP',
    test: FIXED,
  },
  {
    name: 'an activation that is rounded up leaves 15 bits',
    file: `${OPERATORS}/fixed/fixedPoint.ts`,
    find: '-32767), 32767)',
    replace: '-32768), 32768)',
    killedBy: 'FIXED-QUANTISE',
    test: FIXED,
  },
  {
    name: 'minima count half',
    file: `${OPERATORS}/fixed/matmulGrouped.ts`,
    find: '2 ** (groupSums.exponent + 4)',
    replace: '2 ** (groupSums.exponent + 3)',
    killedBy: 'FIXED-MATMUL',
    test: FIXED,
  },
  {
    name: 'a query does not see its own token',
    file: `${OPERATORS}/fixed/attention.ts`,
    find: 'rowOf(operands[3]!, context) + 1',
    replace: 'Math.max(rowOf(operands[3]!, context), 1)',
    killedBy: 'FIXED-ATTENTION',
    test: FIXED,
  },
  {
    name: 'pairs turn the other way',
    file: `${OPERATORS}/fixed/rope.ts`,
    find: 'product(even, cosine) - product(even + 1, cosine + 1)',
    replace: 'product(even, cosine) + product(even + 1, cosine + 1)',
    killedBy: 'FIXED-ROPE',
    test: FIXED,
  },
  {
    name: 'epsilon is not shifted with the squares',
    file: `${OPERATORS}/fixed/rmsnorm.ts`,
    find: 'epsilon >> BigInt(2 * s)',
    replace: 'epsilon << BigInt(2 * s)',
    killedBy: 'FIXED-RMSNORM',
    test: FIXED,
  },
  {
    name: 'a patch goes column by column',
    file: `${OPERATORS}/fixed/window.ts`,
    find: 'padLeft + (at % kernelWidth)',
    replace: 'padLeft + (kernelWidth - 1 - (at % kernelWidth))',
    killedBy: 'VISION-CONV',
    test: VISION,
  },
  {
    name: 'a mean is rounded towards zero',
    file: `${OPERATORS}/fixed/pool.ts`,
    find: 'numerator % denominator < 0n ? quotient - 1n : quotient',
    replace: 'quotient',
    killedBy: 'VISION-AVERAGE',
    test: VISION,
  },
  {
    name: 'a NaN keeps its bits',
    file: `${OPERATORS}/float/single.ts`,
    find: 'words[i] = NAN_BITS',
    replace: 'words[i] = 0xffc0_0000',
    killedBy: 'FLOAT-NAN',
    test: FLOAT,
  },
  {
    name: 'products are summed in order from end to end',
    file: `${OPERATORS}/float/matmulF32.ts`,
    find: 'const BLOCK = 32',
    replace: 'const BLOCK = 2 ** 14',
    killedBy: 'FLOAT-ORDER',
    test: FLOAT,
  },
  {
    name: 'an answer goes on behind its end',
    file: `${OPERATORS}/sequence/writeToken.ts`,
    find: 'ends.includes(answer[first + i - 1]!) ? PADDING : token',
    replace: 'answer[first + i - 1] === PADDING ? PADDING : token',
    killedBy: 'SEQUENCE-WRITE',
    test: SEQUENCE,
  },
  {
    name: 'top-p takes one candidate too many',
    file: `${OPERATORS}/sequence/draw.ts`,
    find: 'each.sum >= need) + 1)',
    replace: 'each.sum >= need) + 2)',
    killedBy: 'SEQUENCE-TOP',
    test: SEQUENCE,
  },
  {
    name: 'tiles are cut too large',
    file: 'spec/graph/tiles.ts',
    find: 'while (instructionBound(descriptor, tileElements) > most)',
    replace: 'while (instructionBound(descriptor, tileElements) > 2 * most)',
    killedBy: 'TILES-3',
    test: TILES,
  },
]
