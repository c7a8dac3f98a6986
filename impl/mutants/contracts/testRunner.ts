import { createVitest, type Vitest } from 'vitest/node'

/** A test that failed, by its title. */
export interface Verdict {
  readonly ran: readonly string[]
  readonly failed: readonly string[]
}

/** Runs test files again and again in one process, each time with modules of its own. */
export interface TestRunner {
  /** @param titles what the title of a test must match to run */
  readonly run: (file: string, titles: RegExp) => Promise<Verdict>
  readonly close: () => Promise<void>
}

/** @param config vitest's. The first failure ends a run. */
export const startTestRunner = async (root: string, config: string): Promise<TestRunner> => {
  const vitest: Vitest = await createVitest('test', {
    root,
    config,
    watch: false,
    bail: 1,
    reporters: [{}],
    maxWorkers: 1,
    pool: 'threads',
    passWithNoTests: true,
  })
  return {
    run: async (file, titles) => {
      vitest.setGlobalTestNamePattern(titles)
      const specifications = await vitest.globTestSpecifications([file])
      const { testModules: all, unhandledErrors } = await vitest.runTestSpecifications(specifications)
      // Those of earlier runs are told again.
      const testModules = all.filter(({ moduleId }) => moduleId === specifications[0]?.moduleId)
      const tests = testModules.flatMap((module) => [...module.children.allTests()])
      const titled = (state: string): readonly string[] =>
        tests.filter((test) => test.result().state === state).map(({ name }) => name)
      // A file that breaks before its tests has none that passed.
      const broken = testModules.filter((module) => module.errors().length > 0 || module.state() === 'failed')
      const failed = titled('failed')
      const before = failed.length === 0 && (broken.length > 0 || unhandledErrors.length > 0)
      return { ran: [...titled('passed'), ...failed], failed: before ? ['before any test'] : failed }
    },
    close: () => vitest.close(),
  }
}
