import type { Seconds } from '../../../game/clocks.ts'
import { applyCall } from '../../../service/apply.ts'
import { callName } from '../../../service/calls.ts'
import type { ServiceState } from '../../../service/state.ts'
import { type Check, checkEnd, checkState, checkTransition, type ServicePropertyId } from './properties.ts'
import { attempts, lastSecond, mayWait, type ServiceInstance, sceneOf } from './scene.ts'

/** What an exploration has met. */
export interface ServiceExploration {
  readonly states: number
  readonly transitions: number
  readonly violations: ReadonlyMap<ServicePropertyId, { readonly count: number; readonly first: string }>
}

/** Enough of an id to tell the few of an instance apart. */
const short = (id: string): string => id.slice(2, 10)

const written = <Value>(map: ReadonlyMap<string, Value>, write: (value: Value) => string): string =>
  [...map]
    .map(([id, value]) => `${short(id)}${write(value)}`)
    .sort()
    .join(',')

/** Two states with the same key are the same; a refusal leaves it as it was. */
const keyOf = (state: ServiceState, now: Seconds): string =>
  [
    now,
    written(
      state.tasks,
      (task) =>
        `${task.kind}${'firstSealAt' in task ? task.firstSealAt : ''}${task.kind === 'Settled' ? short(task.claim) : ''}`,
    ),
    written(state.claims, (claim) =>
      claim.kind === 'Pending' ? `P${claim.windowEnd}/${claim.disputes}` : claim.kind,
    ),
    written(state.disputes, (dispute) =>
      dispute.kind === 'Running'
        ? `R${dispute.clocks.turn}${dispute.clocks.turnSince}/${dispute.position.roots.map(short).join('')}`
        : dispute.kind + (dispute.kind === 'Decided' ? dispute.winner + dispute.by : ''),
    ),
    written(state.seals, (seal) => (seal.kind === 'Sealed' ? `S${seal.sealedAt}` : seal.kind)),
    written(state.enrollments, ({ since, retiredAt }) => `${since}/${retiredAt}`),
    written(state.answers, short),
    written(state.credits, String),
    state.burnedWei,
    state.balanceWei,
  ].join('|')

interface Node {
  readonly state: ServiceState
  readonly now: Seconds
  /** How the exploration came here, for what it has to say of a violation. */
  readonly path: Step | undefined
}

interface Step {
  readonly label: string
  readonly before: Step | undefined
}

const story = (path: Step | undefined): string => {
  const labels: string[] = []
  for (let step = path; step !== undefined; step = step.before) labels.unshift(step.label)
  return labels.join(', ')
}

/** Every state that the instance can come to, by any call of anybody at any second. */
export const exploreService = (instance: ServiceInstance): ServiceExploration => {
  const scene = sceneOf(instance)
  const violations = new Map<ServicePropertyId, { count: number; first: string }>()
  const seen = new Set<string>()
  const open: Node[] = []
  let transitions = 0
  const visit = (node: Node): void => {
    const key = keyOf(node.state, node.now)
    if (seen.has(key)) return
    seen.add(key)
    open.push(node)
  }
  const { deadline } = scene.table.request.request
  visit({ state: scene.start, now: deadline - 1, path: undefined })
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { state, now, path } = node
    const where = (): string => `${instance.name}: ${story(path)} at ${now}`
    const check: Check = (id, holds, say) => {
      if (holds) return
      const known = violations.get(id)
      violations.set(id, known ? { ...known, count: known.count + 1 } : { count: 1, first: say() })
    }
    const key = keyOf(state, now)
    checkState(scene, state, now, check, where)
    let accepted = 0
    for (const attempt of attempts(scene, state, now)) {
      const { sender, call, valueWei } = attempt
      const result = applyCall(state, call, { sender, valueWei, now })
      if (!result.ok) continue
      accepted++
      transitions++
      const label = `${callName(call)} by ${short(sender)} at ${now}`
      checkTransition(scene, state, attempt, result.value, check, () => `${where()}, then ${label}`)
      visit({ state: result.value.state, now, path: { label, before: path } })
    }
    check('REFUSE-3', keyOf(state, now) === key, where)
    if (now <= lastSecond(scene, state)) {
      if (!mayWait(scene, state, now)) continue
      transitions++
      visit({ state, now: now + 1, path })
    } else if (accepted === 0) checkEnd(scene, state, check, where)
  }
  return { states: seen.size, transitions, violations }
}
