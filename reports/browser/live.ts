import { applyEdit } from '../live/edit.ts'
import { walk } from './stepper.ts'

/** Fills the page of a run while it goes on: the server sends what changed of all that stands on it. */

const main = document.querySelector('main')
const events = new EventSource('/events')
let current = walk()
let pieces: readonly string[] = []

const fill = (data: string): void => {
  pieces = applyEdit(pieces, JSON.parse(data))
  const held = current.held()
  current.end()
  if (main !== null) main.innerHTML = pieces.join('')
  current = walk(held)
}

// A connection that was lost and made again begins anew, with the whole.
events.addEventListener('open', () => {
  pieces = []
})
events.addEventListener('main', ({ data }) => fill(data))
events.addEventListener('over', ({ data }) => {
  events.close()
  fill(data)
})
