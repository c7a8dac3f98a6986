import type { Seconds } from '../../../game/clocks.ts'
import { callName } from '../../../service/calls.ts'
import type { ClaimState, ServiceState, TaskState } from '../../../service/state.ts'
import { attempts, lastSecond, mayWait, type ServiceInstance, sceneOf, send } from './scene.ts'
import {
  type Check,
  checkEnd,
  checkState,
  checkTransition,
  type ServicePropertyId,
} from './serviceProperties.ts'
import { accountOf, START } from './table.ts'

/** What an exploration has met. */
export interface ServiceExploration {
  readonly states: number
  readonly transitions: number
  readonly violations: ReadonlyMap<ServicePropertyId, { readonly count: number; readonly first: string }>
}

/** Enough of an id to tell the few of an instance apart. */
const short = (id: string): string => id.slice(2, 10)

const written = <Value>(map: ReadonlyMap<string | number, Value>, write: (value: Value) => string): string =>
  [...map]
    .map(([id, value]) => `${short(`0x${id}`)}${write(value)}`)
    .sort()
    .join(',')

const writtenTask = (entry: TaskState): string => {
  if (entry.kind === 'Open' || entry.kind === 'Expired') return entry.kind
  const { kind, bindings, cursor, draw } = entry
  const bound = `${kind}${bindings}/${cursor}/${draw && `${draw.round}/${draw.weightStart}`}`
  return entry.kind === 'Settled' ? `${bound}${short(entry.claim)}${entry.isPaid}${entry.isNotified}` : bound
}

const writtenClaim = (entry: ClaimState): string => {
  if (entry.kind === 'Final') return `F${entry.number}`
  if (entry.kind === 'Refuted') return `R${entry.number}/${entry.fallenAt}/${entry.weight}`
  return `P${entry.number}/${entry.windowEnd}/${entry.disputes}/${entry.weight}`
}

/** Two states with the same key are the same; a refusal leaves it as it was. */
const keyOf = (state: ServiceState, now: Seconds, moved: number): string =>
  [
    now,
    moved,
    written(state.tasks, writtenTask),
    written(state.claims, writtenClaim),
    written(state.disputes, (dispute) =>
      dispute.kind === 'Running'
        ? `R${dispute.clocks.turn}${dispute.clocks.turnSince}/${dispute.position.roots.map(short).join('')}`
        : dispute.kind + (dispute.kind === 'Decided' ? dispute.winner + dispute.by : ''),
    ),
    written(state.seals, (seal) =>
      seal.kind === 'Sealed' ? `S${seal.sealedAt}/${seal.number}` : `${seal.kind}${seal.number}`,
    ),
    written(state.enrollments, ({ since, retiredAt }) => `${since}/${retiredAt}`),
    written(state.rounds, ({ closedIn, randomness }) => `${closedIn}${randomness === undefined}`),
    written(state.roundWeights, String),
    written(state.answers, ({ hash, isPaid }) => `${short(hash)}${isPaid}`),
    written(state.delegates, short),
    written(state.credits, String),
    state.burnedWei,
    state.balanceWei,
  ].join('|')

interface Node {
  readonly state: ServiceState
  readonly now: Seconds
  /** Moves that the honest server has made in this second, where it makes only so many. */
  readonly moved: number
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
    const key = keyOf(node.state, node.now, node.moved)
    if (seen.has(key)) return
    seen.add(key)
    open.push(node)
  }
  const paced = instance.cast.find((role) => role.role === 'server' && role.pace !== undefined)?.name
  visit({ state: scene.start, now: START, moved: 0, path: undefined })
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { state, now, moved, path } = node
    const where = (): string => `${instance.name}: ${story(path)} at ${now}`
    const check: Check = (id, holds, say) => {
      if (holds) return
      const known = violations.get(id)
      violations.set(id, known ? { ...known, count: known.count + 1 } : { count: 1, first: say() })
    }
    const key = keyOf(state, now, moved)
    checkState(scene, state, now, check, where)
    let accepted = 0
    for (const attempt of attempts(scene, state, now, moved)) {
      const { sender, call } = attempt
      const result = send(state, attempt, now)
      if (!result.ok) continue
      accepted++
      transitions++
      const label = `${callName(call)} by ${short(sender)} at ${now}`
      checkTransition(scene, state, attempt, now, result.value, check, () => `${where()}, then ${label}`)
      const isPaced = call.kind === 'Move' && paced !== undefined && sender === accountOf(paced)
      const after = isPaced ? moved + 1 : moved
      visit({ state: result.value.state, now, moved: after, path: { label, before: path } })
    }
    check('REFUSE-3', keyOf(state, now, moved) === key, where)
    if (now <= lastSecond(scene, state)) {
      if (!mayWait(scene, state, now, moved)) continue
      transitions++
      visit({ state, now: now + 1, moved: 0, path })
    } else if (accepted === 0) checkEnd(scene, state, check, where)
  }
  return { states: seen.size, transitions, violations }
}
