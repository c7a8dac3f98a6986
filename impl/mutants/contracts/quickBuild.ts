import { dirname, join } from 'node:path/posix'
import type { Artifact } from '../../chain/artifacts.ts'
import { type CompilerSettings, compile, DEPLOYED, type Sources } from '../../chain/compile.ts'
import { shallow } from './shallowStack.ts'

/**
 * A build that takes less than a second: thousands of mutants are built, and what they cost to run is no matter. The
 * compiler's old code generator, which optimizes next to nothing, is ten times as fast as the new one.
 */
const METADATA = { appendCBOR: false, bytecodeHash: 'none' } as const
const QUICK: CompilerSettings = {
  evmVersion: 'prague',
  viaIR: false,
  optimizer: {
    enabled: true,
    details: {
      peephole: true,
      jumpdestRemover: true,
      inliner: false,
      orderLiterals: false,
      deduplicate: false,
      cse: false,
      constantOptimizer: false,
      yul: false,
    },
  },
  metadata: METADATA,
}
/** For a change in the very lines that are rewritten for the old one. */
const NEW: CompilerSettings = {
  ...QUICK,
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

/** The sources that a contract's source imports, itself included; not those behind one at which it ends. */
const imports = (contract: string, sources: Sources, endsAt: (path: string) => boolean): Sources => {
  const found: Record<string, string> = {}
  const take = (path: string): void => {
    if (found[path] !== undefined || endsAt(path)) return
    const source = sources[path]!
    found[path] = source
    for (const [, imported] of source.matchAll(IMPORTED)) take(join(dirname(path), imported!))
  }
  take(DEPLOYED[contract]!)
  return found
}

/** All that is compiled for a contract. */
const sourcesOf = (contract: string, sources: Sources): Sources => imports(contract, sources, () => false)

/**
 * Whether a contract has code of a source. A contract that it is linked to is called, and has its own: what is in that one's
 * source is in no other.
 */
export const hasCodeOf = (contract: string, file: string, sources: Sources): boolean => {
  const others = new Set(Object.values(DEPLOYED).filter((path) => path !== DEPLOYED[contract]))
  return imports(contract, sources, (path) => others.has(path))[file] !== undefined
}

/** What was built, and whether it is another contract than the unbroken one. */
export interface Built {
  readonly artifact: Artifact
  readonly differs: boolean
}

/** Builds contracts of changed sources. */
export interface QuickBuild {
  /** Error: it does not compile. */
  readonly build: (contract: string, changed: Sources) => Built
  readonly unbroken: (contract: string) => Artifact
  /** Whether even the settings that are deployed with make another contract of it. Takes many times as long. */
  readonly differsDeployed: (contract: string, changed: Sources) => boolean
}

/** @param sources of the unbroken contracts */
export const quickBuild = (sources: Sources): QuickBuild => {
  const builtWith = (contract: string, from: Sources, settings?: CompilerSettings): Artifact =>
    compile(sourcesOf(contract, from), { [contract]: DEPLOYED[contract]! }, settings)[0]!
  const known = new Map<string, Artifact>()
  const unbrokenBy = (name: string, contract: string, build: () => Artifact): Artifact => {
    const key = `${name} ${contract}`
    const artifact = known.get(key) ?? build()
    known.set(key, artifact)
    return artifact
  }
  const unbroken = (contract: string): Artifact =>
    unbrokenBy('quick', contract, () => builtWith(contract, shallow(sources, sources)!, QUICK))
  const built = (artifact: Artifact, of: Artifact): Built => ({
    artifact,
    differs: artifact.bytecode !== of.bytecode,
  })
  return {
    unbroken,
    build: (contract, changed) => {
      const written = shallow(changed, sources)
      if (written !== undefined) {
        try {
          return built(builtWith(contract, written, QUICK), unbroken(contract))
        } catch (error) {
          if (!String(error).includes('Stack too deep')) throw error
        }
      }
      const before = unbrokenBy('new', contract, () => builtWith(contract, sources, NEW))
      return built(builtWith(contract, changed, NEW), before)
    },
    differsDeployed: (contract, changed) => {
      const before = unbrokenBy('deployed', contract, () => builtWith(contract, sources))
      return builtWith(contract, changed).bytecode !== before.bytecode
    },
  }
}
