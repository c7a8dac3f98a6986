import { InvalidArgumentError } from 'commander'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import { randomWord } from '../../spec/graph/operators/sequence/draw.ts'
import { GREEDY, requestTensor } from '../inference/languageModel.ts'
import { BadInputError, modelCommand, runCommand } from '../models/modelCommand.ts'
import { startProgress } from '../models/progress.ts'
import { type CheckedTile, checkTiles, type NodeKind } from './checkTiles.ts'
import { holdModel } from './heldModel.ts'
import { languageFile } from './languageFile.ts'
import { openLanguage } from './languageRuns.ts'
import { recordLoop } from './loopRecord.ts'

const DISAGREED = 1

interface Options {
  readonly tiles: number
  readonly iterations: number
  readonly seed: number
  readonly json?: true
}

const positive = (text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('allowed: a whole number from 1')
  return Number(text)
}

const seedOf = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('allowed: a whole number from 0')
  return Number(text)
}

/** Numbers from a seed. */
const chooser = (seed: number): ((below: number) => number) => {
  let drawn = 0
  return (below) => Number(randomWord(BigInt(seed), drawn++) % BigInt(below))
}

/** What the tiles of a kind of node took. */
interface KindFigures extends NodeKind {
  readonly checked: number
  readonly leastInstructions: number
  readonly mostInstructions: number
}

/** The largest first. */
const figuresByKind = (checked: readonly CheckedTile[]): readonly KindFigures[] => {
  const kinds = Map.groupBy(checked, ({ kind }) => JSON.stringify(kind))
  return [...kinds.values()]
    .map((tiles) => {
      const instructions = tiles.map((tile) => tile.instructions)
      return {
        ...tiles[0]!.kind,
        checked: tiles.length,
        leastInstructions: Math.min(...instructions),
        mostInstructions: Math.max(...instructions),
      }
    })
    .sort((a, b) => b.mostInstructions - a.mostInstructions)
}

const verify = (name: string, { tiles, iterations, seed, json }: Options): void => {
  const language = openLanguage(languageFile(name))
  if (language === undefined) throw new BadInputError(`${name} is no language model`)
  const { engine, header, facts } = language
  const most = Math.min(facts.context, facts.promptCapacity)
  if (iterations > most) throw new BadInputError(`${iterations} iterations asked for; at most ${most}`)
  const roots = header.weights.map(({ root }) => root as unknown as TensorRoot)
  const held = holdModel(engine.graph, roots, ['loop', 'graph', 'tile', 'vm'], header.mostIterations)
  const choose = chooser(seed)
  const prompt = Array.from({ length: iterations }, () => choose(facts.vocabulary))
  const record = recordLoop(engine, requestTensor(prompt, GREEDY, facts), iterations)
  const started = performance.now()
  const progress = startProgress(header.name, tiles, 'tiles')
  const checked: CheckedTile[] = []
  for (const tile of checkTiles(held, engine, record, tiles, choose)) {
    checked.push(tile)
    progress.update(checked.length)
  }
  progress.stop()
  const seconds = (performance.now() - started) / 1000
  const different = checked.filter(({ isSame }) => !isSame)
  const nodes = new Set(checked.map(({ node }) => node)).size
  const kinds = figuresByKind(checked)
  const { mostInstructions } = kinds[0]!
  if (different.length > 0) process.exitCode = DISAGREED
  if (json) {
    console.log(
      JSON.stringify({
        model: header.name,
        format: header.format,
        tiles: checked.length,
        nodes,
        mostInstructions,
        kinds,
        disagreements: different.length,
        examples: different.slice(0, 3),
        seconds,
      }),
    )
    return
  }
  for (const { iteration, node, tile } of different.slice(0, 3))
    console.log(`iteration ${iteration}, node ${node} ${header.nodes[node]}, tile ${tile}: not the same`)
  for (const { operator, elements, tiles: count, leastInstructions, mostInstructions: most } of kinds)
    console.log(
      `${operator}, ${elements} elements in ${count} tile${count === 1 ? '' : 's'}: ${leastInstructions} to ${most} instructions a tile`,
    )
  console.log(
    `${header.name} (${header.format}): ${checked.length} tiles of ${nodes} nodes natively, in the machine and in the specification, ` +
      `${different.length} disagreements, at most ${mostInstructions} instructions, ${seconds.toFixed(1)} s`,
  )
}

await runCommand(
  modelCommand(
    'verify:tiles',
    'Computes random tiles of a language model natively, in the machine and as specified',
  )
    .argument('<model>', 'a language model’s name or file')
    .option('--tiles <n>', 'how many', positive, 100)
    .option('--iterations <n>', 'length of the run that they are of', positive, 12)
    .option('--seed <n>', 'decides the prompt and which tiles', seedOf, 1)
    .option('--json', 'print the result as JSON alone on standard output')
    .action(verify),
)
