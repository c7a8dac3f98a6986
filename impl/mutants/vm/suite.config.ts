import { defineConfig } from 'vitest/config'

/**
 * What holds the translator: runs in both tiers, any stops, alignment, jump tables, and every instruction at its edges
 * translated before it is first met. In one worker and one environment; what fails ends at its first case.
 */
export default defineConfig({
  test: {
    include: [
      'impl/vm/translate/*.test.ts',
      'impl/vm/engine.test.ts',
      'impl/vm/trace.test.ts',
      'impl/conformance/translated.test.ts',
    ],
    isolate: false,
    pool: 'threads',
    maxWorkers: 1,
    testTimeout: 600_000,
    setupFiles: ['./.vitest.setup.ts', './impl/mutants/firstFailure.ts'],
  },
})
