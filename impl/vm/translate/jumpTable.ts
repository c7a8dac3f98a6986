import {
  isBranch,
  OPERATION,
  operationOf,
  type PredecodedCode,
  packedAt,
  rdOf,
  rs1Of,
  rs2Of,
  wordIndex,
} from '../predecode.ts'

/**
 * The cases of a compiled switch, read from its table of addresses where that lies in the code's own segment. What
 * compilers write is, with other instructions between:
 *
 *     bltu  limit, value, default        or  bgeu value, limit, default
 *     slli  offset, value, 2
 *     add   entry, offset, table         table being a constant
 *     lw    target, immediate(entry)
 *     jr    target
 *
 * Instructions are followed backwards as they stand, whatever may jump between them: a translated switch compares the
 * target with its cases, so that a wrong guess costs a case that is never taken.
 */

/** Instructions that are looked back at most for the one that a register comes from. */
const LOOK_BACK = 64
const MAX_CASES = 512

/** Index of the last instruction before `index` that writes `register`. */
const definition = (code: PredecodedCode, index: number, register: number): number | undefined => {
  for (let i = index - 1; i >= Math.max(0, index - LOOK_BACK); i--)
    if (rdOf(packedAt(code, i)) === register) return i
  return undefined
}

/** Value of `register` before `index`, if it is a constant. */
const constant = (code: PredecodedCode, index: number, register: number): number | undefined => {
  if (register === 0) return 0
  const at = definition(code, index, register)
  if (at === undefined) return undefined
  const packed = packedAt(code, at)
  if (operationOf(packed) === OPERATION.li) return code.operands[at]!
  if (operationOf(packed) !== OPERATION.addi) return undefined
  const before = constant(code, at, rs1Of(packed))
  return before === undefined ? undefined : (before + code.operands[at]!) | 0
}

/** How many cases the comparison before `index` lets through. */
const casesOf = (code: PredecodedCode, index: number, value: number): number => {
  for (let i = index - 1; i >= Math.max(0, index - LOOK_BACK); i--) {
    const packed = packedAt(code, i)
    if (!isBranch(operationOf(packed))) continue
    if (operationOf(packed) === OPERATION.bltu && rs2Of(packed) === value)
      return (constant(code, i, rs1Of(packed)) ?? MAX_CASES) + 1
    if (operationOf(packed) === OPERATION.bgeu && rs1Of(packed) === value)
      return constant(code, i, rs2Of(packed)) ?? MAX_CASES
  }
  return MAX_CASES
}

/** Index of the table's first word, and the index of the instruction that makes the offset in it. */
const tableOf = (code: PredecodedCode, jump: number): { first: number; shift: number } | undefined => {
  const load = definition(code, jump, rs1Of(packedAt(code, jump)))
  if (load === undefined || operationOf(packedAt(code, load)) !== OPERATION.lw) return undefined
  const sum = definition(code, load, rs1Of(packedAt(code, load)))
  if (sum === undefined || operationOf(packedAt(code, sum)) !== OPERATION.add) return undefined
  const [a, b] = [rs1Of(packedAt(code, sum)), rs2Of(packedAt(code, sum))]
  const summands = [
    { table: a, offset: b },
    { table: b, offset: a },
  ]
  for (const { table, offset } of summands) {
    const shift = definition(code, sum, offset)
    if (shift === undefined || operationOf(packedAt(code, shift)) !== OPERATION.slli) continue
    const address = constant(code, sum, table)
    if (address === undefined || code.operands[shift] !== 2) continue
    return { first: wordIndex(code.base, address + code.operands[load]!), shift }
  }
  return undefined
}

/**
 * Indices that the jump through a register at `jump` goes to by its table, as far as they are inside the code and at
 * most `reach` words away; none where no table is recognised.
 */
export const jumpTableTargets = (code: PredecodedCode, jump: number, reach: number): readonly number[] => {
  const table = tableOf(code, jump)
  if (table === undefined) return []
  const cases = casesOf(code, table.shift, rs1Of(packedAt(code, table.shift)))
  const targets: number[] = []
  for (let i = 0; i < Math.min(cases, MAX_CASES); i++) {
    const address = code.words[table.first + i] ?? 0
    const target = wordIndex(code.base, address)
    if (address % 4 !== 0 || target >= code.count || Math.abs(target - jump) >= reach) break
    targets.push(target)
  }
  return targets
}
