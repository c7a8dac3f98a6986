import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{spec,impl,sim,reports,contracts}/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
    setupFiles: ['./.vitest.setup.ts'],
  },
})
