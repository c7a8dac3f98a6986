/** A neighbouring pair that may be merged: the earlier merge first, then the one farther left. */
interface Candidate {
  readonly rank: number
  readonly left: number
  /** What the two were when the pair was found: it is stale once one has changed. */
  readonly leftSymbol: string
  readonly rightSymbol: string
}

const comesBefore = (a: Candidate, b: Candidate): boolean =>
  a.rank < b.rank || (a.rank === b.rank && a.left < b.left)

const push = (heap: Candidate[], candidate: Candidate): void => {
  let at = heap.length
  heap.push(candidate)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!comesBefore(candidate, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = candidate
}

const pop = (heap: Candidate[]): Candidate | undefined => {
  const first = heap[0]
  const last = heap.pop()
  if (first === undefined || last === undefined || heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++
    if (child >= heap.length || !comesBefore(heap[child]!, last)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
  return first
}

/**
 * Byte pair encoding of one piece: the earliest merge that fits is applied, farthest left first, until none fits.
 * Takes n log n, whatever the piece.
 *
 * @param rank place of a merge "left right" in the list, undefined where there is none
 */
export const mergePairs = (
  symbols: readonly string[],
  rank: (pair: string) => number | undefined,
): readonly string[] => {
  const current: (string | undefined)[] = [...symbols]
  const next = symbols.map((_, i) => i + 1)
  const previous = symbols.map((_, i) => i - 1)
  const heap: Candidate[] = []
  const consider = (left: number): void => {
    const leftSymbol = current[left]
    const rightSymbol = current[next[left] ?? symbols.length]
    if (leftSymbol === undefined || rightSymbol === undefined) return
    const place = rank(`${leftSymbol} ${rightSymbol}`)
    if (place !== undefined) push(heap, { rank: place, left, leftSymbol, rightSymbol })
  }
  for (let left = 0; left + 1 < symbols.length; left++) consider(left)
  for (let found = pop(heap); found !== undefined; found = pop(heap)) {
    const { left, leftSymbol, rightSymbol } = found
    const right = next[left]!
    if (current[left] !== leftSymbol || current[right] !== rightSymbol) continue
    current[left] = leftSymbol + rightSymbol
    current[right] = undefined
    next[left] = next[right]!
    if (next[left]! < symbols.length) previous[next[left]!] = left
    if (previous[left]! >= 0) consider(previous[left]!)
    consider(left)
  }
  return current.filter((symbol) => symbol !== undefined)
}
