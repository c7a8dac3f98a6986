/**
 * Walks through the calls of a page: one position at a time, and in the figures only what was there by then. All that it
 * shows stands on the page already; it only hides what comes later.
 */

const positions = [...document.querySelectorAll<HTMLElement>('.position')]
const numbers = positions.map(({ dataset }) => Number(dataset['at']))
const output = document.querySelector<HTMLOutputElement>('#stepper output')
const steps = document.querySelector<HTMLElement>('#stepper .steps')

/** Whatever a call put on the page, by the number of that call. */
const marked = [...document.querySelectorAll<SVGElement>('[data-from]')]
/** Vectors whose segment a later call disputed. */
const disputed = [...document.querySelectorAll<SVGElement>('[data-disputed]')]

let current = positions.length - 1

/** Marks the state that a thing was in behind a call, and what leads on from there. */
const mark = (drawing: Element, now: number): void => {
  let current = 'none'
  for (const state of drawing.querySelectorAll<SVGElement>('.state')) {
    const isCurrent = state.dataset['calls']!.split(' ').includes(String(now))
    state.classList.toggle('is-current', isCurrent)
    if (isCurrent) current = state.dataset['state']!
  }
  for (const arrow of drawing.querySelectorAll<SVGElement>('.arrow'))
    arrow.classList.toggle('is-current', arrow.dataset['of'] === current)
}

const show = (index: number): void => {
  current = Math.max(0, Math.min(positions.length - 1, index))
  const now = numbers[current]!
  for (const [i, position] of positions.entries()) position.hidden = i !== current
  for (const element of marked) {
    const from = Number(element.dataset['from'])
    element.classList.toggle('is-later', from > now)
    element.classList.toggle('is-now', from === now)
  }
  for (const element of disputed)
    element.classList.toggle('is-undecided', Number(element.dataset['disputed']) > now)
  for (const drawing of document.querySelectorAll('svg.states')) mark(drawing, now)
  for (const row of document.querySelectorAll('#moves tbody tr'))
    row.classList.toggle('is-now', row.id === `call-${now}`)
  if (output !== null) output.textContent = `call ${now} of ${numbers.at(-1)}`
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-step]')) {
    const isBack = button.dataset['step'] === 'first' || button.dataset['step'] === 'previous'
    button.disabled = isBack ? current === 0 : current === positions.length - 1
  }
}

const TARGETS: Readonly<Record<string, () => number>> = {
  first: () => 0,
  previous: () => current - 1,
  next: () => current + 1,
  last: () => positions.length - 1,
}

const KEYS: Readonly<Record<string, string>> = {
  ArrowLeft: 'previous',
  ArrowRight: 'next',
  Home: 'first',
  End: 'last',
}

/** The position that the address names; undefined where it names none. */
const linked = (): number | undefined => {
  const found = /^#at-(\d+)$/.exec(location.hash)
  const index = found === null ? -1 : numbers.indexOf(Number(found[1]))
  return index < 0 ? undefined : index
}

/** Shows a position and makes it the page's address, without another entry in the reader's history. */
const go = (step: string): void => {
  show(TARGETS[step]!())
  history.replaceState(null, '', `#at-${numbers[current]}`)
}

if (positions.length > 0 && steps !== null) {
  steps.hidden = false
  steps.addEventListener('click', ({ target }) => {
    const step = target instanceof HTMLElement ? target.dataset['step'] : undefined
    if (step !== undefined) go(step)
  })
  document.addEventListener('keydown', (event) => {
    const step = KEYS[event.key]
    const isTyping =
      event.target instanceof Element && event.target.closest('input, textarea, select') !== null
    if (step === undefined || isTyping || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
      return
    event.preventDefault()
    go(step)
  })
  addEventListener('hashchange', () => {
    const index = linked()
    if (index !== undefined) show(index)
  })
  show(linked() ?? positions.length - 1)
}
