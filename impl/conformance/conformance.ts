import type { StepBatch } from '../chain/stepBatch.ts'
import { VmTrace } from '../vm/trace.ts'
import { hasQemu } from './qemu.ts'
import { compareWithQemu } from './qemuPrograms.ts'
import { randomRun } from './randomProgram.ts'
import { type RevisitDisagreement, revisit } from './revisits.ts'
import { type ComparedRun, compareRuns, type Disagreement } from './threeWay.ts'

/** A program that ends otherwise in qemu: registers and data, in hex. */
export interface QemuDisagreement {
  readonly run: string
  readonly what: 'end'
  readonly engine: string
  readonly qemu: string
}

/** How the machines were held together, in the keys that `conformance --json` prints. */
export interface ConformanceReport {
  readonly seed: number
  /** Instructions of random programs whose roots were compared in spec, engine and contract. */
  readonly instructions: number
  readonly programs: number
  /** The same of programs that bring every instruction to its edges. */
  readonly directedInstructions: number
  /** States of random programs that were visited back and forth in the engine. */
  readonly stops: number
  /** Random programs that were run to their end in qemu too; null where it is not installed. */
  readonly qemuPrograms: number | null
  readonly disagreements: number
  readonly seconds: number
  /** The first few disagreements of each kind. */
  readonly examples: readonly (Disagreement | RevisitDisagreement | QemuDisagreement)[]
}

/** A random program is compared so far: beyond that its loops repeat themselves. */
const STEPS_EACH = 2000
/** One in so many instructions is in a program that is visited and run in qemu: these go much further. */
const STEPS_A_VISIT = 10_000
const [STOPS_EACH, VISITED_STEPS, QEMU_STEPS] = [20, 50_000, 2_000_000]
const EXAMPLES = 10

const nameOf = (seed: number): string => `random program ${seed}`

/** Random programs, the first with that seed, until their lengths make up `instructions`. */
const randomPrograms = function* (seed: number, instructions: number): Generator<ComparedRun> {
  for (let [left, next] = [instructions, seed]; left > 0; next++) {
    const given = randomRun(next, Math.min(STEPS_EACH, left))
    left -= new VmTrace(given).length
    yield { name: nameOf(next), given }
  }
}

const compareEnds = (seeds: readonly number[]): { compared: number; disagreements: QemuDisagreement[] } => {
  let compared = 0
  const disagreements: QemuDisagreement[] = []
  for (const seed of seeds) {
    const ends = compareWithQemu(seed, QEMU_STEPS)
    if (ends === 'too long') continue
    compared++
    if (ends.engine !== ends.qemu) disagreements.push({ run: nameOf(seed), what: 'end', ...ends })
  }
  return { compared, disagreements }
}

/**
 * Holds spec, engine and contract together on the directed programs and on `instructions` instructions of random ones.
 *
 * @param seed that of the first random program @param onProgress told of the instructions that were compared so far
 */
export const checkConformance = async (
  directed: Iterable<ComparedRun>,
  seed: number,
  instructions: number,
  contract: Pick<StepBatch, 'verdicts'>,
  onProgress: (instructions: number) => void = () => {},
): Promise<ConformanceReport> => {
  const started = performance.now()
  let programs = 0
  const counted = function* () {
    for (const given of randomPrograms(seed, instructions)) {
      programs++
      yield given
    }
  }
  const random = await compareRuns(counted(), contract, onProgress)
  const edges = await compareRuns(directed, contract)

  const visited = Array.from({ length: Math.ceil(instructions / STEPS_A_VISIT) }, (_, i) => seed + i)
  const visits = visited.map((each) =>
    revisit(nameOf(each), randomRun(each, VISITED_STEPS), each, STOPS_EACH),
  )
  const differentStops = visits.flatMap(({ disagreements }) => disagreements)
  const ends = hasQemu() ? compareEnds(visited) : undefined
  const differentEnds = ends?.disagreements ?? []

  return {
    seed,
    instructions: random.steps,
    programs,
    directedInstructions: edges.steps,
    stops: visits.reduce((sum, { stops }) => sum + stops, 0),
    qemuPrograms: ends?.compared ?? null,
    disagreements: edges.disagreements + random.disagreements + differentStops.length + differentEnds.length,
    seconds: (performance.now() - started) / 1000,
    examples: [
      ...edges.examples,
      ...random.examples,
      ...differentStops.slice(0, EXAMPLES),
      ...differentEnds.slice(0, EXAMPLES),
    ],
  }
}
