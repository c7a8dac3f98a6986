/** A set of registers x1 to x31, as bits of a 32-bit number; x0 is never in it. */
export type RegisterSet = number

export const NO_REGISTERS: RegisterSet = 0
export const ALL_REGISTERS: RegisterSet = ~1

export const only = (register: number): RegisterSet => (1 << register) & ~1

export const has = (set: RegisterSet, register: number): boolean => ((set >>> register) & 1) === 1

/** The lowest register of a set that is not empty; `set & (set - 1)` are the others. */
export const lowest = (set: RegisterSet): number => 31 - Math.clz32(set & -set)

// A shift takes the low five bits of its count: those of the field at the right end, "nowhere" being x0 among them.

/** Registers whose value a packed word depends on. */
export const reads = (packed: number): RegisterSet => ((1 << (packed >>> 16)) | (1 << (packed >>> 24))) & ~1

/** The register that a packed word writes. */
export const writes = (packed: number): RegisterSet => (1 << (packed >>> 8)) & ~1
