import type { KnownSurvivors } from './generated.ts'

/** The generated mutants that survive the mutation suite. */
export const SURVIVORS: KnownSurvivors = {
  explained: [
    'spec/commitments/bytes.ts',
    'spec/commitments/hash.ts',
    'spec/commitments/memory.ts',
    'spec/commitments/merkle.ts',
    'spec/commitments/tensor.ts',
    'spec/game/bounds.ts',
    'spec/game/clocks.ts',
    'spec/game/position.ts',
    'spec/game/reply.ts',
    'spec/parameters.ts',
    'spec/rejection.ts',
    'spec/result.ts',
    'spec/storey.ts',
    'spec/tower.ts',
  ],
  equivalent: [
    {
      file: 'spec/commitments/merkle.ts',
      before: 'for (let level = 0; level < height; level++) {',
      after: 'for (let level = 0; level <= height; level++) {',
      why: 'makes one more level above the root, which nobody reads',
    },
    {
      file: 'spec/commitments/merkle.ts',
      before: 'if (!isLeafIndex(index, height) || !isLeafIndex(index + 1, height)) return undefined',
      after: 'if (false) return undefined',
      why: 'an index outside the tree is found out below: by climb, or by the number of siblings that are left',
    },
    {
      file: 'spec/commitments/merkle.ts',
      before: 'if (!isLeafIndex(index, height) || !isLeafIndex(index + 1, height)) return undefined',
      after: 'if (!isLeafIndex(index, height) && !isLeafIndex(index + 1, height)) return undefined',
      why: 'an index outside the tree is found out below: by climb, or by the number of siblings that are left',
    },
    {
      file: 'spec/commitments/memory.ts',
      before: 'for (let level = MEMORY_HEIGHT; level > 0 && node !== undefined; level--) {',
      after: 'for (let level = MEMORY_HEIGHT; level > 0 && true; level--) {',
      why: 'below what nobody has written there is nothing either: the walk only stops later',
    },
    {
      file: 'spec/game/reply.ts',
      before: ".with({ kind: 'Arbitrate' }, (arbitration) => arbitrate(tower, segment, arbitration))",
      after: '.with({}, (arbitration) => arbitrate(tower, segment, arbitration))',
      why: 'the arms above have taken the other two kinds of a reply',
    },
  ],
  counted: {},
}
