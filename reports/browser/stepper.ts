/**
 * Walks through the calls of a page: one position at a time, and in the figures only what was there by then. All that it
 * shows stands on the page already; it only hides what comes later.
 */

const TARGETS: Readonly<Record<string, (current: number, last: number) => number>> = {
  first: () => 0,
  previous: (current) => current - 1,
  next: (current) => current + 1,
  last: (_, last) => last,
}

const KEYS: Readonly<Record<string, string>> = {
  ArrowLeft: 'previous',
  ArrowRight: 'next',
  Home: 'first',
  End: 'last',
}

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

/** A walk through what stands on the page now. */
export interface Walk {
  /** Number of the call that is shown; undefined where it is the last, which a page that grows goes on to. */
  readonly held: () => number | undefined
  /** Listens no more. */
  readonly end: () => void
}

/** @param at number of the call to begin at, unless the address names one; else the last */
export const walk = (at?: number): Walk => {
  const positions = [...document.querySelectorAll<HTMLElement>('.position')]
  const numbers = positions.map(({ dataset }) => Number(dataset['at']))
  const last = positions.length - 1
  const output = document.querySelector<HTMLOutputElement>('#stepper output')
  const steps = document.querySelector<HTMLElement>('#stepper .steps')
  /** Whatever a call put on the page, by the number of that call. */
  const marked = [...document.querySelectorAll<SVGElement>('[data-from]')]
  /** Whatever stands there from one call to before another. */
  const staying = [...document.querySelectorAll<HTMLElement>('[data-since]')]
  /** Vectors whose segment a later call disputed. */
  const disputed = [...document.querySelectorAll<SVGElement>('[data-disputed]')]
  const listening = new AbortController()
  const { signal } = listening
  let current = last

  const show = (index: number): void => {
    current = Math.max(0, Math.min(last, index))
    const now = numbers[current]!
    for (const [i, position] of positions.entries()) position.hidden = i !== current
    for (const element of marked) {
      const from = Number(element.dataset['from'])
      element.classList.toggle('is-later', from > now)
      element.classList.toggle('is-now', from === now)
    }
    for (const element of staying) {
      const { since, until } = element.dataset
      element.hidden = now < Number(since) || (until !== undefined && now >= Number(until))
    }
    for (const element of disputed)
      element.classList.toggle('is-undecided', Number(element.dataset['disputed']) > now)
    for (const drawing of document.querySelectorAll('svg.states')) mark(drawing, now)
    for (const row of document.querySelectorAll('#moves tbody tr'))
      row.classList.toggle('is-now', row.id === `call-${now}`)
    if (output !== null) output.textContent = `call ${now} of ${numbers.at(-1)}`
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-step]')) {
      const isBack = button.dataset['step'] === 'first' || button.dataset['step'] === 'previous'
      button.disabled = isBack ? current === 0 : current === last
    }
  }

  /** The position of a call; undefined where there is none. */
  const positionOf = (number: number): number | undefined => {
    const index = numbers.indexOf(number)
    return index < 0 ? undefined : index
  }

  /** The position that the address names; undefined where it names none. */
  const linked = (): number | undefined => {
    const found = /^#at-(\d+)$/.exec(location.hash)
    return found === null ? undefined : positionOf(Number(found[1]))
  }

  /** Shows a position and makes it the page's address, without another entry in the reader's history. */
  const go = (step: string): void => {
    show(TARGETS[step]!(current, last))
    history.replaceState(null, '', `#at-${numbers[current]}`)
  }

  if (positions.length > 0 && steps !== null) {
    steps.hidden = false
    steps.closest('section')?.classList.add('is-stepped')
    steps.addEventListener(
      'click',
      ({ target }) => {
        const step = target instanceof HTMLElement ? target.dataset['step'] : undefined
        if (step !== undefined) go(step)
      },
      { signal },
    )
    const onKey = (event: KeyboardEvent): void => {
      const step = KEYS[event.key]
      const isTyping =
        event.target instanceof Element && event.target.closest('input, textarea, select') !== null
      if (step === undefined || isTyping || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
        return
      event.preventDefault()
      go(step)
    }
    document.addEventListener('keydown', onKey, { signal })
    const onLink = (): void => {
      const place = location.hash === '' ? null : document.getElementById(location.hash.slice(1))
      const folded = place?.closest('details')
      if (folded) {
        folded.open = true
        place?.scrollIntoView()
      }
      const index = linked()
      if (index !== undefined) show(index)
    }
    addEventListener('hashchange', onLink, { signal })
    show((at === undefined ? linked() : positionOf(at)) ?? last)
  }
  return {
    held: () => (current === last ? undefined : numbers[current]),
    end: () => listening.abort(),
  }
}
