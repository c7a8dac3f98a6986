import type { z } from 'zod'
import { oneOf } from '../badInput.ts'

/** `actors[0].at.node`, as a person would write it. */
export const fieldName = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (name, key) =>
      typeof key === 'number' ? `${name}[${key}]` : name === '' ? String(key) : `${name}.${String(key)}`,
    '',
  )

/** What is wrong and what is allowed, from the first fault that the schema found. */
export const schemaFault = (error: z.ZodError, prefix: readonly PropertyKey[] = []) => {
  const issue = error.issues[0]!
  const path = [...prefix, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return { field: fieldName([...path, issue.keys[0]!]), reason: 'unknown key' }
  if (issue.code === 'invalid_value')
    return { field: fieldName(path), reason: `must be ${oneOf(issue.values.map(String))}` }
  return { field: path.length === 0 ? undefined : fieldName(path), reason: issue.message }
}
