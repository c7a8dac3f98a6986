import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** By name: so the order is the same every time, and the folders that stand lowest, whose tests are fastest, come first. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1))
  }
}

/**
 * The mutation suite: what tests the library of the specification, in one worker and one environment, in some twelve
 * seconds. Left out is what holds it against its own earlier output (vectors, documents), which would kill any change,
 * right or wrong, and prove nothing of the properties; and what takes longer: the explorer, random play over long
 * runs, and the games of toy models.
 */
export default defineConfig({
  test: {
    include: [
      'spec/{commitments,game,graph,machine,service,setting,strategies,tower}/**/*.test.ts',
      'spec/checks/properties/*.test.ts',
      // The kernels are written from the formulas once more, in another language.
      'impl/graph/native/operators.test.ts',
      'impl/kernels/instructionBound.test.ts',
      'spec/published/documents/refusals.test.ts',
    ],
    exclude: ['spec/checks/properties/randomPlay.test.ts'],
    isolate: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'threads',
    maxWorkers: 1,
    sequence: { sequencer: ByName },
    setupFiles: ['./.vitest.setup.ts', './spec/checks/mutants/fewRuns.ts'],
  },
})
