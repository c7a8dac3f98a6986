import type { FunctionType } from './wasm.ts'

/**
 * The contract between translated code, the interpreter and whoever runs them: memories, and types of functions.
 *
 * Memory 0 is the guest's. Memory 1 has a byte for each of its pages of 4 KiB, set where a store was made. Memory 2 is
 * the processor's: the interpreter's register file, the pc, and for each word of the code the entry in the table of
 * functions that translates what starts there, or 0.
 *
 * Between functions of translated code the registers x1 to x31 are in globals: a global of a module's own is one access
 * to memory, where a word of another memory than the first takes three.
 */
export const GUEST_MEMORY = 0
export const MARKS_MEMORY = 1
export const PROCESSOR_MEMORY = 2

export const WASM_PAGE_BYTES = 2 ** 16
export const GUEST_PAGES = 2 ** 16
export const MARKS_PAGES = 16

export const REGISTER_GLOBALS = 31

/** Addresses in the processor's memory. Register r stands at 4 r. */
export const PC_ADDRESS = 256
/** Index, plus 1, of the last jump or call that went where its translation does not follow it; 0 if there is none. */
export const MISSED_ADDRESS = 260
export const ENTRIES_ADDRESS = 1024

/** Pages of 64 KiB that the processor's memory has for a code of `count` words. */
export const processorPages = (count: number): number =>
  Math.ceil((ENTRIES_ADDRESS + 4 * count) / WASM_PAGE_BYTES)

export const TYPES: readonly FunctionType[] = [
  // A region: (budget, depth) -> (pc, budget). It executes at most `budget` instructions and gives what is left; calls
  // nest at most `depth` deep. Where it stops for another reason than its return, pc is where to go on.
  { parameters: 2, results: 2 },
  // The dispatcher: (pc, budget) -> budget; registers and pc are taken from, and put into, the processor's memory.
  { parameters: 2, results: 1 },
]
export const REGION_TYPE = 0
export const DISPATCHER_TYPE = 1

/** Nested calls at most: V8 has about 1 MB of stack, of which the frame of a large function may take some kilobytes. */
export const MAX_DEPTH = 200

/**
 * Instructions that translated code executes at most before it comes back. V8 replaces no function that is running:
 * one that loops for long is only faster the next time that it is entered.
 */
export const MAX_SLICE = 2 ** 22
