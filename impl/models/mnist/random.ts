/**
 * A seeded stream of 32-bit numbers: SplitMix32 (the 32-bit finaliser of MurmurHash3 over a Weyl sequence). Good
 * enough to shuffle and to initialise, and the same on every machine.
 */
export interface Random {
  /** 0 to bound - 1. */
  readonly below: (bound: number) => number
  /** Uniform in [0, 1). */
  readonly uniform: () => number
}

export const random = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e37_79b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
  const uniform = (): number => next() / 2 ** 32
  return { uniform, below: (bound) => Math.floor(uniform() * bound) }
}
