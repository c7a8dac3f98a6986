/** Filters what an index lists by words, and sorts each table by a column. A run in which the protocol failed stays on top. */

const input = document.querySelector<HTMLInputElement>('#words')
const output = document.querySelector<HTMLOutputElement>('.filter output')
const rowsIn = (table: ParentNode): HTMLTableRowElement[] => [
  ...table.querySelectorAll<HTMLTableRowElement>('tbody tr'),
]
const tables = [...document.querySelectorAll<HTMLTableElement>('table.listed')]

const filter = (): void => {
  const words = (input?.value ?? '').toLowerCase().split(/\s+/)
  const rows = tables.flatMap(rowsIn)
  for (const row of rows) {
    const text = row.innerText === '' ? row.textContent : `${row.innerText} ${row.textContent}`
    row.hidden = !words.every((word) => text.toLowerCase().includes(word))
  }
  const left = rows.filter(({ hidden }) => !hidden).length
  if (output !== null) output.textContent = `${left} of ${rows.length} shown`
}

const sort = (table: HTMLTableElement, headings: readonly HTMLTableCellElement[], column: number): void => {
  const heading = headings[column]!
  const isAscending = heading.ariaSort !== 'ascending'
  for (const other of headings)
    other.ariaSort = other === heading ? (isAscending ? 'ascending' : 'descending') : null
  const isNumber = 'number' in heading.dataset
  const isAlarm = (row: Element): number => Number(row.classList.contains('is-alarm'))
  const key = (row: HTMLTableRowElement): string => row.cells[column]!.dataset['key']!
  const compare = (a: HTMLTableRowElement, b: HTMLTableRowElement): number =>
    isNumber ? Number(key(a)) - Number(key(b)) : key(a).localeCompare(key(b))
  const sorted = rowsIn(table).sort(
    (a, b) => isAlarm(b) - isAlarm(a) || (isAscending ? compare(a, b) : compare(b, a)),
  )
  table.tBodies[0]?.append(...sorted)
}

for (const table of tables) {
  const headings = [...table.querySelectorAll<HTMLTableCellElement>('thead th')]
  for (const [column, heading] of headings.entries())
    heading.querySelector('button')?.addEventListener('click', () => sort(table, headings, column))
}
input?.addEventListener('input', filter)
const bar = document.querySelector<HTMLElement>('.filter')
if (bar !== null) bar.hidden = false
filter()
