/** What is to happen at a time, and how many things were noted before it. */
interface Entry<Event> {
  readonly time: number
  readonly sequence: number
  readonly event: Event
}

const isBefore = (a: Entry<unknown>, b: Entry<unknown>): boolean =>
  a.time < b.time || (a.time === b.time && a.sequence < b.sequence)

/** What is to happen, in the order of (time, sequence): a binary heap, so that a run of many events stays cheap. */
export class EventQueue<Event> {
  readonly #heap: Entry<Event>[] = []
  #sequence = 0

  get size(): number {
    return this.#heap.length
  }

  /** Events of the same time come in the order in which they were added. */
  add(time: number, event: Event): void {
    const heap = this.#heap
    const entry = { time, sequence: this.#sequence++, event }
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = heap[(index - 1) >> 1]!
      if (!isBefore(entry, parent)) break
      heap[index] = parent
      index = (index - 1) >> 1
    }
    heap[index] = entry
  }

  /** The time of the next event; undefined where there is none. */
  get nextTime(): number | undefined {
    return this.#heap[0]?.time
  }

  /** Takes the next event out; undefined where there is none. */
  take(): { readonly time: number; readonly event: Event } | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
}
