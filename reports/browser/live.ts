import { walk } from './stepper.ts'

/** Fills the page of a run while it goes on: the server sends all that stands on it whenever that has changed. */

const main = document.querySelector('main')
const events = new EventSource('/events')
let current = walk()

const fill = (text: string): void => {
  const held = current.held()
  current.end()
  if (main !== null) main.innerHTML = text
  current = walk(held)
}

events.addEventListener('main', ({ data }) => fill(JSON.parse(data)))
events.addEventListener('over', ({ data }) => {
  events.close()
  fill(JSON.parse(data))
})
