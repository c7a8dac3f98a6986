/** What is to happen, in the order of (time, sequence): a binary heap, so that a run of many events stays cheap. */
export class EventQueue<Event> {
  readonly #heap: { readonly time: number; readonly sequence: number; readonly event: Event }[] = []
  #sequence = 0

  get size(): number {
    return this.#heap.length
  }

  /** Events of the same time come in the order in which they were added. */
  add(time: number, event: Event): void {
    const heap = this.#heap
    heap.push({ time, sequence: this.#sequence++, event })
    for (let index = heap.length - 1; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!this.#isBefore(index, parent)) break
      this.#swap(index, parent)
      index = parent
    }
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
    heap[0] = last
    for (let index = 0; ; ) {
      const left = 2 * index + 1
      const right = left + 1
      let least = index
      if (left < heap.length && this.#isBefore(left, least)) least = left
      if (right < heap.length && this.#isBefore(right, least)) least = right
      if (least === index) return first
      this.#swap(index, least)
      index = least
    }
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#heap[a]!
    const second = this.#heap[b]!
    return first.time === second.time ? first.sequence < second.sequence : first.time < second.time
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const entry = heap[a]!
    heap[a] = heap[b]!
    heap[b] = entry
  }
}
