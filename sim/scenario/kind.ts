import { ALPHABET, COMMON_KEYS } from './simulationSchema.ts'
import type { Sheet } from './yaml.ts'

type Mapping = Readonly<Record<string, unknown>>

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keys that no story has: of the file, of its task, and of an actor. */
const OF_FILE = ['runs', 'vary', 'chain', 'costs', 'untilSeconds']
const OF_TASK = ['lengths', 'count', 'everySeconds', 'attentionWei']
const OF_ACTOR = COMMON_KEYS.filter((key) => !['name', 'role', 'strategy', 'fundsWei'].includes(key))

const hasAny = (given: unknown, keys: readonly string[]): boolean =>
  isMapping(given) && keys.some((key) => Object.hasOwn(given, key))

/** Whether a file is of a population, and not of one story: its tower is of symbols, or it says what no story does. */
export const isSimulation = ({ data }: Pick<Sheet, 'data'>): boolean => {
  if (!isMapping(data)) return false
  const { task, actors } = data
  if (isMapping(task) && task['model'] === ALPHABET) return true
  if (hasAny(data, OF_FILE) || hasAny(task, OF_TASK)) return true
  if (!Array.isArray(actors)) return false
  const roles = actors.map((actor: unknown) => (isMapping(actor) ? actor['role'] : undefined))
  const isCrowd = ['server', 'verifier'].some((role) => roles.filter((other) => other === role).length > 1)
  return (
    isCrowd ||
    roles.some((role) => role === 'attacker' || role === 'delegate') ||
    actors.some((actor) => hasAny(actor, OF_ACTOR))
  )
}
