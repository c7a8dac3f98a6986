import { configDefaults, defineConfig } from 'vitest/config'

/** Tests of a model that must be fetched: a command of their own runs them, and it alone. */
const FETCHED = '**/*.fetched.test.ts'
const isFetched = process.env['OPML_FETCHED'] !== undefined

export default defineConfig({
  test: {
    include: [isFetched ? `impl/${FETCHED}` : '{spec,impl,sim,reports,contracts}/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(isFetched ? [] : [FETCHED])],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
    setupFiles: ['./.vitest.setup.ts'],
  },
})
