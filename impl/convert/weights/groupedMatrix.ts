import type { GraphPlan, Operand } from '../graphPlan.ts'
import { GROUP, type GroupRows, hasMinimums, keepsGroups, readGroupRows } from './groupRows.ts'
import { PANEL, packPanels } from './panels.ts'
import { rowCount, rowLength, type TensorPlace } from './tensorPlace.ts'

/** Flags of a grouped product. */
const HAS_MINIMA = 1
const HAS_RESIDUAL = 2

/** Weights that are read at once. */
const WEIGHTS_AT_ONCE = 2 ** 20

/** A matrix in the fixed format, as nodes refer to it. */
export interface GroupedMatrix {
  readonly rows: number
  /** Padded to whole groups. */
  readonly columns: number
  readonly hasMinima: boolean
  /** w, S, E, M. */
  readonly operands: readonly Operand[]
  /** What rounding to int8 left of weights that are in no groups of 32 in their file: to be added to this matrix. */
  readonly rest?: GroupedMatrix
}

/** Rows of these tensors, one behind the other, as one matrix. */
export const planMatrix = (plan: GraphPlan, name: string, places: readonly TensorPlace[]): GroupedMatrix => {
  const rows = places.reduce((sum, place) => sum + rowCount(place), 0)
  const columns = Math.ceil(rowLength(places[0]!) / GROUP) * GROUP
  const panels = Math.ceil(rows / PANEL)
  const groups = columns / GROUP
  const planTensors = (at: string, hasMinima: boolean) => {
    const operands = [
      plan.weight(at, 'int8', [panels, columns / 2, PANEL, 2]),
      plan.weight(`${at}.scales`, 'int16', [panels, groups, PANEL]),
      plan.weight(`${at}.exponents`, 'int8', [panels, PANEL]),
      hasMinima ? plan.weight(`${at}.minima`, 'int16', [panels, Math.ceil(groups / 2), PANEL, 2]) : undefined,
    ]
    return { rows, columns, hasMinima, operands }
  }
  const matrix = planTensors(name, places.some(hasMinimums))
  const rest = places.every(keepsGroups) ? undefined : planTensors(`${name}.rest`, false)
  plan.fill({
    weights: rows * columns,
    *run(write) {
      const put = ({ operands, hasMinima }: GroupedMatrix, part: GroupRows, count: number): void => {
        const packed = packPanels(part, count, hasMinima)
        const bytes = [packed.weights, packed.scales, packed.exponents, packed.minimums]
        for (const [i, each] of bytes.entries()) if (each !== undefined) write(operands[i], each)
      }
      for (const part of panelRows(places, columns, rest !== undefined)) {
        put(matrix, part.groups, part.rows)
        if (rest !== undefined) put(rest, part.rest!, part.rows)
        yield part.rows * columns
      }
    },
  })
  return rest === undefined ? matrix : { ...matrix, rest }
}

type FullRows = Required<GroupRows>

interface Rows {
  readonly rows: number
  readonly groups: FullRows
  readonly rest: FullRows | undefined
}

/** Rows of all places by turns, whole panels but for the last. */
function* panelRows(places: readonly TensorPlace[], columns: number, hasRest: boolean): Generator<Rows> {
  const atOnce = Math.max(1, Math.floor(WEIGHTS_AT_ONCE / columns / PANEL)) * PANEL
  const perRow = columns / GROUP
  const emptyGroups = (): FullRows => ({
    columns,
    quants: new Int8Array(atOnce * columns),
    scales: new Float64Array(atOnce * perRow),
    minimums: new Float64Array(atOnce * perRow),
  })
  const empty = (): { -readonly [key in keyof Rows]: Rows[key] } => ({
    rows: 0,
    groups: emptyGroups(),
    rest: hasRest ? emptyGroups() : undefined,
  })
  const put = (target: FullRows, { quants, scales, minimums }: GroupRows, row: number): void => {
    target.quants.set(quants, row * columns)
    target.scales.set(scales, row * perRow)
    if (minimums !== undefined) target.minimums.set(minimums, row * perRow)
  }
  let held = empty()
  for (const place of places) {
    const count = rowCount(place)
    for (let first = 0; first < count; ) {
      const rows = Math.min(atOnce - held.rows, count - first)
      const { rest, ...groups } = readGroupRows(place, first, rows)
      put(held.groups, groups, held.rows)
      if (rest !== undefined && held.rest !== undefined) put(held.rest, rest, held.rows)
      held.rows += rows
      first += rows
      if (held.rows < atOnce) continue
      yield held
      held = empty()
    }
  }
  if (held.rows > 0) yield held
}

export interface ProductOptions {
  /** Fraction bits of the input less those of the output. */
  readonly shift: number
  /** Added to the product, with the output's fraction bits. */
  readonly residual?: Operand
}

/** Nodes: matrix times vector, and what is left of the matrix times the same, added. The last has the name. */
export const planProduct = (
  plan: GraphPlan,
  name: string,
  { rest, ...matrix }: GroupedMatrix,
  x: Operand,
  { shift, residual }: ProductOptions,
): Operand => {
  const product = plan.node(
    rest === undefined ? name : `${name}.coarse`,
    'matmul-grouped',
    [x, ...matrix.operands, residual],
    [
      matrix.rows,
      matrix.columns,
      shift,
      (matrix.hasMinima ? HAS_MINIMA : 0) + (residual === undefined ? 0 : HAS_RESIDUAL),
    ],
  )
  return rest === undefined ? product : planProduct(plan, name, rest, x, { shift, residual: product })
}
