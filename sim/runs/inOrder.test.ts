import { expect, test } from 'vitest'
import { inOrder } from './inOrder.ts'

/** Work that is over when it is told to be. */
const workshop = (ahead: number, total: number) => {
  const ends: PromiseWithResolvers<number>[] = []
  const results = inOrder(total, ahead, (index) => {
    expect(index).toBe(ends.length)
    ends.push(Promise.withResolvers())
    return ends[index]!.promise
  })
  return { ends, results }
}

// Rationale: what comes of many runs must not hang on who was faster, nor may all of them be kept at once.
test('INORDER-1 results come in the order of their work, of which so much is begun at once and no more', async () => {
  const { ends, results } = workshop(3, 5)
  const came: number[] = []
  const first = results.next()
  expect(ends).toHaveLength(3)
  ends[2]!.resolve(2)
  ends[1]!.resolve(1)
  ends[0]!.resolve(0)
  came.push((await first).value)
  expect(ends).toHaveLength(3)
  came.push((await results.next()).value)
  expect(ends).toHaveLength(4)
  const third = await results.next()
  expect(ends).toHaveLength(5)
  for (const index of [4, 3]) ends[index]!.resolve(index)
  for await (const result of results) came.push(result)
  expect([...came.slice(0, 2), third.value, ...came.slice(2)]).toEqual([0, 1, 2, 3, 4])
  expect(await workshop(3, 0).results.next()).toEqual({ done: true, value: undefined })
})

test('INORDER-2 one that fails ends it in its turn: what is before it has come, and nothing is begun any more', async () => {
  const { ends, results } = workshop(2, 5)
  const first = results.next()
  ends[1]!.reject(new Error('broken'))
  // Nobody holds the failure until its turn comes: the process must not end by it.
  await new Promise(setImmediate)
  ends[0]!.resolve(7)
  expect((await first).value).toBe(7)
  await expect(results.next()).rejects.toThrow('broken')
  expect(ends).toHaveLength(3)
  expect((await results.next()).done).toBe(true)
})
