import { describe, expect, test } from 'vitest'
import { PAGE_BYTES, PagedMemory } from './pagedMemory.ts'
import { Snapshots } from './snapshots.ts'

const processor = { status: 0, registers: Array.from({ length: 32 }, () => 0), pc: 0 }

describe('snapshots', () => {
  // Rationale: a dispute goes back and forth hundreds of times; what each visit wrote must be given back.
  test('VM-46 going back to a snapshot restores the bytes', () => {
    const memory = new PagedMemory([{ address: 0x1ffe, bytes: Uint8Array.of(1, 2, 3, 4) }])
    const snapshots = new Snapshots(memory, processor)
    memory.write(0x1fff, Uint8Array.of(9))
    snapshots.take(1, processor)
    for (let visit = 0; visit < 200; visit++) {
      memory.write(0x1fff, Uint8Array.of(visit, visit))
      memory.write(0xffff_ffff, Uint8Array.of(visit, visit))
      expect(memory.read(0xffff_ffff, 2)).toEqual(Uint8Array.of(visit, visit))
      snapshots.restore(visit % 3 === 0 ? 0 : 1)
      expect(memory.read(0x1ffe, 4)).toEqual(Uint8Array.of(1, visit % 3 === 0 ? 2 : 9, 3, 4))
      expect(memory.read(0xffff_ffff, 2)).toEqual(Uint8Array.of(0, 0))
    }
  })

  // Rationale: what is dropped to save memory must change how long a question takes and nothing else.
  test('VM-47 copies stay below the limit, and every snapshot that is kept is restored', () => {
    const limit = 24
    const memory = new PagedMemory([{ address: 0, bytes: Uint8Array.of(77) }])
    const snapshots = new Snapshots(memory, processor, limit * PAGE_BYTES)
    const states: number[][] = [[77, 0, 0, 0, 0]]
    const bytes = (): number[] =>
      Array.from({ length: 5 }, (_, page) => memory.read(page * PAGE_BYTES, 1)[0]!)
    for (let steps = 1; steps <= 60; steps++) {
      for (let page = 0; page < 5; page++) {
        if ((steps * 7 + page) % 3 === 0) memory.write(page * PAGE_BYTES, Uint8Array.of(steps))
      }
      states[steps] = bytes()
      snapshots.take(steps, processor)
      const copies = Array.from({ length: snapshots.count }, (_, i) => snapshots.at(i).pages.size)
      expect(copies.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(limit)
    }
    expect(snapshots.count).toBeGreaterThan(2)
    for (const index of [snapshots.count - 1, 0, 2, 1, snapshots.count - 1, 1]) {
      const { steps } = snapshots.restore(index)
      expect(bytes()).toEqual(states[steps])
    }
  })

  test('VM-48 a snapshot that alone is beyond the limit is not kept, and what it changed is still undone', () => {
    const memory = new PagedMemory([{ address: 0, bytes: Uint8Array.of(7) }])
    const snapshots = new Snapshots(memory, processor, 2 * PAGE_BYTES)
    for (let page = 0; page < 3; page++) memory.write(page * PAGE_BYTES, Uint8Array.of(1))
    snapshots.take(1, processor)
    expect(snapshots.count).toBe(1)
    snapshots.restore(0)
    for (let page = 0; page < 3; page++) {
      expect(memory.read(page * PAGE_BYTES, 1)).toEqual(Uint8Array.of(page === 0 ? 7 : 0))
    }
  })
})
