import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { bigEndian, concat, fromHex, littleEndian, toHex } from '../../../spec/commitments/bytes.ts'
import { packHashes } from '../../../spec/commitments/merkle.ts'
import type { Instruction } from '../../../spec/machine/decode.ts'
import { encode } from '../../../spec/machine/encode.ts'
import { step } from '../../../spec/machine/execute.ts'
import { withContents } from '../../../spec/machine/machine.arbitrary.ts'
import { commitState, encodeProcessor, initialState, type MachineState } from '../../../spec/machine/state.ts'
import { stepRoot } from '../../../spec/machine/witness.ts'
import { PROJECT_FOLDER } from '../../files/places.ts'
import { buildElf, codeBytes, codeSegment, type ElfSegment } from '../buildElf.ts'
import { readExecutable } from '../elf.ts'
import { vmCommand } from './command.ts'
import type { StepProof } from './prove.ts'

const folder = mkdtempSync(join(tmpdir(), 'opml-vm-command-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const addi = (rd: number, rs1: number, immediate: number): Instruction => ({
  kind: 'immediate',
  operation: 'add',
  rd,
  rs1,
  immediate,
})
const ecall: Instruction = { kind: 'ecall' }

/** Linked away from a page's start, its data too, with zeros behind the data. */
const CODE = 0x8000_1234
const DATA: ElfSegment = {
  address: 0x0003_0ffd,
  bytes: Uint8Array.of(1, 2, 3, 4, 5),
  memoryBytes: 9000,
  flags: 6,
}

const elf = (...code: readonly Instruction[]): Uint8Array =>
  buildElf(CODE, [DATA, codeSegment(CODE, code.map(encode))])

const saved = (name: string, bytes: Uint8Array): string => {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}

/** Stores to pages that the file has no bytes for, and exits with code `exitCode`: six instructions, the exit included. */
const storing = (exitCode: number): Uint8Array =>
  elf(
    { kind: 'lui', rd: 5, immediate: 0x0003_3000 },
    { kind: 'store', operation: 'sw', rs1: 5, rs2: 5, immediate: 64 },
    { kind: 'store', operation: 'sb', rs1: 5, rs2: 5, immediate: -2047 },
    addi(17, 0, 93),
    addi(10, 0, exitCode),
    ecall,
  )

const good = saved('good.elf', storing(0))
const failing = saved('failing.elf', storing(-1))
const trapping = saved('trapping.elf', elf(addi(1, 0, 1), addi(2, 0, 2), { kind: 'ebreak' }))
const endless = saved('endless.elf', elf(addi(1, 1, 1), { kind: 'jal', rd: 0, immediate: -4 }))
const truncated = saved('truncated.elf', storing(0).slice(0, 4100))

const vm = (...args: readonly string[]) => {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  const code = vmCommand(args, { out: (line) => stdout.push(line), error: (line) => stderr.push(line) })
  return { code, stdout, stderr: stderr.join('\n') }
}

/** The specification's states of the program of a file, the start first. */
const statesOf = (bytes: Uint8Array, steps: number): MachineState[] => {
  const { code, segments, entry } = readExecutable(bytes)
  const states = [initialState(entry, withContents(segments))]
  while (states.length <= steps) states.push(step(code, states.at(-1)!))
  return states
}

describe('vm run', () => {
  test('VMCLI-10 a program that exits: its code, where it stands, its root', () => {
    const { code, stdout, stderr } = vm('run', good, '--json')
    expect([code, stdout.length, stderr]).toEqual([0, 1, ''])
    const report = JSON.parse(stdout[0]!)
    const { seconds, mips } = report
    expect(report).toEqual({
      file: good,
      status: 'exited',
      exitCode: 0,
      cause: null,
      pc: CODE + 20,
      instructions: 6,
      seconds,
      mips: 6 / seconds / 1e6,
      stateRoot: commitState(statesOf(storing(0), 6)[6]!),
    })
    expect(seconds).toBeGreaterThan(0)
    expect(mips).toBeGreaterThan(0)
  })

  test('VMCLI-11 the exit code is all of a0, and one other than 0 makes the command exit with 1', () => {
    const { code, stdout } = vm('run', failing, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout[0]!)).toMatchObject({ status: 'exited', exitCode: 0xffff_ffff })
  })

  test('VMCLI-12 a trap: pc and cause, without the instruction that trapped, and exit code 3', () => {
    const { code, stdout } = vm('run', trapping, '--json')
    expect(code).toBe(3)
    expect(JSON.parse(stdout[0]!)).toMatchObject({
      status: 'trapped',
      exitCode: null,
      cause: 'breakpoint',
      pc: CODE + 8,
      instructions: 2,
    })
    expect(vm('run', trapping).stdout[0]).toContain('trapped: breakpoint, at pc 0x8000123c')
  })

  // Rationale: the limit is exact, at the last instruction and at a trap too.
  test.each([
    [endless, 0, 'running', CODE, 0],
    [endless, 1001, 'running', CODE + 4, 1001],
    [good, 5, 'running', CODE + 20, 5],
    [good, 6, 'exited', CODE + 20, 6],
    [trapping, 2, 'running', CODE + 8, 2],
    [trapping, 3, 'trapped', CODE + 8, 2],
  ])('VMCLI-13 %s stops after --max %i', (file, max, status, pc, instructions) => {
    const { stdout } = vm('run', file, '--max', String(max), '--json')
    expect(JSON.parse(stdout[0]!)).toMatchObject({ status, pc, instructions })
  })

  // Rationale: a script reads one line for each program that ran, and one code for all.
  test('VMCLI-14 several files: a line for each that runs, a reason for each that does not, the worst exit code', () => {
    const { code, stdout, stderr } = vm('run', good, truncated, failing, '--json')
    expect(code).toBe(2)
    expect(stdout.map((line) => JSON.parse(line).file)).toEqual([good, failing])
    expect(stderr).toBe(`error: ${truncated}: segment at 0x30ffd runs past the end of the file`)
    expect(vm('run', trapping, truncated, good).code).toBe(3)
    expect(vm('run', failing, good).code).toBe(1)
  })
})

describe('vm at', () => {
  test('VMCLI-15 states in the order asked for, beyond the end too, are the specification’s', () => {
    const ns = [6, 0, 3, 1, 9]
    const { code, stdout } = vm('at', failing, ...ns.map(String), '--json')
    expect(code).toBe(0)
    const states = statesOf(storing(-1), 9)
    expect(stdout.map((line) => JSON.parse(line))).toEqual(
      ns.map((n) => ({
        n,
        status: n < 6 ? 'running' : 'exited',
        pc: states[n]!.pc,
        registers: states[n]!.registers,
        stateRoot: commitState(states[n]!),
        endedAfter: n < 6 ? null : 6,
      })),
    )
    expect(states[9]!.registers[10]).toBe(0xffff_ffff)
  })

  test('VMCLI-16 as text: the registers with their names', () => {
    const { stdout } = vm('at', trapping, '3')
    expect(stdout[0]).toContain('after 3: trapped, pc 0x8000123c')
    expect(stdout[0]).toContain('x2  00000002')
  })

  // Rationale: who asks for a state far beyond the end has taken the run for a longer one.
  test('VMCLI-23 beyond the end it says where the run ended', () => {
    const { stdout } = vm('at', good, '6', '7', '1000')
    expect(stdout.map((text) => text.split(', pc')[0])).toEqual([
      'after 6: exited',
      'after 7: exited (the run ended after 6)',
      'after 1000: exited (the run ended after 6)',
    ])
    expect(vm('at', trapping, '4').stdout[0]).toContain('after 4: trapped (the run ended after 3), pc')
    expect(vm('at', endless, '1000').stdout[0]).toContain('after 1000: running, pc')
  })
})

describe('vm prove', () => {
  // Rationale: what it prints is sent to a contract as it is.
  test('VMCLI-17 the witness of every step leads from its root to the next one', () => {
    const states = statesOf(storing(0), 7)
    for (let n = 0; n < 7; n++) {
      const [pre, post] = [commitState(states[n]!), commitState(states[n + 1]!)]
      const proof = JSON.parse(vm('prove', good, String(n), '--json').stdout[0]!) as StepProof
      expect(proof).toMatchObject({ n, preRoot: pre, postRoot: post })
      expect(vm('prove', good, String(n)).stdout).toEqual([proof.witness])
      expect(stepRoot(proof.program, pre, fromHex(proof.witness))).toEqual({ ok: true, value: post })
    }
  })
})

const joined = ({ status, registers, pc, code, data, memoryRoot }: StepProof['parts']): Uint8Array =>
  concat(
    encodeProcessor({ status: ['running', 'exited', 'trapped'].indexOf(status), registers, pc }),
    ...(code === null ? [] : [fromHex(code.leaf), packHashes(code.siblings)]),
    ...(data === null ? [] : [fromHex(data.leaf), bigEndian(data.bitmap, 4), packHashes(data.siblings)]),
    ...(memoryRoot === null ? [] : [fromHex(memoryRoot)]),
  )

describe('witness parts', () => {
  // Rationale: a part that is left out or named wrongly would make another witness.
  test('VMCLI-24 the named parts, one after the other, are the witness', () => {
    const kinds = [good, trapping].flatMap((file) =>
      Array.from({ length: 8 }, (_, n) => {
        const { parts, witness } = JSON.parse(vm('prove', file, String(n), '--json').stdout[0]!) as StepProof
        expect(toHex(joined(parts))).toBe(witness)
        return [parts.status, parts.code?.instruction, parts.data?.leafIndex].join(' ')
      }),
    )
    expect(kinds.slice(0, 7)).toEqual([
      'running lui t0, 0x33 ',
      `running sw t0, 64(t0) ${(0x0003_3000 + 64) / 32}`,
      `running sb t0, -2047(t0) ${Math.floor((0x0003_3000 - 2047) / 32)}`,
      'running addi a7, zero, 93 ',
      'running addi a0, zero, 0 ',
      'running ecall ',
      'exited  ',
    ])
    expect(kinds[11]).toBe('trapped  ')
  })
})

describe('vm verify', () => {
  const proofOf = (file: string, n: number) =>
    JSON.parse(vm('prove', file, String(n), '--json').stdout[0]!) as StepProof

  test('VMCLI-25 a witness holds for its own root, and gives the next one', () => {
    for (const n of [0, 1, 2, 5, 6]) {
      const { preRoot, postRoot, witness } = proofOf(good, n)
      const { code, stdout, stderr } = vm('verify', good, preRoot, witness)
      expect([code, stdout, stderr]).toEqual([0, [`valid: the next state's root is ${postRoot}`], ''])
      expect(JSON.parse(vm('verify', good, preRoot, witness, '--json').stdout[0]!)).toEqual({
        valid: true,
        postRoot,
        rejection: null,
      })
    }
  })

  test('VMCLI-26 any other root, witness or program is refused, by the name of the contract’s error', () => {
    const { preRoot, postRoot, witness } = proofOf(good, 1)
    const cut = witness.slice(0, -2)
    const changed = `${witness.slice(0, 20)}${witness[20] === '0' ? '1' : '0'}${witness.slice(21)}`
    for (const [file, root, given, reason] of [
      [good, postRoot, witness, 'PreStateMismatch'],
      [good, preRoot, cut, 'WitnessMalformed'],
      [good, preRoot, changed, 'PreStateMismatch'],
      [good, preRoot, '0x', 'WitnessMalformed'],
      [trapping, preRoot, witness, 'CodeMismatch'],
    ] as const) {
      const { code, stdout, stderr } = vm('verify', file, root, given)
      expect([code, stderr]).toEqual([1, ''])
      expect(stdout[0]).toMatch(new RegExp(`^not valid: ${reason}, expected .*, actual `))
      expect(JSON.parse(vm('verify', file, root, given, '--json').stdout[0]!)).toMatchObject({
        valid: false,
        postRoot: null,
        rejection: { reason },
      })
    }
  })
})

/** The file with section headers behind it: the code, which starts so many bytes into its segment, and its symbols. */
const withSymbols = (
  file: Uint8Array,
  code: { address: number; offset: number; bytes: number },
  symbols: readonly (readonly [name: string, address: number, type: number])[],
): Uint8Array => {
  const words = (...values: readonly number[]) => concat(...values.map((value) => littleEndian(value, 4)))
  const names = new TextEncoder().encode(`\0${symbols.map(([name]) => `${name}\0`).join('')}`)
  const nameOffset = (index: number): number =>
    new TextEncoder().encode(
      `\0${symbols
        .slice(0, index)
        .map(([name]) => `${name}\0`)
        .join('')}`,
    ).length
  const table = concat(
    words(0, 0, 0, 0),
    ...symbols.map(([, address, type], i) =>
      concat(
        words(nameOffset(i), address, 0),
        Uint8Array.of(type, 0),
        littleEndian(type === 4 ? 0xfff1 : 1, 2),
      ),
    ),
  )
  const [namesAt, tableAt] = [file.length, file.length + names.length]
  const headersAt = tableAt + table.length
  const sections = concat(
    words(0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    words(0, 1, 6, code.address, code.offset, code.bytes, 0, 0, 4, 0),
    words(0, 2, 0, 0, tableAt, table.length, 3, 0, 4, 16),
    words(0, 3, 0, 0, namesAt, names.length, 0, 0, 1, 0),
  )
  const whole = concat(file, names, table, sections)
  whole.set(words(headersAt), 32)
  whole.set(concat(...[40, 4, 0].map((half) => littleEndian(half, 2))), 46)
  return whole
}

describe('vm disasm', () => {
  test('VMCLI-18 every word of the code with its address, and no data', () => {
    expect(vm('disasm', trapping).stdout).toEqual([
      '80001234:  00100093  addi ra, zero, 1',
      '80001238:  00200113  addi sp, zero, 2',
      '8000123c:  00100073  ebreak',
    ])
  })

  /** As linkers do it: the first segment has the file's headers in it. */
  const BASE = 0x0001_0000
  const HEADERS = 52 + 32
  const LINKED = [addi(1, 0, 1), { kind: 'jal', rd: 0, immediate: -4 }, ecall] as const
  const linked = ((): Uint8Array => {
    const bytes = codeBytes(LINKED.map(encode))
    const file = buildElf(BASE + HEADERS, [{ address: BASE, bytes: new Uint8Array(HEADERS + 12), flags: 5 }])
    file.set(littleEndian(0, 4), 52 + 4)
    file.set(bytes, HEADERS)
    return file.slice(0, HEADERS + 12)
  })()
  const LISTED = [
    '00010054:  00100093  addi ra, zero, 1',
    '00010058:  ffdff06f  jal zero, 0x10054',
    '0001005c:  00000073  ecall',
  ]

  test('VMCLI-27 headers that are loaded with the code are not printed as code', () => {
    expect(vm('run', saved('linked.elf', linked), '--max', '10').code).toBe(0)
    expect(vm('disasm', saved('linked.elf', linked)).stdout).toEqual(LISTED)
  })

  // Rationale: names come from the file, and a terminal obeys what a name may hold.
  test('VMCLI-28 places have the names that the file gives them, functions first, in printable characters', () => {
    const section = { address: BASE + HEADERS, offset: HEADERS, bytes: 12 }
    const named = withSymbols(linked, section, [
      ['start', BASE + HEADERS, 0],
      ['main', BASE + HEADERS, 2],
      ['main.c', BASE + HEADERS, 4],
      ['$x', BASE + HEADERS, 0],
      ['.L1', BASE + HEADERS + 4, 0],
      ['\u001b[32m\u202e', BASE + HEADERS + 8, 2],
    ])
    expect(vm('disasm', saved('named.elf', named)).stdout).toEqual([
      '00010054 <main>:',
      '00010054 <start>:',
      LISTED[0],
      `${LISTED[1]} <main>`,
      '0001005c <\\u{1b}[32m\\u{202e}>:',
      LISTED[2],
    ])
    // Of the segment, only what the sections call code.
    const shorter = withSymbols(linked, { ...section, bytes: 4 }, [])
    expect(vm('disasm', saved('shorter.elf', shorter)).stdout).toEqual([LISTED[0]])
  })

  // Rationale: names bear on nothing, so whatever is wrong with them must not keep anybody from the code.
  test('VMCLI-29 a damaged table of sections or symbols costs names at most', () => {
    const whole = withSymbols(linked, { address: BASE + HEADERS, offset: HEADERS, bytes: 12 }, [
      ['main', BASE + HEADERS, 2],
    ])
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: linked.length, max: whole.length - 1 }), fc.nat(255)), {
          minLength: 1,
          maxLength: 5,
        }),
        (damage) => {
          const file = whole.slice()
          for (const [at, value] of damage) file[at] = value
          expect(vm('disasm', saved('damaged.elf', file)).code).toBe(0)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('vm', () => {
  test.each([
    ['run'],
    ['run', good, '--max', 'many'],
    ['run', good, '--max', '-1'],
    ['run', good, '--quietly'],
    ['at', good],
    ['at', good, '1', '1.5'],
    ['at', good, '9007199254740992'],
    ['prove', good],
    ['prove', good, '1', '2'],
    ['verify', good],
    ['verify', good, '0x12', '0x'],
    ['verify', good, `0x${'0'.repeat(64)}`],
    ['verify', good, `0x${'0'.repeat(64)}`, '0x123'],
    ['verify', good, `0x${'0'.repeat(64)}`, 'witness'],
    ['disasm'],
    ['decode'],
    ['decode', '--json'],
    ['sprint', good],
    [],
  ])('VMCLI-19 usage: %s %s %s %s is refused with exit code 2', (...args) => {
    const { code, stdout, stderr } = vm(...args)
    expect([code, stdout]).toEqual([2, []])
    expect(stderr).not.toBe('')
  })

  test.each([['run'], ['at', '1'], ['prove', '1'], ['disasm']])(
    'VMCLI-20 %s refuses a bad file, naming it',
    (command, ...rest) => {
      const missing = join(folder, 'missing.elf')
      const text = saved('text.elf', new TextEncoder().encode('#!/bin/sh\n'.repeat(20)))
      for (const [file, why] of [
        [missing, `there is no such file; looked for: ${missing}`],
        [folder, 'EISDIR: illegal operation on a directory'],
        [text, 'no ELF magic number'],
        [truncated, 'segment at 0x30ffd runs past the end of the file'],
      ] as const) {
        const { code, stdout, stderr } = vm(command, file, ...rest)
        expect([code, stdout, stderr]).toEqual([2, [], `error: ${file}: ${why}`])
      }
    },
  )

  test.each([[], ['run'], ['at'], ['prove'], ['verify'], ['disasm'], ['decode']])(
    'VMCLI-21 %s --help explains itself',
    (...args) => {
      const { code, stdout, stderr } = vm(...args, '--help')
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout[0]).toContain('Usage: vm')
    },
  )

  const asProcess = (args: readonly string[], input = '') => {
    const tsx = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'cli.mjs')
    return spawnSync(process.execPath, [tsx, join(import.meta.dirname, 'main.ts'), ...args], {
      encoding: 'utf8',
      input,
      cwd: PROJECT_FOLDER,
      env: { ...process.env, INIT_CWD: folder },
    })
  }

  // Rationale: npm runs a script in the project's folder, wherever the user stands.
  test('VMCLI-31 paths are those of where the user stands, and what ships is found from anywhere', () => {
    expect(JSON.parse(asProcess(['run', 'good.elf', '--json']).stdout)).toMatchObject({ status: 'exited' })
    expect(asProcess(['disasm', 'impl/kernels/guest.elf']).status).toBe(0)
    const { status, stderr } = asProcess(['run', 'bad.elf'])
    const places = [join(folder, 'bad.elf'), join(PROJECT_FOLDER, 'bad.elf')]
    expect([status, stderr]).toEqual([
      2,
      `error: bad.elf: there is no such file; looked for: ${places.join(' and ')}\n`,
    ])
  })

  test('VMCLI-22 as a process: output, reasons and exit codes, and no stack trace', () => {
    const { status, stdout, stderr } = asProcess(['run', trapping, truncated, '--json'])
    expect(status).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ file: trapping, status: 'trapped' })
    expect(stderr).toBe(`error: ${truncated}: segment at 0x30ffd runs past the end of the file\n`)
  })

  test('VMCLI-30 a witness comes from standard input too, as prove printed it', () => {
    const { preRoot, postRoot, witness } = JSON.parse(
      vm('prove', good, '2', '--json').stdout[0]!,
    ) as StepProof
    const { status, stdout, stderr } = asProcess(['verify', good, preRoot, '-'], `${witness}\n`)
    expect([status, stdout, stderr]).toEqual([0, `valid: the next state's root is ${postRoot}\n`, ''])
    expect(asProcess(['verify', good, preRoot, '-']).status).toBe(2)
  })
})
