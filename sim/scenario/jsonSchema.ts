import { z } from 'zod'
import { scenarioSchema } from './schema.ts'
import { simulationSchema } from './simulationSchema.ts'

/** The schema of scenario files as JSON Schema, draft 2020-12, for editors: a story, or a simulation of a population. */
export const jsonSchema = (): string => {
  const options = { io: 'input', unrepresentable: 'any' } as const
  const { $schema, ...story } = z.toJSONSchema(scenarioSchema, options)
  const { $schema: _, ...simulation } = z.toJSONSchema(simulationSchema, options)
  return `${JSON.stringify({ $schema, anyOf: [story, simulation] }, undefined, 2)}\n`
}
