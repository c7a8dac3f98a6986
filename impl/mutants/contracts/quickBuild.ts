import { dirname, join } from 'node:path/posix'
import type { Artifact } from '../../chain/artifacts.ts'
import { type CompilerSettings, compile, DEPLOYED, type Sources } from '../../chain/compile.ts'

/**
 * A build that takes seconds: thousands of mutants are built, and what they cost to run is no matter. The compiler's old
 * code generator is the fastest; where it runs out of stack, the new one with few of its steps.
 */
const METADATA = { appendCBOR: false, bytecodeHash: 'none' } as const
const OLD: CompilerSettings = {
  evmVersion: 'prague',
  viaIR: false,
  optimizer: { enabled: true, runs: 1 },
  metadata: METADATA,
}
const NEW: CompilerSettings = {
  ...OLD,
  viaIR: true,
  optimizer: {
    enabled: true,
    runs: 1,
    details: {
      yul: true,
      yulDetails: { stackAllocation: true, optimizerSteps: 'dhfoDgvulfnTUtnIf:fDnTOcmu' },
    },
  },
}

const IMPORTED = /^\s*import\b[^;]*?"([^"]+)";/gm

/** The sources that a contract's source imports, itself included. */
export const sourcesOf = (contract: string, sources: Sources): Sources => {
  const found: Record<string, string> = {}
  const take = (path: string): void => {
    if (found[path] !== undefined) return
    const source = sources[path]!
    found[path] = source
    for (const [, imported] of source.matchAll(IMPORTED)) take(join(dirname(path), imported!))
  }
  take(DEPLOYED[contract]!)
  return found
}

const builtWith = (contract: string, sources: Sources, settings: CompilerSettings): Artifact =>
  compile(sourcesOf(contract, sources), { [contract]: DEPLOYED[contract]! }, settings)[0]!

/** Builds contracts of changed sources, and tells whether the change is one. */
export interface QuickBuild {
  /** Error: it does not compile. */
  readonly build: (contract: string, sources: Sources) => Artifact
  readonly unbroken: (contract: string) => Artifact
}

/** @param sources of the unbroken contracts */
export const quickBuild = (sources: Sources): QuickBuild => {
  const settings = new Map<string, CompilerSettings>()
  const unbroken = new Map<string, Artifact>()
  const first = (contract: string): Artifact => {
    for (const tried of [OLD, NEW]) {
      try {
        const built = builtWith(contract, sources, tried)
        settings.set(contract, tried)
        return built
      } catch (error) {
        if (tried === NEW || !String(error).includes('Stack too deep')) throw error
      }
    }
    throw new Error('unreachable')
  }
  const unbrokenOf = (contract: string): Artifact => {
    const known = unbroken.get(contract) ?? first(contract)
    unbroken.set(contract, known)
    return known
  }
  return {
    unbroken: unbrokenOf,
    build: (contract, changed) => {
      unbrokenOf(contract)
      return builtWith(contract, changed, settings.get(contract)!)
    },
  }
}
