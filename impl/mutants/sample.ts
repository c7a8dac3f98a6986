import { createHash } from 'node:crypto'

/** So many of the items, in their order: always the same ones for a seed. All where `count` is absent. */
export const sampleOf = <T>(items: readonly T[], count: number | undefined, seed: number): readonly T[] => {
  if (count === undefined || count >= items.length) return items
  const rank = (index: number): string => createHash('sha256').update(`${seed} ${index}`).digest('hex')
  const drawn = items
    .map((_, index) => ({ index, rank: rank(index) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
  return drawn
    .map(({ index }) => index)
    .sort((a, b) => a - b)
    .map((index) => items[index]!)
}
