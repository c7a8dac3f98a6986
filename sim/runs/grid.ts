/** A value that a scenario can have at a key, as YAML gives it. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value }

/** The keys that are varied, each by its path (`game.clockSeconds`, `actors.vera.checks`), with its values. */
export type Variation = Readonly<Record<string, readonly Value[]>>

/** One combination of values. */
export type Point = Readonly<Record<string, Value>>

/** All combinations, the last key varying fastest; one empty point where nothing is varied. */
export const grid = (variation: Variation): readonly Point[] =>
  Object.entries(variation).reduce<readonly Point[]>(
    (points, [key, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [key]: value }))),
    [{}],
  )

/** A path that leads nowhere in this scenario. */
export class NoSuchKey extends Error {
  readonly key: string

  constructor(key: string, reason: string) {
    super(reason)
    this.name = 'NoSuchKey'
    this.key = key
  }
}

type Tree = { readonly [key: string]: Value }

const isTree = (value: Value | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Words that are part of every object and no key of a file. */
const isOwn = (tree: Tree, key: string): boolean => Object.hasOwn(tree, key)

/**
 * The scenario with another value at a key. A part of a path that names an actor (`actors.vera`) finds it in the list.
 * The last part may be a key that the file leaves out; whether it is allowed is for the schema to say.
 *
 * @throws NoSuchKey
 */
export const withValue = (scenario: Tree, key: string, value: Value): Tree => {
  const set = (at: Value | undefined, path: readonly string[], done: readonly string[]): Value => {
    const [head, ...rest] = path
    if (head === undefined) return value
    if (Array.isArray(at)) {
      const list = at as readonly Value[]
      const index = list.findIndex((entry) => isTree(entry) && isOwn(entry, 'name') && entry['name'] === head)
      if (index < 0) throw new NoSuchKey(key, `${done.join('.')} has nobody of the name ${head}`)
      return list.with(index, set(list[index], rest, [...done, head]))
    }
    if (at !== undefined && !isTree(at)) throw new NoSuchKey(key, `${done.join('.')} has no keys of its own`)
    if (head === '' || head === '__proto__') throw new NoSuchKey(key, `${key} is no path of keys`)
    const tree = at ?? {}
    const below = isOwn(tree, head) ? tree[head] : undefined
    return { ...tree, [head]: set(below, rest, [...done, head]) }
  }
  return set(scenario, key.split('.'), []) as Tree
}

/** The scenario at a point of its grid. @throws NoSuchKey */
export const atPoint = (scenario: Tree, point: Point): Tree =>
  Object.entries(point).reduce((changed, [key, value]) => withValue(changed, key, value), scenario)
