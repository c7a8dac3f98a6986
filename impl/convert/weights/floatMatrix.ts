import type { Bytes } from '../../../spec/commitments/bytes.ts'
import type { GraphPlan, Operand } from '../graphPlan.ts'
import { PANEL } from './panels.ts'
import { readRows, rowCount, rowLength, type TensorPlace } from './tensorPlace.ts'

/** Columns that are summed together in the f32 format: their number is padded to a multiple of this. */
const BLOCK = 32
const WEIGHTS_AT_ONCE = 2 ** 20

/** A matrix in the f32 format, as nodes refer to it: panels of 16 rows, float32 [rows/16][columns][16]. */
export interface FloatMatrix {
  readonly rows: number
  readonly columns: number
  readonly operand: Operand
}

/** Rows of these tensors, one behind the other, as one matrix. */
export const planFloatMatrix = (
  plan: GraphPlan,
  name: string,
  places: readonly TensorPlace[],
): FloatMatrix => {
  const rows = places.reduce((sum, place) => sum + rowCount(place), 0)
  const columns = Math.ceil(rowLength(places[0]!) / BLOCK) * BLOCK
  const operand = plan.weight(name, 'float32', [Math.ceil(rows / PANEL), columns, PANEL])
  plan.fill({
    weights: rows * columns,
    *run(write) {
      const atOnce = Math.max(1, Math.floor(WEIGHTS_AT_ONCE / columns / PANEL)) * PANEL
      let held = new Float32Array(atOnce * columns)
      let rowsHeld = 0
      const flush = (): number => {
        const panels = Math.ceil(rowsHeld / PANEL)
        write(operand, new Uint8Array(held.buffer, 0, 4 * panels * PANEL * columns) as Bytes)
        const done = rowsHeld * columns
        held = new Float32Array(atOnce * columns)
        rowsHeld = 0
        return done
      }
      for (const place of places) {
        const [count, given] = [rowCount(place), rowLength(place)]
        for (let first = 0; first < count; ) {
          const taken = Math.min(atOnce - rowsHeld, count - first)
          const weights = readRows(place, first, taken)
          for (let row = 0; row < taken; row++) {
            const at = rowsHeld + row
            const start = Math.floor(at / PANEL) * PANEL * columns + (at % PANEL)
            for (let column = 0; column < given; column++)
              held[start + column * PANEL] = weights[row * given + column]!
          }
          rowsHeld += taken
          first += taken
          if (rowsHeld === atOnce) yield flush()
        }
      }
      if (rowsHeld > 0) yield flush()
    },
  })
  return { rows, columns, operand }
}
