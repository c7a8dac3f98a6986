import { z } from 'zod'
import { AGENT_STRATEGIES } from '../agents/index.ts'
import { scenarioSchema } from './schema.ts'
import { agentSchema, simulationSchema } from './simulationSchema.ts'

const OPTIONS = { io: 'input', unrepresentable: 'any' } as const

/** Actors of a population: what all may have and, by role and strategy, that strategy's own options. */
const actorsSchema = (): object => {
  const { $schema: _, additionalProperties: __, ...common } = z.toJSONSchema(agentSchema, OPTIONS)
  const kinds = Object.entries(AGENT_STRATEGIES).flatMap(([role, strategies]) =>
    Object.entries(strategies).map(([strategy, { options }]) => {
      const { properties, required } = z.toJSONSchema(options, OPTIONS)
      return {
        properties: { role: { const: role }, strategy: { const: strategy }, ...properties },
        ...(required && { required }),
      }
    }),
  )
  const items = { allOf: [common, { anyOf: kinds }], unevaluatedProperties: false }
  return { type: 'array', minItems: 1, items }
}

/** The schema of scenario files as JSON Schema, draft 2020-12, for editors: a story, or a simulation of a population. */
export const jsonSchema = (): string => {
  const { $schema, ...story } = z.toJSONSchema(scenarioSchema, OPTIONS)
  const { $schema: _, properties, ...simulation } = z.toJSONSchema(simulationSchema, OPTIONS)
  const population = { ...simulation, properties: { ...properties, actors: actorsSchema() } }
  return `${JSON.stringify({ $schema, anyOf: [story, population] }, undefined, 2)}\n`
}
