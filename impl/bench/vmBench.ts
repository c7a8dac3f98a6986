import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode } from '../../spec/machine/encode.ts'
import { wholeRun } from '../inference/mnistSteps.ts'
import { keccakPerSecond } from '../keccak/keccakPerSecond.ts'
import { buildElf, codeSegment } from '../vm/buildElf.ts'
import type { GuestProgram } from '../vm/elf.ts'
import { VmTrace } from '../vm/trace.ts'
import { translationOf } from '../vm/translate/translation.ts'
import { elfFileOf, GUESTS, type Guest } from './guests.ts'
import { type GuestRun, loadGuestFile, runGuest } from './runGuest.ts'

/**
 * The machine's speed, beside that of qemu's user-mode emulator, which translates too, on the same executables in turn.
 * Warm: in a process that ran the guest until all is translated, qemu's start-up (a guest that exits at once) deducted. Cold: the first
 * run of a process, ours from the first instruction to the last, qemu's whole process.
 */
export interface GuestFigures {
  readonly name: string
  readonly instructions: number
  /** Millions of instructions a second, warm. */
  readonly mips: number
  readonly coldMips: number
  /** Undefined, as the ratios are, where qemu is not installed. */
  readonly qemuMips: number | undefined
  /** qemu's time divided by ours. */
  readonly ratioWarm: number | undefined
  readonly ratioCold: number | undefined
}

export interface VmFigures {
  readonly guests: readonly GuestFigures[]
  readonly geomeanWarm: number | undefined
  /** 64-byte nodes hashed a second by the page tree, one core. */
  readonly keccakPerSecond: number
  /** To a state at a random instruction of the longest guest's run: median and longest, milliseconds. */
  readonly seek: {
    readonly guest: string
    readonly instructions: number
    readonly median: number
    readonly longest: number
  }
  /** The MNIST model whole in the machine, warm, without hashing: milliseconds. */
  readonly mnistMillis: number
}

const QEMU = 'qemu-riscv32'
const WARM_RUNS = 9
const COLD_RUNS = 5
const WARM_UP_RUNS = 20

export const hasQemu = (): boolean => spawnSync(QEMU, ['--version']).status === 0

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** Median of the ratios of runs one after the other, which a busy machine slows down alike. */
const ratio = (qemu: readonly number[], ours: readonly number[], deducted = 0): number | undefined =>
  qemu.length === 0 ? undefined : median(qemu.map((seconds, i) => (seconds - deducted) / ours[i]!))

/** Seconds that qemu takes; its exit code must be the one given. */
const runQemu = (file: string, exitCode: number): number => {
  const started = performance.now()
  const { status } = spawnSync(QEMU, [file])
  if (status !== exitCode) throw new Error(`${file} exits with ${status} in qemu, with ${exitCode} here`)
  return (performance.now() - started) / 1000
}

/** Seconds that a process of qemu takes to start and end. */
const qemuStartup = (): number => {
  const folder = mkdtempSync(join(tmpdir(), 'vm-bench-'))
  try {
    const exit = [
      encode({ kind: 'immediate', operation: 'add', rd: 17, rs1: 0, immediate: 93 }),
      encode({ kind: 'ecall' }),
    ]
    const file = join(folder, 'exit.elf')
    writeFileSync(file, buildElf(0x2_0000, [codeSegment(0x2_0000, exit)]), { mode: 0o755 })
    return median(Array.from({ length: WARM_RUNS }, () => runQemu(file, 0)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const runCold = (file: string): GuestRun => {
  const main = join(import.meta.dirname, 'coldMain.ts')
  const { stdout, stderr, status } = spawnSync(process.execPath, [...process.execArgv, main, file], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the cold run of ${file} failed: ${stderr}`)
  return JSON.parse(stdout) as GuestRun
}

/** Runs a guest until nothing more is translated in two runs on end. @returns its instructions */
const warmUp = (program: GuestProgram): number => {
  const serial = (): number => translationOf(program.code).lastSerial
  let instructions = 0
  for (let runs = 0, stable = 0; stable < 2 && runs < WARM_UP_RUNS; runs++) {
    const before = serial()
    instructions = runGuest(program).instructions
    stable = serial() === before ? stable + 1 : 0
  }
  return instructions
}

const measureGuest = (guest: Guest, startup: number | undefined): GuestFigures => {
  const file = elfFileOf(guest)
  const qemu = (exitCode: number): readonly number[] =>
    startup === undefined ? [] : [runQemu(file, exitCode)]
  const cold = { ours: [] as number[], qemu: [] as number[] }
  for (let i = 0; i < COLD_RUNS; i++) {
    const { seconds, exitCode } = runCold(file)
    cold.ours.push(seconds)
    cold.qemu.push(...qemu(exitCode))
  }
  const program = loadGuestFile(file)
  const instructions = warmUp(program)
  const warm = { ours: [] as number[], qemu: [] as number[] }
  for (let i = 0; i < WARM_RUNS; i++) {
    const { seconds, exitCode } = runGuest(program)
    warm.ours.push(seconds)
    warm.qemu.push(...qemu(exitCode))
  }
  const mips = (seconds: number): number => instructions / seconds / 1e6
  return {
    name: guest.name,
    instructions,
    mips: mips(median(warm.ours)),
    coldMips: mips(median(cold.ours)),
    qemuMips: startup === undefined ? undefined : mips(median(warm.qemu) - startup),
    ratioWarm: ratio(warm.qemu, warm.ours, startup),
    ratioCold: ratio(cold.qemu, cold.ours),
  }
}

/** Pseudo-random numbers below 2^32, the same every time. */
const randomNumbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state
  }
}

const SEEKS = 31

const measureSeek = (guest: Guest): VmFigures['seek'] => {
  const { code, program, segments } = loadGuestFile(elfFileOf(guest))
  const trace = new VmTrace({ code, entry: program.entry, contents: segments, stepLimit: 2 ** 40 })
  const random = randomNumbers(2)
  const millis = Array.from({ length: SEEKS }, () => {
    const n = Math.floor((random() / 2 ** 32) * trace.length)
    const started = performance.now()
    trace.stateAt(n)
    return performance.now() - started
  })
  return {
    guest: guest.name,
    instructions: trace.length,
    median: median(millis),
    longest: Math.max(...millis),
  }
}

const measureMnist = (): number => {
  const run = wholeRun(0)
  const millis = Array.from({ length: 25 }, () => {
    const started = performance.now()
    new VmTrace(run)
    return performance.now() - started
  })
  return median(millis.slice(10))
}

/** Measures everything; minutes. @param onGuest told of each guest as it is done */
export const measureVm = (onGuest: (figures: GuestFigures) => void): VmFigures => {
  const startup = hasQemu() ? qemuStartup() : undefined
  const guests = GUESTS.map((guest) => {
    const figures = measureGuest(guest, startup)
    onGuest(figures)
    return figures
  })
  const ratios = guests.flatMap(({ ratioWarm }) => (ratioWarm === undefined ? [] : [ratioWarm]))
  const logs = ratios.map(Math.log).reduce((sum, log) => sum + log, 0)
  const longest = guests.reduce((a, b) => (b.instructions > a.instructions ? b : a))
  return {
    guests,
    geomeanWarm: ratios.length === 0 ? undefined : Math.exp(logs / ratios.length),
    keccakPerSecond: keccakPerSecond(),
    seek: measureSeek(GUESTS.find(({ name }) => name === longest.name)!),
    mnistMillis: measureMnist(),
  }
}
