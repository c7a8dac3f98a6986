import type { Trace } from '../../spec/tower/tower.ts'

export interface Descended {
  readonly phase: number
  readonly run: Trace
  readonly step: number
}

/** The runs on a path into a trace, each with the step that the path takes there. */
export const descended = (top: Trace, path: readonly number[]): readonly Descended[] => {
  const found: Descended[] = []
  let run: Trace | undefined = top
  for (const [phase, step] of path.entries()) {
    if (run === undefined) throw new Error(`no phase lies below the last one: ${path.join('/')}`)
    found.push({ phase, run, step })
    run = run.kind === 'upper' ? run.descend(step).below : undefined
  }
  return found
}
