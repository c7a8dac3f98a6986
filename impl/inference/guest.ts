import { readFileSync } from 'node:fs'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import { operatorCodeOf } from '../../spec/graph/operators/index.ts'
import { GUESTS, type Guest, guestWith } from '../kernels/guests.ts'
import { type GuestProgram, parseElf } from '../vm/elf.ts'
import { memoizeObject } from './evaluate.ts'

const load = memoizeObject((guest: Guest): GuestProgram => parseElf(readFileSync(guest.file)))

/** The smallest committed program, which has all that MNIST's perceptron asks for. */
export const loadGuest = (): GuestProgram => load(GUESTS[0]!)

/**
 * The committed program that runs a model's nodes in the machine, built from `impl/kernels`.
 *
 * @throws Error where no program has all of its operators
 */
export const guestOf = ({ name, nodes }: GraphModel): GuestProgram => {
  const guest = guestWith(nodes.map(({ descriptor }) => operatorCodeOf(descriptor)))
  if (guest === undefined) throw new Error(`no program has all operators of ${name}`)
  return load(guest)
}
