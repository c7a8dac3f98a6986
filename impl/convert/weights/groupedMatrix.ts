import type { GraphPlan, Operand } from '../graphPlan.ts'
import { GROUP, hasMinimums, readGroupRows } from './groupRows.ts'
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
}

/** Rows of these tensors, one behind the other, as one matrix. */
export const planMatrix = (plan: GraphPlan, name: string, places: readonly TensorPlace[]): GroupedMatrix => {
  const rows = places.reduce((sum, place) => sum + rowCount(place), 0)
  const columns = Math.ceil(rowLength(places[0]!) / GROUP) * GROUP
  const hasMinima = places.some(hasMinimums)
  const panels = Math.ceil(rows / PANEL)
  const groups = columns / GROUP
  const weights = plan.weight(name, 'int8', [panels, columns / 2, PANEL, 2])
  const scales = plan.weight(`${name}.scales`, 'int16', [panels, groups, PANEL])
  const exponents = plan.weight(`${name}.exponents`, 'int8', [panels, PANEL])
  const minimums = hasMinima
    ? plan.weight(`${name}.minima`, 'int16', [panels, Math.ceil(groups / 2), PANEL, 2])
    : undefined
  plan.fill({
    weights: rows * columns,
    *run(write) {
      for (const part of panelRows(places, columns)) {
        const packed = packPanels(part, part.rows, hasMinima)
        write(weights, packed.weights)
        write(scales, packed.scales)
        write(exponents, packed.exponents)
        if (packed.minimums !== undefined) write(minimums, packed.minimums)
        yield part.rows * columns
      }
    },
  })
  return { rows, columns, hasMinima, operands: [weights, scales, exponents, minimums] }
}

interface Rows {
  readonly rows: number
  readonly columns: number
  readonly quants: Int8Array
  readonly scales: Float64Array
  readonly minimums: Float64Array
}

/** Rows of all places by turns, whole panels but for the last. */
function* panelRows(places: readonly TensorPlace[], columns: number): Generator<Rows> {
  const atOnce = Math.max(1, Math.floor(WEIGHTS_AT_ONCE / columns / PANEL)) * PANEL
  const groups = columns / GROUP
  const empty = (): { -readonly [key in keyof Rows]: Rows[key] } => ({
    rows: 0,
    columns,
    quants: new Int8Array(atOnce * columns),
    scales: new Float64Array(atOnce * groups),
    minimums: new Float64Array(atOnce * groups),
  })
  let held = empty()
  for (const place of places) {
    const count = rowCount(place)
    for (let first = 0; first < count; ) {
      const rows = Math.min(atOnce - held.rows, count - first)
      const { quants, scales, minimums } = readGroupRows(place, first, rows)
      held.quants.set(quants, held.rows * columns)
      held.scales.set(scales, held.rows * groups)
      if (minimums !== undefined) held.minimums.set(minimums, held.rows * groups)
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

/** A node: matrix times vector. */
export const planProduct = (
  plan: GraphPlan,
  name: string,
  matrix: GroupedMatrix,
  x: Operand,
  { shift, residual }: ProductOptions,
): Operand =>
  plan.node(
    name,
    'matmul-grouped',
    [x, ...matrix.operands, residual],
    [
      matrix.rows,
      matrix.columns,
      shift,
      (matrix.hasMinima ? HAS_MINIMA : 0) + (residual === undefined ? 0 : HAS_RESIDUAL),
    ],
  )
