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
  document.querySelector('.lost')?.remove()
})
// Whoever looks must not take for what goes on what was left by a run that was ended, or by a machine that sleeps.
events.addEventListener('error', () => {
  if (document.querySelector('.lost') !== null) return
  const note = document.createElement('p')
  note.className = 'outside lost'
  note.role = 'alert'
  note.textContent =
    'What plays this does not answer: it was ended, or cannot be reached. Here stands how far it had come.'
  main?.prepend(note)
})
events.addEventListener('main', ({ data }) => fill(data))
events.addEventListener('over', ({ data }) => {
  events.close()
  fill(data)
})
