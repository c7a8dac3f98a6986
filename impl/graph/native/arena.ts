/** Tensors start at lines of the processor's cache. */
const ALIGNMENT = 64

/** Places things one behind the other. */
export class Arena {
  end: number

  constructor(start: number) {
    this.end = start
  }

  take(bytes: number): number {
    const address = Math.ceil(this.end / ALIGNMENT) * ALIGNMENT
    this.end = address + bytes
    return address
  }
}
