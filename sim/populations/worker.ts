import { heldPopulation } from './heldPopulation.ts'
import { NOTHING, type Tally, together } from './tally.ts'

/** Seeds that a worker plays at once. */
export interface Seeds {
  readonly first: number
  readonly count: number
}

export default ({ first, count }: Seeds): Tally => {
  let tally = NOTHING
  for (let seed = first; seed < first + count; seed++) tally = together(tally, heldPopulation(seed))
  return tally
}
