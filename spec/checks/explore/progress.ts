/** Where the lines go, and whether somebody watches them change. */
export interface Sink {
  readonly write: (text: string) => void
  readonly isTTY?: boolean
}

/** How often a run that nobody watches live says where it stands. */
const PLAIN_LINES = 10

/** Says how far a long run is, how fast it goes and how long it has left: in place on a terminal, else in ten lines. */
export const progressOf = (
  sink: Sink,
  total: number,
  unit: string,
  now: () => number,
): { readonly done: (count: number) => void } => {
  const start = now()
  let told = 0
  return {
    done: (count) => {
      const rate = count / Math.max(1e-3, (now() - start) / 1000)
      const left = Math.round((total - count) / Math.max(1e-3, rate))
      const line = `${count}/${total} ${unit}, ${rate.toFixed(1)} a second, ${left} s left`
      if (sink.isTTY) {
        sink.write(`\r\u001b[K${line}${count === total ? '\n' : ''}`)
        return
      }
      const tenth = Math.floor((PLAIN_LINES * count) / total)
      if (tenth === told) return
      told = tenth
      sink.write(`${line}\n`)
    },
  }
}
