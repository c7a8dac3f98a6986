/** `compute`, asked once and remembered. */
export const once = <Value>(compute: () => Value): (() => Value) => {
  let known: { readonly value: Value } | undefined
  return () => {
    known ??= { value: compute() }
    return known.value
  }
}

/** A pure function, computed once for each key. Objects are held weakly, by identity. */
export const memoizeObject = <Key extends object, Value>(compute: (key: Key) => Value) => {
  const known = new WeakMap<Key, { readonly value: Value }>()
  return (key: Key): Value => {
    const entry = known.get(key) ?? { value: compute(key) }
    known.set(key, entry)
    return entry.value
  }
}

/** As `memoizeObject`, for step numbers. */
export const memoizeStep = <Value>(compute: (step: number) => Value) => {
  const known = new Map<number, Value>()
  return (step: number): Value => {
    const value = known.get(step) ?? compute(step)
    known.set(step, value)
    return value
  }
}

export interface Timed<Value> {
  readonly value: Value
  /** Wall-clock. */
  readonly seconds: number
}

/** What `compute` gives, and how long it took. */
export const timed = <Value>(compute: () => Value): Timed<Value> => {
  const started = performance.now()
  const value = compute()
  return { value, seconds: (performance.now() - started) / 1000 }
}
