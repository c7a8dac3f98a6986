import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GuestProgram, parseElf } from '../vm/elf.ts'
import { once } from './evaluate.ts'

const GUEST_FILE = join(import.meta.dirname, '..', 'kernels', 'guest.elf')

/** The committed program that runs nodes and graphs in the machine, built from `impl/kernels`. */
export const loadGuest: () => GuestProgram = once(() => parseElf(readFileSync(GUEST_FILE)))
