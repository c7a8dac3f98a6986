import { z } from 'zod'
import { oneOf } from '../badInput.ts'

/** Kinds of fields of a scenario file. The message of each is what is allowed there; `fault.ts` says the rest. */
const grouped = (value: number | bigint): string => value.toLocaleString('en')

export const integer = (least: number, most: number) => {
  const error = `an integer from ${grouped(least)} to ${grouped(most)}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** A number that need not be whole. */
export const decimal = (least: number, most: number) => {
  const error = `a number from ${grouped(least)} to ${grouped(most)}`
  return z.number({ error }).min(least, { error }).max(most, { error })
}

/** For whoever writes 1e18, 1.5e18 or 10**18, of which YAML makes a rounded number or a text. */
const AS_WRITTEN = 'in digits alone, as 1000000000000000000 for an ether'

/** A decimal number of wei, plain or as a string, from `least` to 2^128 - 1, which is what the contracts hold. */
export const wei = (least: bigint) => {
  const message = `a whole number of wei from ${least} to 2^128 - 1, ${AS_WRITTEN}`
  return z.unknown().transform((value, context): bigint => {
    const isWhole =
      typeof value === 'bigint' ||
      (typeof value === 'string' ? /^\d{1,39}$/.test(value) : Number.isSafeInteger(value))
    const amount = isWhole ? BigInt(value as bigint | string | number) : -1n
    if (amount >= least && amount < 1n << 128n) return amount
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}

export const text = (allowed: string) => z.string({ error: allowed })

const keysOf = (shape: z.ZodRawShape) => {
  const keys = Object.keys(shape)
  const known = keys.length === 0 ? 'none' : keys.join(', ')
  return (issue: { readonly code: string }): string =>
    issue.code === 'unrecognized_keys' ? known : `a mapping with keys of these: ${known}`
}

/** Nothing beside the keys given. */
export const mapping = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: keysOf(shape) })

/** Further keys are somebody else's to check. */
export const openMapping = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject(shape, { error: keysOf(shape) })

export const choice = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: oneOf(words) })

/** A choice in which there may be none: `null`. */
export const choiceOrNull = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: oneOf([...words, 'null']) }).nullable()

export const flag = () => z.boolean({ error: 'true or false' })

export const flagOrNull = () => z.boolean({ error: 'true, false or null' }).nullable()

/** A number, whole or not. */
export const number = (least: number, most: number) => {
  const error = `a number from ${grouped(least)} to ${grouped(most)}`
  return z.number({ error }).min(least, { error }).max(most, { error })
}

/** A probability, or a part of a whole. */
export const share = () => number(0, 1)
