import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fromHex } from '../../../spec/commitments/bytes.ts'
import type { Instruction } from '../../../spec/machine/decode.ts'
import { encode } from '../../../spec/machine/encode.ts'
import { step } from '../../../spec/machine/execute.ts'
import { withContents } from '../../../spec/machine/machine.arbitrary.ts'
import { commitState, initialState, type MachineState } from '../../../spec/machine/state.ts'
import { stepRoot } from '../../../spec/machine/witness.ts'
import { buildElf, codeSegment, type ElfSegment } from '../buildElf.ts'
import { readExecutable } from '../elf.ts'
import { vmCommand } from './command.ts'
import type { StepProof } from './inspect.ts'

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
      })),
    )
    expect(states[9]!.registers[10]).toBe(0xffff_ffff)
  })

  test('VMCLI-16 as text: the registers with their names', () => {
    const { stdout } = vm('at', trapping, '3')
    expect(stdout[0]).toContain('after 3: trapped, pc 0x8000123c')
    expect(stdout[0]).toContain('x2  00000002')
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

describe('vm disasm', () => {
  test('VMCLI-18 every word of the code with its address, and no data', () => {
    expect(vm('disasm', trapping).stdout).toEqual([
      '80001234:  00100093  addi ra, zero, 1',
      '80001238:  00200113  addi sp, zero, 2',
      '8000123c:  00100073  ebreak',
    ])
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
        [missing, 'ENOENT: no such file or directory'],
        [folder, 'EISDIR: illegal operation on a directory'],
        [text, 'no ELF magic number'],
        [truncated, 'segment at 0x30ffd runs past the end of the file'],
      ] as const) {
        const { code, stdout, stderr } = vm(command, file, ...rest)
        expect([code, stdout, stderr]).toEqual([2, [], `error: ${file}: ${why}`])
      }
    },
  )

  test.each([[], ['run'], ['at'], ['prove'], ['disasm'], ['decode']])(
    'VMCLI-21 %s --help explains itself',
    (...args) => {
      const { code, stdout, stderr } = vm(...args, '--help')
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout[0]).toContain('Usage: vm')
    },
  )

  test('VMCLI-22 as a process: output, reasons and exit codes, and no stack trace', () => {
    const tsx = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'cli.mjs')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [tsx, join(import.meta.dirname, 'main.ts'), 'run', trapping, truncated, '--json'],
      { encoding: 'utf8' },
    )
    expect(status).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ file: trapping, status: 'trapped' })
    expect(stderr).toBe(`error: ${truncated}: segment at 0x30ffd runs past the end of the file\n`)
  })
})
