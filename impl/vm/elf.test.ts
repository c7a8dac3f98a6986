import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigEndian } from '../../spec/commitments/bytes.ts'
import { slotRoots } from '../../spec/commitments/memory.ts'
import { join, padToHeight, rootOfBytes, zeroRoot } from '../../spec/commitments/merkle.ts'
import { withContents } from '../../spec/machine/machine.arbitrary.ts'
import { fetchWord } from '../../spec/machine/program.ts'
import { buildElf, codeBytes, codeSegment } from './buildElf.ts'
import { MalformedElf, parseElf, readExecutable } from './elf.ts'

const CODE = [0x05d0_0893, 0x0000_0073, 0x13]
const data = { address: 0x0002_0010, bytes: Uint8Array.of(1, 2, 3, 4, 5), memoryBytes: 64, flags: 6 }
const valid = buildElf(0x0001_0024, [codeSegment(0x0001_0024, CODE), data])

const patched = (offset: number, value: number, width = 4, of = valid): Uint8Array => {
  const file = of.slice()
  file.set(bigEndian(value, width).reverse(), offset)
  return file
}

// Program headers start at 52, 32 bytes each; fields are words.
const header = (segment: number, field: number): number => 52 + 32 * segment + 4 * field

describe('ELF', () => {
  test('VM-40 executable segments make the code, all segments the image', () => {
    const { program, code, segments } = parseElf(valid)
    expect(code.base).toBe(0x0001_0020)
    expect([
      fetchWord(code, 0x0001_0020),
      fetchWord(code, 0x0001_0024),
      fetchWord(code, 0x0001_002c),
    ]).toEqual([0, CODE[0], CODE[2]])
    expect(program).toMatchObject({ codeBase: 0x0001_0020, codeHeight: 0, entry: 0x0001_0024 })
    expect(segments).toEqual([
      { address: 0x0001_0024, bytes: codeBytes(CODE) },
      { address: 0x0002_0010, bytes: data.bytes },
    ])
  })

  // Rationale: a program of one's own is linked wherever its linker script says, only a guest has to leave room.
  test('VM-49 an executable may lie anywhere in the memory, up to its last byte, in any number of segments', () => {
    const top = { address: 0xffff_fff3, bytes: Uint8Array.of(7), memoryBytes: 13, flags: 6 }
    const [low, high] = [codeSegment(0x8000_0024, CODE), codeSegment(0x8012_3458, CODE)]
    const { code, segments, entry } = readExecutable(buildElf(0x8012_345c, [high, top, low]))
    expect(entry).toBe(0x8012_345c)
    expect(segments).toMatchObject([
      { address: low.address, bytes: low.bytes, memoryBytes: 12, executable: true },
      { address: high.address, bytes: high.bytes, memoryBytes: 12, executable: true },
      { address: top.address, bytes: top.bytes, memoryBytes: 13, executable: false },
    ])
    expect(code.base).toBe(0x8000_0020)
    expect(
      [0x8000_0020, 0x8000_0024, 0x8000_0030, 0x8012_3454, 0x8012_3458, 0x8012_3460].map((pc) =>
        fetchWord(code, pc),
      ),
    ).toEqual([0, CODE[0], 0, 0, CODE[0], CODE[2]])
    expect(() => readExecutable(buildElf(0x8000_0024, [low, { ...top, memoryBytes: 14 }]))).toThrow(
      /beyond the address space/,
    )
  })

  // Rationale: bounds concern bytes that are read; where nothing is read, linkers write what they like.
  test('VM-72 offsets and addresses at which nothing is read do not matter, nor does the order of headers', () => {
    const empty = { address: 0xffff_fff0, bytes: new Uint8Array(), memoryBytes: 0, flags: 6 }
    const zeros = { address: 0x0003_0123, bytes: new Uint8Array(), memoryBytes: 0x1_2345, flags: 6 }
    const code = codeSegment(0x0001_0024, CODE)
    let file = buildElf(0x0001_0024, [zeros, data, empty, code])
    for (const [segment, offset] of [
      [0, 0xdead_beef],
      [2, 0xffff_ffff],
    ] as const)
      file = patched(header(segment, 1), offset, 4, file)
    // No section headers, at a place that is none.
    file = patched(32, 0xffff_ffff, 4, file)
    expect(readExecutable(file).segments).toMatchObject([
      { address: 0x0001_0024, bytes: code.bytes, memoryBytes: 12 },
      { address: 0x0002_0010, bytes: data.bytes, memoryBytes: 64 },
      { address: 0x0003_0123, bytes: new Uint8Array(), memoryBytes: 0x1_2345 },
    ])
  })

  // Rationale: the contract joins the image root with the job page's root to slot 0's root.
  test('VM-41 image root and an empty upper half make the root of slot 0', () => {
    const { program, segments } = parseElf(valid)
    expect(slotRoots(withContents(segments))[0]).toBe(join(program.imageRoot, zeroRoot(23)))
    const image = rootOfBytes(
      segments.reduce((all, { address, bytes }) => {
        all.set(bytes, address)
        return all
      }, new Uint8Array(0x0003_0000)),
      13,
    )
    expect(program.imageRoot).toBe(padToHeight(image, 13, 23))
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /too few for an ELF header/],
    ['another file', new TextEncoder().encode('#!/bin/sh\n'.repeat(20)), /magic/],
    ['a 64-bit file', patched(4, 2, 1), /class 2/],
    ['a big-endian file', patched(5, 2, 1), /data encoding 2/],
    ['another version', patched(20, 2), /version/],
    ['a shared object', patched(16, 3, 2), /file type 3/],
    ['another machine', patched(18, 62, 2), /machine 62/],
    ['compressed instructions', patched(36, 1), /rv32im/],
    ['a hard-float ABI', patched(36, 4), /ilp32/],
    ['RV32E', patched(36, 8), /RV32E/],
    ['no program headers', patched(44, 0, 2), /no program headers/],
    ['program headers of another size', patched(42, 56, 2), /56 bytes/],
    ['program headers beyond the file', patched(28, 0xffff_ff00), /past the end/],
    [
      'section headers beyond the file',
      patched(32, valid.length - 39, 4, patched(46, 40 + 2 ** 16, 4)),
      /section headers run past the end/,
    ],
    ['a truncated file', valid.slice(0, 5000), /runs past the end of the file/],
    ['a dynamic segment', patched(header(1, 0), 2), /dynamically linked/],
    ['an interpreter', patched(header(1, 0), 3), /dynamically linked/],
    [
      'no loadable segment',
      buildElf(0, [{ ...data, memoryBytes: 0, bytes: new Uint8Array() }]),
      /no segment to load/,
    ],
    ['a segment larger than its memory', patched(header(1, 5), 4), /larger in the file/],
    ['a segment that is all file and no memory', patched(header(1, 5), 0), /larger in the file/],
    ['overlapping segments', patched(header(1, 2), 0x0001_0028), /overlap/],
    ['a segment on the job page', patched(header(1, 2), 0x0fff_fff0), /beyond the program's half/],
    ['a segment in an operand slot', patched(header(1, 2), 0x2000_0000), /beyond the program's half/],
    ['no executable segment', patched(header(0, 6), 4), /no executable segment/],
    ['an entry outside the code', patched(24, 0x0002_0010), /entry 0x20010 is in no executable/],
    ['a misaligned entry', patched(24, 0x0001_0026), /not aligned/],
    [
      'code too far apart for a guest',
      buildElf(0x0001_0000, [codeSegment(0x0001_0000, CODE), codeSegment(0x0050_0000, CODE)]),
      /code spans 5177356 bytes, more than 4194304/,
    ],
    [
      'code too far apart',
      buildElf(0x0001_0000, [codeSegment(0x0001_0000, CODE), codeSegment(0x0f00_0000, CODE)]),
      /code spans 251592716 bytes, more than 67108864/,
    ],
  ])('VM-42 %s is refused with the reason', (_, file, reason) => {
    expect(() => parseElf(file)).toThrow(MalformedElf)
    expect(() => parseElf(file)).toThrow(reason)
  })

  // Rationale: a registry takes files from strangers.
  test('VM-43 a damaged file is read or refused, never anything else', () => {
    const damage = fc.array(fc.tuple(fc.integer({ min: 0, max: 115 }), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(damage, fc.integer({ min: 0, max: valid.length }), (bytes, length) => {
        const file = valid.slice(0, Math.max(length, valid.length - length))
        for (const [offset, value] of bytes) file[offset] = value
        try {
          expect(parseElf(file).segments.length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedElf)
        }
      }),
      { numRuns: 500 },
    )
  })
})
