import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { Bytes } from '../../spec/commitments/bytes.ts'

/** A file that cannot be converted. The message names the file, the place in it (a tensor, a node, a key) and the reason. */
export class ConvertError extends Error {
  readonly file: string
  readonly place: string
  readonly reason: string

  constructor(file: string, place: string, reason: string) {
    super(place === '' ? `${file}: ${reason}` : `${file}: ${place}: ${reason}`)
    this.name = 'ConvertError'
    this.file = file
    this.place = place
    this.reason = reason
  }
}

/** A file that is read by part, and never beyond its end. */
export interface SourceFile {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** @throws ConvertError where the file does not have so many bytes there */
  readonly read: (offset: number, length: number) => Bytes
  readonly close: () => void
}

/** @throws ConvertError where there is no such file */
export const openSource = (name: string): SourceFile => {
  let descriptor: number
  try {
    // A pipe is not waited for: it is no file, and says so below.
    descriptor = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw new ConvertError(name, '', `cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`)
  }
  const stat = fstatSync(descriptor)
  if (!stat.isFile()) {
    closeSync(descriptor)
    throw new ConvertError(name, '', 'is not a file')
  }
  const { size } = stat
  return {
    name,
    size,
    read: (offset, length) => {
      checkRange(name, size, offset, length)
      const bytes = new Uint8Array(length)
      let done = 0
      while (done < length) {
        const count = readSync(descriptor, bytes, done, length - done, offset + done)
        if (count === 0) throw new ConvertError(name, '', 'became shorter while it was read')
        done += count
      }
      return bytes
    },
    close: () => closeSync(descriptor),
  }
}

/** The same over bytes that are in memory. */
export const bytesSource = (name: string, bytes: Bytes): SourceFile => ({
  name,
  size: bytes.length,
  read: (offset, length) => {
    checkRange(name, bytes.length, offset, length)
    return bytes.slice(offset, offset + length)
  },
  close: () => {},
})

const checkRange = (name: string, size: number, offset: number, length: number): void => {
  if (offset < 0 || length < 0 || !Number.isSafeInteger(offset + length) || offset + length > size)
    throw new ConvertError(name, '', `truncated: ${length} bytes at ${offset} in a file of ${size}`)
}

/** Text that must be UTF-8. Undefined where it is not. */
export const utf8 = (bytes: Bytes): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
