import type { Point } from '../../sim/runs/grid.ts'
import { simulationAt } from '../../sim/runs/job.ts'
import type { PointSummary } from '../../sim/runs/points.ts'
import type { SweepRecord } from '../../sim/runs/sweepRecord.ts'
import { playedIn, type Simulation } from '../../sim/scenario/simulation.ts'
import { payingLies, withstoodClaims } from '../../spec/setting/bonds.ts'
import { type Answer, figure, listed, partyProfit, type Question } from './answer.ts'
import { feeByCopying, questionFlood, selfRefutation } from './attacks.ts'
import type { Formula, MeasureFigure } from './measureFigure.ts'
import { FALSE_FINALS, FINALITY, GAS, profitOf } from './measures.ts'
import { partiesFigure } from './partiesFigure.ts'
import { etherOf, numberOf, pointWords, runsWords, shortNumber, valueWords } from './quantity.ts'

const settingAt = ({ data }: SweepRecord, at: Point): Simulation => simulationAt(data, at)

const groupedBy = (points: readonly PointSummary[], key: string): ReadonlyMap<string, PointSummary[]> =>
  Map.groupBy(points, ({ at }) => valueWords(key, at[key]!))

/** A liar that nobody catches gains, one that is caught loses its bond: it pays while (1 - p) gain > p B. */
const claimBond: Question = (record) => {
  const [bondKey, checksKey] = ['game.claimBondWei', 'actors.vera.checks']
  const gainAt = (at: Point): number => {
    const { costs, task } = settingAt(record, at)
    return etherOf(costs.cheatGainWei + task.feeWei)
  }
  const profit: Formula = (at) => {
    const [p, bond] = [numberOf(checksKey, at[checksKey]!)!, numberOf(bondKey, at[bondKey]!)!]
    return (1 - p) * gainAt(at) - p * bond
  }
  const stops = [...groupedBy(record.summary.points, bondKey)].map(([bond, points]) => {
    const gain = gainAt(points[0]!.at)
    const threshold = gain / (gain + numberOf(bondKey, points[0]!.at[bondKey]!)!)
    const measured = points.find((point) => partyProfit(point, 'sam') < 0)
    const came =
      measured === undefined
        ? 'in no run'
        : `in the runs a loss from ${valueWords(checksKey, measured.at[checksKey]!)} on`
    return `with a bond of ${bond} above a probability of ${shortNumber(threshold)} (${came})`
  })
  return {
    sentence: `A lie that gains ${shortNumber(gainAt(record.summary.points[0]!.at))} ether stops to pay ${listed(stops)}.`,
    figures: [figure(record, profitOf('sam'), profit)],
  }
}

const verifiersDilemma: Question = (record) => {
  const watchers = ['always', 'often', 'never']
  const { points } = record.summary
  const said = points.map((point) => {
    const profits = watchers.map((name) => `${name} ${shortNumber(partyProfit(point, name))}`)
    return `${pointWords(point.at)}: ${listed(profits)}`
  })
  const isWorth = points.every((point) => partyProfit(point, 'always') > partyProfit(point, 'never'))
  return {
    sentence: `${isWorth ? 'Who always checks earns more than who never does, at every frequency' : 'Checking does not pay at every frequency'}: ether a run at ${said.join('; at ')}.`,
    figures: [partiesFigure(watchers, points, record.simulation.vary)],
  }
}

const capital: Question = (record) => {
  const key = 'actors.mal.claims'
  const withstood = (at: Point): number => {
    const setting = settingAt(record, at)
    const { fundsWei } = setting.cast.find(({ name }) => name === 'vera')!
    return Number(withstoodClaims(playedIn(setting), fundsWei))
  }
  const { points } = record.summary
  const broken = points.find(({ claims }) => claims.falseFinals > 0)
  const held = points
    .filter(({ claims }) => claims.falseFinals === 0)
    .map(({ at }) => numberOf(key, at[key]!)!)
  const says = withstood(points[0]!.at)
  const lies = payingLies(playedIn(settingAt(record, points[0]!.at)), BigInt(says))
  return {
    sentence: `The formula says ${says}, and ${
      broken === undefined
        ? `in the runs no false claim became final, with up to ${Math.max(...held)} at once`
        : `in the runs none of up to ${Math.max(0, ...held)} became final, and of ${numberOf(key, broken.at[key]!)} at once some did: ${shortNumber(broken.claims.falseFinals)} in ${runsWords(broken.runs)}`
    }${lies === undefined ? '' : `; the attack pays from ${lies} lies at once on`}.`,
    figures: [
      figure(record, FALSE_FINALS, (at) => Math.max(0, numberOf(key, at[key]!)! - withstood(at))),
      partiesFigure(['mal', 'vera'], points, record.simulation.vary),
    ],
  }
}

const overload: Question = (record) => {
  const { points } = record.summary
  const [first, last] = [points[0]!, points.at(-1)!]
  const losses = points.reduce((sum, { honestLosses }) => sum + honestLosses, 0)
  return {
    sentence: `They cost whoever opens them: ${shortNumber(-partyProfit(first, 'eve'))} ether a run at ${pointWords(first.at)} and ${shortNumber(-partyProfit(last, 'eve'))} at ${pointWords(last.at)}, while the server’s profit is ${shortNumber(partyProfit(first, 'sam'))} and ${shortNumber(partyProfit(last, 'sam'))}; ${losses === 0 ? 'no bond of an honest party was lost' : `honest parties lost ${losses} bonds`}.`,
    figures: [partiesFigure(['sam', 'eve'], points, record.simulation.vary), figure(record, FINALITY)],
  }
}

const arity: Question = (record) => {
  const { points } = record.summary
  const least = (of: (point: PointSummary) => number) => points.reduce((a, b) => (of(b) < of(a) ? b : a))
  const [cheapest, fastest] = [
    least(({ gas }) => gas.median),
    least(({ finalitySeconds }) => finalitySeconds?.median ?? Number.POSITIVE_INFINITY),
  ]
  const trees = [...new Set(points.map(({ at }) => JSON.stringify(at['task.lengths'])))].map((text) => {
    const lengths = JSON.parse(text) as readonly number[]
    const product = lengths.reduce((a, b) => a * b, 1)
    const sum = lengths.reduce((a, b) => a + b, 0)
    return `[${lengths.join(', ')}]: ${shortNumber(sum)} for ${shortNumber(product)} steps`
  })
  const growth = `States that a party computes roots of in one dispute grow with the sum of the lengths, not their product: ${trees.join('; ')}.`
  const told = ({ caption, ...drawn }: MeasureFigure): MeasureFigure => ({
    ...drawn,
    caption: [...caption, growth],
  })
  const gas = figure(record, GAS)
  const cheap = `Least gas at ${pointWords(cheapest.at)} (${GAS.words(cheapest.gas.median / 1000)})`
  // Where every server lies, no task is settled.
  if (fastest.finalitySeconds === null)
    return { sentence: `${cheap}; no task was settled.`, figures: [told(gas)] }
  const soon = FINALITY.words(fastest.finalitySeconds.median / 3600)
  return {
    sentence: `${cheap}, soonest settled at ${pointWords(fastest.at)} (${soon}).`,
    figures: [gas, told(figure(record, FINALITY))],
  }
}

const censorship: Question = (record) => {
  const key = 'chain.censorship'
  const { points } = record.summary
  const held = points.filter(({ claims }) => claims.falseFinals === 0)
  const broken = points.find(({ claims }) => claims.falseFinals > 0)
  const words = ({ at }: PointSummary) => valueWords(key, at[key]!)
  return {
    sentence: `${held.length === 0 ? 'For no time at all' : `No lie became final with ${words(held.at(-1)!)}`}${
      broken === undefined
        ? ''
        : `, and ${FALSE_FINALS.words(FALSE_FINALS.of(broken)!.y)} did with ${words(broken)}`
    }: the window is ${shortNumber(record.simulation.parameters.windowSeconds)} s.`,
    figures: [figure(record, FALSE_FINALS), figure(record, FINALITY)],
  }
}

const crowd: Question = (record) => {
  const { points } = record.summary
  const falseFinals = points.reduce((sum, { claims }) => sum + claims.falseFinals, 0)
  const said = ['sam', 'vera'].map((name) => `${name} ${shortNumber(partyProfit(points[0]!, name))}`)
  return {
    sentence: `${falseFinals === 0 ? 'No lie became final' : `${falseFinals} lies became final`}; ether a run: ${listed(said)}.`,
    figures: [partiesFigure(Object.keys(points[0]!.parties), points, record.simulation.vary)],
  }
}

const month: Question = (record) => {
  const { costs, task } = record.simulation
  const [point] = record.summary.points
  const days = (task.count * task.everySeconds) / 86_400
  const said = ['sam', 'vera'].map((name) => {
    const ether = partyProfit(point!, name)
    const { computeUsd } = point!.parties[name]!
    return `${name} ${shortNumber(ether)} ether (${shortNumber(ether * costs.etherUsd - computeUsd / point!.runs)} dollars after computing)`
  })
  return {
    sentence: `Over ${shortNumber(days)} days and ${task.count} tasks: ${listed(said)}.`,
    figures: [partiesFigure(Object.keys(point!.parties), record.summary.points, record.simulation.vary)],
  }
}

const attackBudget: Question = (record) => {
  const key = 'actors.mal.claims'
  const { points } = record.summary
  const said = (point: PointSummary): string => {
    const { claimBondWei } = settingAt(record, point.at).parameters
    const attack = numberOf(key, point.at[key]!)! * etherOf(claimBondWei)
    const { gasWei, profitWei } = point.parties['vera']!
    return `${shortNumber(attack)} ether make a verifier spend ${shortNumber(etherOf(gasWei) / point.runs)} on gas and leave it ${shortNumber(etherOf(profitWei.mean))} richer, and the answer is there after ${FINALITY.words((point.finalitySeconds?.max ?? 0) / 3600)}`
  }
  return {
    sentence: `${said(points[0]!)}; ${said(points.at(-1)!)}.`,
    figures: [
      figure(record, FINALITY),
      partiesFigure(['sam', 'vera', 'mal'], points, record.simulation.vary),
    ],
  }
}

interface Known {
  /** Who must be in the cast, ... */
  readonly parties: readonly string[]
  /** ... and what must be varied, so that the question is this one. */
  readonly varied: readonly string[]
  readonly answer: Question
}

/** By the name that a scenario gives itself. */
const QUESTIONS: Readonly<Record<string, Known>> = {
  'claim-bond': { parties: ['sam'], varied: ['game.claimBondWei', 'actors.vera.checks'], answer: claimBond },
  'verifiers-dilemma': { parties: ['always', 'often', 'never'], varied: [], answer: verifiersDilemma },
  capital: { parties: ['mal', 'vera'], varied: ['actors.mal.claims'], answer: capital },
  'attack-budget': { parties: ['sam', 'vera', 'mal'], varied: ['actors.mal.claims'], answer: attackBudget },
  overload: { parties: ['sam', 'eve'], varied: ['actors.eve.disputes'], answer: overload },
  arity: { parties: [], varied: ['task.lengths', 'game.arity'], answer: arity },
  censorship: { parties: [], varied: ['chain.censorship'], answer: censorship },
  crowd: { parties: ['sam', 'vera'], varied: [], answer: crowd },
  month: { parties: ['sam', 'vera'], varied: [], answer: month },
  'self-refutation': { parties: ['vera'], varied: ['actors.ron.count'], answer: selfRefutation },
  'fee-by-copying': {
    parties: ['sam', 'cop', 'fay'],
    varied: ['actors.sam.sealed'],
    answer: feeByCopying,
  },
  'question-flood': {
    parties: ['sam', 'wanda', 'mal'],
    varied: ['actors.mal.tasks'],
    answer: questionFlood,
  },
}

/** Of a simulation that asks something else: whether the protocol held. */
const anySweep: Question = (record) => {
  const { points } = record.summary
  const sum = (of: (point: PointSummary) => number) => points.reduce((total, point) => total + of(point), 0)
  const [runs, falseFinals, losses] = [
    sum((point) => point.runs),
    sum(({ claims }) => claims.falseFinals),
    sum(({ honestLosses }) => honestLosses),
  ]
  return {
    sentence: `In ${runsWords(runs)} ${falseFinals === 0 ? 'no false claim' : shortNumber(falseFinals)} became final, and honest parties lost ${losses === 0 ? 'no bond' : `${shortNumber(losses)} bonds or stakes`}.`,
    figures: [],
  }
}

/**
 * What a simulation answers. A file of somebody else's may have the name of a question and not its cast: then it is
 * told as any other.
 */
export const answerOf = (record: SweepRecord): Answer => {
  const { scenario } = record.simulation
  const known = Object.hasOwn(QUESTIONS, scenario) ? QUESTIONS[scenario]! : undefined
  return known !== undefined && isAsked(known, record) ? known.answer(record) : anySweep(record)
}

const isAsked = (
  { varied, parties }: Known,
  { simulation: { vary }, summary: { points } }: SweepRecord,
): boolean =>
  varied.every((key) => Object.hasOwn(vary, key)) &&
  points.every((point) => parties.every((name) => Object.hasOwn(point.parties, name)))
