import { createRequire } from 'node:module'
import type { Sources } from '../../chain/compile.ts'

/** A node of the compiler's syntax tree, of Solidity or of Yul; its fields are whatever its type has. */
export interface AstNode {
  readonly nodeType: string
  /** Offset in bytes, length in bytes, number of the source. */
  readonly src: string
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && 'nodeType' in value && 'src' in value

const childrenOf = (node: AstNode): readonly AstNode[] =>
  Object.values(node).flatMap((field) =>
    Array.isArray(field) ? field.filter(isNode) : isNode(field) ? [field] : [],
  )

/** Every node below and with this one, each with those that it stands in, the nearest first. */
export const walk = (
  node: AstNode,
  visit: (node: AstNode, above: readonly AstNode[]) => void,
  above: readonly AstNode[] = [],
): void => {
  visit(node, above)
  for (const child of childrenOf(node)) walk(child, visit, [node, ...above])
}

/** First byte, and the one behind the last. */
export const placeOf = ({ src }: AstNode): readonly [start: number, end: number] => {
  const [start, length] = src.split(':').map(Number)
  return [start!, start! + length!]
}

/** The syntax tree of each source. Error: they do not compile. */
export const astOf = (sources: Sources): Readonly<Record<string, AstNode>> => {
  const solc = createRequire(import.meta.url)('solc') as { readonly compile: (input: string) => string }
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: { outputSelection: { '*': { '': ['ast'] } } },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as {
    readonly sources: Readonly<Record<string, { readonly ast: AstNode }>>
  }
  return Object.fromEntries(Object.keys(sources).map((path) => [path, output.sources[path]!.ast]))
}
