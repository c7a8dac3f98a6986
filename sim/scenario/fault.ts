import type { z } from 'zod'
import { visible } from '../visible.ts'

/** Something wrong with a field of a file, whose line is not known yet. */
export interface FieldFault {
  readonly path: readonly PropertyKey[]
  readonly reason: string
}

/** `actors[0].at.node`, as a person would write it. */
export const fieldName = (path: readonly PropertyKey[]): string =>
  visible(
    path.reduce<string>(
      (name, key) =>
        typeof key === 'number' ? `${name}[${key}]` : name === '' ? String(key) : `${name}.${String(key)}`,
      '',
    ),
  )

const MOST_SHOWN_CHARACTERS = 60

/** Digits alone where they are the number; else as 1e18, since it was not written in digits. */
const numeral = (value: unknown): string =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? value.toExponential().replace('e+', 'e')
    : String(value)

/** A value of a file, for a message about it. */
export const shown = (value: unknown): string => {
  if (value === null || value === '') return 'empty'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  const text = visible(typeof value === 'string' ? `"${value}"` : numeral(value))
  return text.length <= MOST_SHOWN_CHARACTERS ? text : `${text.slice(0, MOST_SHOWN_CHARACTERS)}…`
}

/** What a field has, and what it may have. */
export const mustBe = (value: unknown, allowed: string): string =>
  `${value === undefined ? 'is missing' : `is ${shown(value)}`}; allowed: ${allowed}`

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  )

/**
 * Everything that a schema found, one fault a field. A schema's message is what is allowed; see `schema.ts`.
 *
 * @param value what was parsed
 * @param prefix path of the value in its file
 */
export const schemaFaults = (
  error: z.ZodError,
  value: unknown,
  prefix: readonly PropertyKey[] = [],
): readonly FieldFault[] => {
  const faults = error.issues.flatMap((issue): FieldFault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: [...prefix, ...issue.path, key],
          reason: `unknown key; allowed: ${issue.message}`,
        }))
      : [
          {
            path: [...prefix, ...issue.path],
            reason: mustBe(valueAt(value, issue.path), issue.message),
          },
        ],
  )
  const byField = new Map(faults.toReversed().map((fault) => [fieldName(fault.path), fault]))
  return [...byField.values()].toReversed()
}
