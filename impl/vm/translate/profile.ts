/** What the interpreter notes for the translation: which places are hot, and where jumps through registers go to. */
export class Profile {
  /** For each word of the code: how many more times it may be come to by a jump before it is hot. */
  readonly heat: Int32Array
  private readonly targets = new Map<number, Set<number>>()

  constructor(count: number, hot: number) {
    this.heat = new Int32Array(count).fill(hot)
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
