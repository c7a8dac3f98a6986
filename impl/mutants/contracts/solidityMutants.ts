import { editOf, type Position } from '../../../spec/checks/mutants/generated.ts'
import { type AstNode, placeOf, walk } from './solidityAst.ts'

/** One change of one source. */
export interface SolidityMutant {
  /** Path below `contracts/`. */
  readonly file: string
  /** Function that it is in, with its contract; the contract alone for what stands beside functions. */
  readonly inside: string
  readonly line: number
  readonly mutator: string
  /** The lines that are changed, in one line. */
  readonly before: string
  readonly after: string
  /** The whole source, changed. */
  readonly source: string
}

interface Change {
  readonly mutator: string
  readonly start: number
  readonly end: number
  readonly replacement: string
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '==': ['!='],
  '!=': ['=='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['/'],
  '**': ['*'],
  '&': ['|'],
  '|': ['&'],
  '^': ['|'],
  '<<': ['>>'],
  '>>': ['<<'],
}

const ASSIGNMENTS: Readonly<Record<string, string>> = {
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '/=': '*=',
  '|=': '&=',
  '&=': '|=',
  '<<=': '>>=',
  '>>=': '<<=',
}

const BUILTINS: Readonly<Record<string, string>> = {
  add: 'sub',
  sub: 'add',
  mul: 'div',
  div: 'mul',
  and: 'or',
  or: 'and',
  xor: 'or',
  shl: 'shr',
  shr: 'shl',
  sar: 'shr',
  lt: 'gt',
  gt: 'lt',
  slt: 'lt',
  sgt: 'gt',
  eq: 'lt',
  byte: 'shr',
  calldataload: 'mload',
}

const COMPARISONS: readonly unknown[] = ['<', '<=', '>', '>=', '==', '!=']

const nodeOf = (value: unknown): AstNode => value as AstNode
const nodesOf = (value: unknown): readonly AstNode[] => value as readonly AstNode[]

const typeOf = (expression: AstNode): unknown =>
  (expression['typeDescriptions'] as { readonly typeIdentifier?: unknown } | undefined)?.typeIdentifier

/** What can be taken away whole, and leaves a program. */
const isStatement = ({ nodeType }: AstNode, above: readonly AstNode[]): boolean => {
  if (nodeType === 'ExpressionStatement')
    return above[0]?.['loopExpression'] === undefined || above[0].nodeType !== 'ForStatement'
  return ['EmitStatement', 'RevertStatement', 'YulExpressionStatement', 'YulAssignment'].includes(nodeType)
}

/** The changes of one node, as `text` reads the source. */
const changesOf = (
  node: AstNode,
  above: readonly AstNode[],
  text: (start: number, end: number) => string,
): readonly Change[] => {
  const [start, end] = placeOf(node)
  const whole = (mutator: string, replacement: string): Change => ({ mutator, start, end, replacement })

  /** Between two parts stands the operator, and no such sign in a comment. */
  const operatorBetween = (left: AstNode, right: AstNode, from: string, to: string): Change => {
    const [, leftEnd] = placeOf(left)
    const [rightStart] = placeOf(right)
    const at = leftEnd + Buffer.from(text(leftEnd, rightStart).split(from)[0]!).length
    return { mutator: 'Operator', start: at, end: at + from.length, replacement: to }
  }

  const numbersBeside = (value: string): readonly string[] => {
    const number = BigInt(value)
    const written = (changed: bigint): string =>
      value.startsWith('0x') ? `0x${changed.toString(16).padStart(value.length - 2, '0')}` : `${changed}`
    return [number + 1n, ...(number > 0n ? [number - 1n] : [])].map(written)
  }

  /** A comparison's negation is one of its operators' changes. */
  const negated = (condition: AstNode): readonly Change[] => {
    if (COMPARISONS.includes(condition['operator']) || condition['operator'] === '!') return []
    const [from, to] = placeOf(condition)
    return [{ mutator: 'Condition', start: from, end: to, replacement: `!(${text(from, to)})` }]
  }

  /** A statement of Solidity ends before its semicolon; one of Yul has none. */
  const removed = (): readonly Change[] => {
    if (!isStatement(node, above)) return []
    return [{ ...whole('Statement', '{}'), end: text(end, end + 1) === ';' ? end + 1 : end }]
  }

  switch (node.nodeType) {
    case 'BinaryOperation': {
      const operator = String(node['operator'])
      return (OPERATORS[operator] ?? []).map((other) =>
        operatorBetween(nodeOf(node['leftExpression']), nodeOf(node['rightExpression']), operator, other),
      )
    }
    case 'Assignment': {
      const operator = String(node['operator'])
      const other = ASSIGNMENTS[operator]
      if (other === undefined) return []
      return [operatorBetween(nodeOf(node['leftHandSide']), nodeOf(node['rightHandSide']), operator, other)]
    }
    case 'UnaryOperation': {
      const [from, to] = placeOf(nodeOf(node['subExpression']))
      const inner = text(from, to)
      if (node['operator'] === '!') return [whole('Condition', inner)]
      if (node['operator'] === '++') return [whole('Operator', `${inner}--`)]
      if (node['operator'] === '--') return [whole('Operator', `${inner}++`)]
      return []
    }
    case 'IfStatement':
    case 'Conditional':
    case 'WhileStatement':
      return negated(nodeOf(node['condition']))
    case 'Literal': {
      if (node['kind'] === 'bool') return [whole('Constant', node['value'] === 'true' ? 'false' : 'true')]
      if (node['kind'] !== 'number' || above[0]?.nodeType === 'ArrayTypeName') return []
      return numbersBeside(text(start, end).replaceAll('_', '')).map((other) => whole('Constant', other))
    }
    case 'YulLiteral':
      if (node['kind'] !== 'number') return []
      return numbersBeside(text(start, end)).map((other) => whole('Constant', other))
    case 'FunctionCall': {
      const given = nodesOf(node['arguments'])
      return given.flatMap((left, i) => {
        const right = given.slice(i + 1).find((other) => typeOf(other) === typeOf(left))
        if (right === undefined || typeOf(left) === undefined) return []
        const [leftStart, leftEnd] = placeOf(left)
        const [rightStart, rightEnd] = placeOf(right)
        const [first, between, second] = [
          text(leftStart, leftEnd),
          text(leftEnd, rightStart),
          text(rightStart, rightEnd),
        ]
        if (first === second) return []
        const replacement = `${second}${between}${first}`
        return [{ mutator: 'Arguments', start: leftStart, end: rightEnd, replacement }]
      })
    }
    case 'YulFunctionCall': {
      const name = nodeOf(node['functionName'])
      const other = BUILTINS[String(name['name'])]
      if (other === undefined) return []
      const [from, to] = placeOf(name)
      return [{ mutator: 'Operator', start: from, end: to, replacement: other }]
    }
    case 'ModifierInvocation':
      return node['kind'] === 'modifierInvocation' ? [whole('Modifier', '')] : []
    default:
      return removed()
  }
}

const positionOf = (bytes: Buffer, at: number): Position => {
  const lines = bytes.subarray(0, at).toString().split('\n')
  return { line: lines.length, column: lines.at(-1)!.length + 1 }
}

const insideOf = (node: AstNode, above: readonly AstNode[]): string =>
  [node, ...above]
    .filter(({ nodeType }) => ['FunctionDefinition', 'ContractDefinition'].includes(nodeType))
    .map(({ name, kind }) => String(name || kind))
    .reverse()
    .join('.')

/** Every mutant of one source: operators, conditions, constants, statements, modifiers and arguments. */
export const mutantsOf = (file: string, source: string, ast: AstNode): readonly SolidityMutant[] => {
  const bytes = Buffer.from(source)
  const text = (start: number, end: number): string => bytes.subarray(start, end).toString()
  const mutants = new Map<string, SolidityMutant>()
  walk(ast, (node, above) => {
    for (const { mutator, start, end, replacement } of changesOf(node, above, text)) {
      const key = `${start} ${end} ${replacement}`
      if (mutants.has(key)) continue
      const place = positionOf(bytes, start)
      mutants.set(key, {
        file,
        inside: insideOf(node, above),
        line: place.line,
        mutator,
        ...editOf(source, place, positionOf(bytes, end), replacement),
        source: text(0, start) + replacement + text(end, bytes.length),
      })
    }
  })
  return [...mutants.values()]
}
