import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'
import { readScenarioFile } from './load.ts'

/** A scenario that ships: its file within the project, its name, and what it shows. */
export interface Shipped {
  readonly file: string
  readonly scenario: string
  readonly title: string
}

/** Stories first, then simulations of populations. @throws {BadInput} if a file cannot be read as YAML */
export const shippedScenarios = (): readonly Shipped[] =>
  ['scenarios/*.yaml', 'scenarios/questions/*.yaml'].flatMap((pattern) =>
    globSync(pattern, { cwd: PROJECT_FOLDER })
      .sort()
      .map((file) => {
        const { data } = readScenarioFile(resolve(PROJECT_FOLDER, file)).sheet
        const { scenario, title } = data as Omit<Shipped, 'file'>
        return { file, scenario, title }
      }),
  )
