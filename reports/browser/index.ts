/** Filters the runs of an index by words, and sorts them by a column. A run in which the protocol failed stays on top. */

const input = document.querySelector<HTMLInputElement>('#words')
const output = document.querySelector<HTMLOutputElement>('.filter output')
const body = document.querySelector<HTMLTableSectionElement>('#runs tbody')
const headings = [...document.querySelectorAll<HTMLTableCellElement>('#runs thead th')]
const runs = [...document.querySelectorAll<HTMLTableRowElement>('#runs tbody tr')]

const filter = (): void => {
  const words = (input?.value ?? '').toLowerCase().split(/\s+/)
  for (const run of runs) {
    const text = run.innerText === '' ? run.textContent : `${run.innerText} ${run.textContent}`
    run.hidden = !words.every((word) => text.toLowerCase().includes(word))
  }
  const left = runs.filter(({ hidden }) => !hidden).length
  if (output !== null) output.textContent = `${left} of ${runs.length} shown`
}

const sort = (column: number): void => {
  const heading = headings[column]!
  const isAscending = heading.ariaSort !== 'ascending'
  for (const other of headings)
    other.ariaSort = other === heading ? (isAscending ? 'ascending' : 'descending') : null
  const isNumber = 'number' in heading.dataset
  const isAlarm = (run: Element): number => Number(run.classList.contains('is-alarm'))
  const key = (run: HTMLTableRowElement): string => run.cells[column]!.dataset['key']!
  const compare = (a: HTMLTableRowElement, b: HTMLTableRowElement): number =>
    isNumber ? Number(key(a)) - Number(key(b)) : key(a).localeCompare(key(b))
  const sorted = [...runs].sort(
    (a, b) => isAlarm(b) - isAlarm(a) || (isAscending ? compare(a, b) : compare(b, a)),
  )
  body?.append(...sorted)
}

for (const [column, heading] of headings.entries())
  heading.querySelector('button')?.addEventListener('click', () => sort(column))
input?.addEventListener('input', filter)
const bar = document.querySelector<HTMLElement>('.filter')
if (bar !== null) bar.hidden = false
filter()
