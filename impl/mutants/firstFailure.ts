import type fc from 'fast-check'
import { vi } from 'vitest'

/** A random test ends at its first failure: nobody reads the smallest one of a mutant. */
vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<{ default: typeof fc }>()
  const assert = (property: fc.IRawProperty<unknown>, parameters?: fc.Parameters<unknown>) =>
    original.default.assert(property, { ...parameters, endOnFailure: true })
  return { ...original, default: { ...original.default, assert } }
})
