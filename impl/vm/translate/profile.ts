/**
 * What the interpreter notes for the translation: which places are hot, where functions start, and where jumps through
 * registers go to.
 */
export class Profile {
  /** For each word of the code: how many more times it may be come to by a jump before it is hot. */
  readonly heat: Int32Array
  /** For each word of the code 1 if it was called. */
  readonly isCalled: Uint8Array
  /** Words that were called, in the order of their first calls. */
  readonly called: number[] = []
  private readonly targets = new Map<number, Set<number>>()

  constructor(count: number, hot: number) {
    this.heat = new Int32Array(count).fill(hot)
    this.isCalled = new Uint8Array(count)
  }

  /** Notes that a function starts at `target`, where that is inside the code. */
  noteCall(target: number): void {
    // Outside there is no byte, neither 0 nor 1.
    if (this.isCalled[target] !== 0) return
    this.isCalled[target] = 1
    this.called.push(target)
  }

  /** Notes that the jump at index `from`, neither a call nor a return, went to `target`; whether that is news. */
  noteJump(from: number, target: number): boolean {
    const known = this.targets.get(from)
    if (known === undefined) this.targets.set(from, new Set([target]))
    else if (known.has(target)) return false
    else known.add(target)
    return true
  }

  /** Where the jump at an index was seen to go to. */
  targetsOf(from: number): Iterable<number> {
    return this.targets.get(from) ?? []
  }
}
