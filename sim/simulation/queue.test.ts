import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventQueue } from './queue.ts'

describe('the queue of events', () => {
  // Rationale: the order of events is the run; two machines that disagreed about a tie would tell two stories.
  test('EVENTS-1 events come by time, and those of one time in the order in which they were added', () => {
    let ties = 0
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined, freq: 3 }), {
          minLength: 20,
          maxLength: 60,
        }),
        (steps) => {
          const queue = new EventQueue<number>()
          const expected: { time: number; event: number }[] = []
          for (const [event, time] of steps.entries()) {
            if (time !== undefined) {
              queue.add(time, event)
              expected.push({ time, event })
              continue
            }
            const next = expected.toSorted((a, b) => a.time - b.time || a.event - b.event)[0]
            if (next !== undefined && expected.filter((other) => other.time === next.time).length > 1) ties++
            expect(queue.nextTime).toBe(next?.time)
            const taken = queue.take()
            expect(taken && { time: taken.time, event: taken.event }).toEqual(next)
            if (next !== undefined) expected.splice(expected.indexOf(next), 1)
            expect(queue.size).toBe(expected.length)
          }
        },
      ),
    )
    expect(ties).toBeGreaterThan(50)
  })
})
