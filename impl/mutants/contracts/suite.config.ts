import { defineConfig } from 'vitest/config'

/** The tests that play on contracts, as `npm test` runs them, but for the long suite of any calls. */
export default defineConfig({
  test: {
    include: ['{impl,contracts}/**/*.test.ts'],
    isolate: false,
    testTimeout: 300_000,
    // What a failed test leaves running goes with its worker.
    teardownTimeout: 500,
    hookTimeout: 300_000,
    setupFiles: ['./.vitest.setup.ts', './impl/mutants/firstFailure.ts'],
    env: { OPML_GAMES: process.env['OPML_GAMES'] ?? '24' },
  },
})
