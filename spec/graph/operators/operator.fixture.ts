import type { Bytes } from '../../commitments/bytes.ts'
import { encodeDescriptor } from '../descriptor.ts'
import { executeNode, operatorByName } from './index.ts'

/** A node as one tile, of an operator by its name. */
export const descriptorOf = (name: string, attributes: readonly number[]): Bytes =>
  encodeDescriptor({
    operands: [],
    outputSlot: 0,
    inPlace: false,
    tileCount: 1,
    operatorCode: operatorByName(name)!.code,
    tileElements: 2 ** 27,
    attributes,
  })

export const int8 = (...values: readonly number[]): Bytes => new Uint8Array(Int8Array.from(values).buffer)
export const int16 = (...values: readonly number[]): Bytes => new Uint8Array(Int16Array.from(values).buffer)
export const int32 = (...values: readonly number[]): Bytes => new Uint8Array(Int32Array.from(values).buffer)

const copy = (bytes: Bytes): ArrayBuffer => Uint8Array.from(bytes).buffer
export const asInt16 = (bytes: Bytes): number[] => [...new Int16Array(copy(bytes))]
export const asInt32 = (bytes: Bytes): number[] => [...new Int32Array(copy(bytes))]

/** A whole node on these operands. */
export const run = (
  name: string,
  attributes: readonly number[],
  operands: readonly Bytes[],
  outputBefore?: Bytes,
): Bytes => executeNode(descriptorOf(name, attributes), operands, outputBefore)
