import type { PointSummary } from '../../sim/runs/points.ts'
import { figure, listed, partyProfit, type Question } from './answer.ts'
import { FALSE_FINALS, type Measure } from './measures.ts'
import { partiesFigure } from './partiesFigure.ts'
import { numberOf, pointWords, shortNumber } from './quantity.ts'

const sum = (points: readonly PointSummary[], of: (point: PointSummary) => number): number =>
  points.reduce((total, point) => total + of(point), 0)

const OWN_COSTS: Measure = {
  title: 'What a liar pays to refute its own lie',
  y: { label: 'ether a lie, mean', scale: 'linear' },
  of: (point) => {
    // A liar with another account of its own has two, and a crowd of them is numbered.
    const own = Object.keys(point.parties).filter((name) => /^ron\b/.test(name))
    return {
      y:
        -own.reduce((total, name) => total + partyProfit(point, name), 0) /
        numberOf(COUNT, point.at[COUNT]!)!,
    }
  },
  words: (y) => `${shortNumber(y)} ether`,
}

const COUNT = 'actors.ron.count'

/** What a liar keeps of its bond by its own dispute is less than what is burned of it. */
export const selfRefutation: Question = (record) => {
  const { points } = record.summary
  const byCost = points.toSorted((a, b) => OWN_COSTS.of(a)!.y - OWN_COSTS.of(b)!.y)
  const byLoss = points.toSorted((a, b) => partyProfit(b, 'vera') - partyProfit(a, 'vera'))
  const said = (least: string, most: string, [first, last]: readonly [PointSummary, PointSummary]): string =>
    `${least} (${pointWords(first.at)}) to ${most} (${pointWords(last.at)})`
  const costs = [byCost[0]!, byCost.at(-1)!] as const
  const losses = [byLoss[0]!, byLoss.at(-1)!] as const
  const [cheap, dear] = costs.map((point) => OWN_COSTS.words(OWN_COSTS.of(point)!.y)) as [string, string]
  const [little, much] = losses.map((point) => shortNumber(-partyProfit(point, 'vera'))) as [string, string]
  const falseFinals = sum(points, ({ claims }) => claims.falseFinals)
  return {
    sentence: `It costs the liar ${said(cheap, dear, costs)} a lie, and vera, who is honest, loses ${said(`${little} ether`, `${much} ether`, losses)} a run; ${falseFinals === 0 ? 'no lie became final' : `${shortNumber(falseFinals)} lies became final`}.`,
    figures: [
      figure(record, OWN_COSTS),
      partiesFigure(['vera'], points, record.simulation.vary),
      figure(record, FALSE_FINALS),
    ],
  }
}

/** Who has the fee is who gains. */
export const feeByCopying: Question = (record) => {
  const names = ['sam', 'cop', 'fay']
  const { points } = record.summary
  const said = points.map((point) => {
    const first = names.reduce((a, b) => (partyProfit(point, b) > partyProfit(point, a) ? b : a))
    const has = partyProfit(point, first) > 0 ? `${first} has it` : 'nobody gains by it'
    const profits = names.map((name) => `${name} ${shortNumber(partyProfit(point, name))}`)
    return `with ${pointWords(point.at)} ${has} (ether a run: ${listed(profits)})`
  })
  const sentence = `${said.join(', ')}.`
  return {
    sentence: `${sentence[0]!.toUpperCase()}${sentence.slice(1)}`,
    figures: [partiesFigure(names, points, record.simulation.vary)],
  }
}

/** Whether whoever is flooded lost what it has at stake, and what it paid beside that. */
export const questionFlood: Question = (record) => {
  const { points } = record.summary
  const ends = [points[0]!, points.at(-1)!]
  const lost = sum(points, ({ parties }) => parties['sam']!.bondsLost + parties['wanda']!.bondsLost)
  const both = (name: string): string => listed(ends.map((point) => shortNumber(partyProfit(point, name))))
  return {
    sentence: `${lost === 0 ? 'No: neither lost one' : `Yes: they lost ${shortNumber(lost)}`}; ether a run at ${listed(ends.map(({ at }) => pointWords(at)))}: sam ${both('sam')}, wanda ${both('wanda')}, and mal, who asks, ${both('mal')}.`,
    figures: [partiesFigure(['sam', 'wanda', 'mal'], points, record.simulation.vary)],
  }
}
