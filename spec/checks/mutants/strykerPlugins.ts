import type { MutantTestPlan } from '@stryker-mutator/api/core'
import type { Ignorer, NodePath } from '@stryker-mutator/api/ignore'
import { declareClassPlugin, declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'
import type { Reporter } from '@stryker-mutator/api/report'
import { progressOf } from '../explore/progress.ts'
import { CompileChecker } from './compileChecker.ts'

/** What Stryker is given of ours, by name. */
export const PROGRESS = 'progress-lines'
export const BUG_MESSAGES = 'bug-messages'
export const COMPILES = 'compiles'

/** Says on standard error how far the run is. Mutants whose fate is known from an earlier run are not counted. */
class ProgressReporter implements Reporter {
  #running = new Set<string>()
  #done = 0
  #progress = progressOf(process.stderr, 1, '', () => 0)

  onMutationTestingPlanReady({ mutantPlans }: { readonly mutantPlans: readonly MutantTestPlan[] }): void {
    this.#running = new Set(mutantPlans.filter(({ plan }) => plan === 'Run').map(({ mutant }) => mutant.id))
    this.#progress = progressOf(process.stderr, this.#running.size, 'generated mutants', () =>
      performance.now(),
    )
  }

  onMutantTested({ id }: { readonly id: string }): void {
    if (this.#running.has(id)) this.#progress.done(++this.#done)
  }
}

/** `throw` is for our own bugs only, and what it says is for people: no property speaks of it. */
const bugMessages: Ignorer = {
  shouldIgnore: (path: NodePath & { readonly isThrowStatement?: () => boolean }) =>
    path.isThrowStatement?.() ? 'the message of a bug' : undefined,
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.Reporter, PROGRESS, ProgressReporter),
  declareClassPlugin(PluginKind.Checker, COMPILES, CompileChecker),
  declareValuePlugin(PluginKind.Ignore, BUG_MESSAGES, bugMessages),
]
