/** How far an operator's nodes are from what they are compared with: root mean square of the deviation over that of the value. */
export interface OperatorDeviation {
  readonly operator: string
  readonly nodes: number
  /** Over its nodes and all comparisons. */
  readonly mean: number
  readonly worst: number
  readonly worstNode: string
}

/** Root mean square of the deviation over that of what is expected; 0 where nothing is. */
export const relativeDeviation = (expected: ArrayLike<number>, found: ArrayLike<number>): number => {
  let [error, size] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    error += (found[i]! - expected[i]!) ** 2
    size += expected[i]! ** 2
  }
  return size === 0 ? 0 : Math.sqrt(error / size)
}

/** Gathers comparisons of nodes, and reports them by operator. */
export const collectDeviations = () => {
  const found = new Map<
    string,
    { nodes: Set<string>; sum: number; count: number; worst: number; worstNode: string }
  >()
  const add = (operator: string, node: string, deviation: number): void => {
    const entry = found.get(operator) ?? { nodes: new Set(), sum: 0, count: 0, worst: -1, worstNode: node }
    entry.nodes.add(node)
    entry.sum += deviation
    entry.count++
    if (deviation > entry.worst) [entry.worst, entry.worstNode] = [deviation, node]
    found.set(operator, entry)
  }
  const report = (): readonly OperatorDeviation[] =>
    [...found].map(([operator, { nodes, sum, count, worst, worstNode }]) => ({
      operator,
      nodes: nodes.size,
      mean: sum / count,
      worst,
      worstNode,
    }))
  return { add, report }
}

/** How far a model's output is from what it is compared with. */
export interface OutputDeviation {
  /** Relative, as those of operators. */
  readonly mean: number
  readonly worst: number
  /** Of an element. */
  readonly largestDifference: number
  /** Share of the outputs whose largest element is the same one. */
  readonly sameLargest: number
}

/** A converted model held against another way of computing it. */
export interface Comparison {
  readonly against: string
  readonly operators: readonly OperatorDeviation[]
  /** End to end. */
  readonly output: OutputDeviation
}

const largestAt = (values: ArrayLike<number>): number => {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}

/** Gathers comparisons of outputs. */
export const collectOutputs = () => {
  const deviations: number[] = []
  let [largestDifference, same] = [0, 0]
  const add = (expected: ArrayLike<number>, found: ArrayLike<number>): void => {
    deviations.push(relativeDeviation(expected, found))
    for (let i = 0; i < expected.length; i++)
      largestDifference = Math.max(largestDifference, Math.abs(expected[i]! - found[i]!))
    if (largestAt(expected) === largestAt(found)) same++
  }
  const report = (): OutputDeviation => ({
    mean: deviations.reduce((sum, deviation) => sum + deviation, 0) / deviations.length,
    worst: Math.max(...deviations),
    largestDifference,
    sameLargest: same / deviations.length,
  })
  return { add, report }
}

/** As lines of text. */
export const printDeviations = (operators: readonly OperatorDeviation[]): void => {
  for (const { operator, nodes, mean, worst, worstNode } of operators)
    console.log(
      `${operator} (${nodes} nodes): relative deviation ${mean.toExponential(2)}, worst ${worst.toExponential(2)} at ${worstNode}`,
    )
}
