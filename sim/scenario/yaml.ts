import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml'
import type { Fault } from '../badInput.ts'
import { visible } from '../visible.ts'

/** A YAML file's data, and where in the file each part of it stands. */
export interface Sheet {
  /** Mappings, lists and scalars; integers that a number does not hold are bigints. */
  readonly data: unknown
  /** The line, from 1, of a field or of the nearest part around it that the file has. */
  readonly lineOf: (path: readonly PropertyKey[]) => number
}

/** What the parser finds, in words for whoever wrote the file. */
const SYNTAX: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias takes no tag and no anchor',
  BAD_ALIAS: 'an alias or anchor without a proper name',
  BAD_COLLECTION_TYPE: 'a tag that does not fit a list or mapping',
  BAD_DIRECTIVE: 'an unknown directive: a line must not begin with %',
  BAD_DQ_ESCAPE: 'an unknown escape in a quoted text: write a backslash twice',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_PROP_ORDER: 'tag or anchor at the wrong place',
  BAD_SCALAR_START: 'a text that begins with a reserved character: quote it',
  BLOCK_AS_IMPLICIT_KEY: 'a second key on the line: each stands on a line of its own, or all in { }',
  BLOCK_IN_FLOW: 'an indented block inside brackets',
  DUPLICATE_KEY: 'a key that was given already: keys are unique',
  IMPOSSIBLE: 'not YAML',
  KEY_OVER_1024_CHARS: 'a key of more than 1,024 characters',
  MISSING_CHAR: 'a quote, comma, colon or bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a key over several lines',
  MULTIPLE_ANCHORS: 'two anchors on one value',
  MULTIPLE_DOCS: 'several YAML documents: a file holds one scenario, without a line ---',
  MULTIPLE_TAGS: 'two tags on one value',
  NON_STRING_KEY: 'a key that is no text',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab where lines are indented: take spaces',
  TAG_RESOLVE_FAILED: 'a value that does not fit its tag',
  UNEXPECTED_TOKEN: 'a character that does not belong there',
}

/** Later faults of one text often come of the first; a few are enough. */
const MOST_SYNTAX_FAULTS = 3

const syntaxFaults = (faults: readonly YAMLError[], lines: LineCounter): readonly Fault[] => {
  const byLine = new Map<number, Fault>()
  for (const { code, pos } of faults) {
    const { line } = lines.linePos(pos[0])
    if (!byLine.has(line))
      byLine.set(line, { line, field: undefined, reason: `malformed YAML: ${SYNTAX[code]}` })
  }
  return [...byLine.values()].slice(0, MOST_SYNTAX_FAULTS)
}

/** What would be no plain data: aliases to nothing or to what holds them, tags of types that JSON lacks. */
const nodeFaults = (document: Document, lines: LineCounter): readonly Fault[] => {
  const faults: Fault[] = []
  const at = (node: Node, reason: string): void => {
    faults.push({ line: lines.linePos(node.range?.[0] ?? 0).line, field: undefined, reason })
  }
  const walk = (node: unknown, around: readonly unknown[]): void => {
    if (isAlias(node)) {
      const target = node.resolve(document)
      if (target === undefined) at(node, `the alias *${visible(node.source)} has no anchor before it`)
      else if (around.includes(target))
        at(node, `the alias *${visible(node.source)} stands inside its anchor`)
    } else if (isMap(node)) {
      if (node.tag !== undefined) at(node, 'a tag: plain values alone are allowed')
      for (const { key, value } of node.items) {
        if (!isScalar(key)) at(isAlias(key) || isMap(key) || isSeq(key) ? key : node, SYNTAX.NON_STRING_KEY)
        walk(value, [...around, node])
      }
    } else if (isSeq(node)) {
      if (node.tag !== undefined) at(node, 'a tag: plain values alone are allowed')
      for (const item of node.items) walk(item, [...around, node])
    } else if (isScalar(node) && node.tag !== undefined) at(node, 'a tag: plain values alone are allowed')
  }
  walk(document.contents, [])
  return faults
}

/** A number where it holds the integer, as it is written elsewhere. */
const plainNumber = (_: unknown, value: unknown): unknown =>
  typeof value === 'bigint' && value === BigInt(Number(value)) && Number.isSafeInteger(Number(value))
    ? Number(value)
    : value

const toData = (document: Document): { data: unknown } | { reason: string } => {
  try {
    return { data: document.toJS({ reviver: plainNumber }) }
  } catch (error) {
    // The parser's limit on what aliases may multiply to, or this process's stack.
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error
    return { reason: 'aliases that multiply beyond measure, or lists nested too deeply' }
  }
}

/** Parses a YAML text of one document. @returns the data, or all that is wrong */
export const parseSheet = (text: string): Sheet | readonly Fault[] => {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    prettyErrors: false,
    intAsBigInt: true,
    lineCounter: lines,
    logLevel: 'error',
  })
  const found = syntaxFaults([...document.errors, ...document.warnings], lines)
  if (found.length > 0) return found
  const faults = nodeFaults(document, lines)
  if (faults.length > 0) return faults
  const read = toData(document)
  if ('reason' in read) return [{ line: undefined, field: undefined, reason: read.reason }]
  return { data: read.data, lineOf: (path) => lineOf(document, lines, path) }
}

const lineOf = (document: Document, lines: LineCounter, path: readonly PropertyKey[]): number => {
  let node: unknown = document.contents
  let start = (node as Node | null)?.range?.[0] ?? 0
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      if (pair === undefined) break
      start = (pair.key as Node).range?.[0] ?? start
      node = pair.value
    } else if (isSeq(node) && typeof key === 'number' && node.items[key] !== undefined) {
      node = node.items[key]
      start = (node as Node).range?.[0] ?? start
    } else break
  }
  return lines.linePos(start).line
}
