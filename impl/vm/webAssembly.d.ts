/**
 * The part of the WebAssembly JavaScript Interface that is used here; Node's types leave it out, and those of browsers
 * bring a page's globals along.
 */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum: number; readonly shared?: boolean })
    constructor(descriptor: {
      readonly initial: bigint
      readonly maximum: bigint
      readonly shared: boolean
      readonly address: 'i64'
    })
    readonly buffer: ArrayBuffer | SharedArrayBuffer
  }

  class Table {
    constructor(descriptor: { readonly element: 'anyfunc'; readonly initial: number })
    readonly length: number
    grow(entries: number): number
  }

  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>)
  }

  class Global {
    constructor(descriptor: { readonly value: 'i32'; readonly mutable: boolean }, value: number)
    value: number | bigint
  }

  type Imports = Readonly<Record<string, Readonly<Record<string, Memory | Table | Global>>>>

  class Instance {
    constructor(module: Module, imports: Imports)
    readonly exports: Readonly<Record<string, unknown>>
  }
}
