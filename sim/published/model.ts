import type { z } from 'zod'

/** What a model computes one number from. */
export type Values = Readonly<Record<string, number | boolean>>

/** A number that a paper states, and how far from it a model may be: half of the last digit that is printed. */
export interface Figure {
  readonly parameters: Values
  readonly published: number
  readonly within: number
}

/** A small model of a game, under an ID that the command takes. */
export interface Model {
  readonly id: string
  /** What the number is, with its unit. */
  readonly title: string
  /** Where rules and figures stand. */
  readonly source: string
  readonly parameters: z.ZodObject
  readonly compute: (values: Values) => number
  readonly figures: readonly Figure[]
}

/** Ties a model's computation to the types of its parameters. */
export const model = <Shape extends z.ZodRawShape>(given: {
  readonly id: string
  readonly title: string
  readonly source: string
  readonly parameters: z.ZodObject<Shape>
  readonly compute: (values: z.output<z.ZodObject<Shape>>) => number
  readonly figures: readonly Figure[]
}): Model => ({ ...given, compute: (values) => given.compute(given.parameters.parse(values)) })
