/**
 * What makes one text of another, in the order of the new one: a piece of it as it stands, or how many pieces of the old one
 * from which on. A page that grows has most of what it had, wherever that stands now.
 */
export type Edit = readonly (string | readonly [from: number, count: number])[]

/** Pieces of a page that stay as they are when others come before, between or behind them: rows, items, marks. */
const PIECE = /(?=<(?:section|article|header|figure|tr|li|dl|div|p|g|path|rect|line|text|circle|a)\b)/

export const piecesOf = (text: string): readonly string[] => text.split(PIECE)

/** @returns the edit that `applyEdit` makes `after` of `before` by */
export const editOf = (before: readonly string[], after: readonly string[]): Edit => {
  const places = new Map<string, number>()
  before.forEach((piece, i) => {
    if (!places.has(piece)) places.set(piece, i)
  })
  const edit: (string | [number, number])[] = []
  // Where the old text goes on behind what was taken of it last: what is new mostly came between.
  let next = 0
  for (const piece of after) {
    const at = before[next] === piece ? next : places.get(piece)
    if (at === undefined) {
      edit.push(piece)
      continue
    }
    const last = edit.at(-1)
    if (typeof last === 'object' && last[0] + last[1] === at) last[1]++
    else edit.push([at, 1])
    next = at + 1
  }
  return edit
}

export const applyEdit = (before: readonly string[], edit: Edit): readonly string[] =>
  edit.flatMap((part) => (typeof part === 'string' ? part : before.slice(part[0], part[0] + part[1])))
