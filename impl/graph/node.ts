import type { Bytes } from '../../spec/commitments/bytes.ts'
import { type Descriptor, decodeHead, encodeDescriptor } from '../../spec/graph/descriptor.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { operatorByCode, operatorByName, operatorCodeOf } from '../../spec/graph/operators/index.ts'
import { tilingOf } from '../../spec/graph/tiles.ts'

/** A node as its descriptor says. Undefined where the descriptor's operator is unknown. */
export const nodeFromDescriptor = (name: string, descriptor: Bytes): GraphNode | undefined => {
  const operator = operatorByCode(operatorCodeOf(descriptor))
  if (operator === undefined) return undefined
  const { operands, outputSlot } = decodeHead(descriptor)
  return {
    name,
    operator: operator.name,
    operands,
    outputSlot,
    outputType: operator.outputType,
    outputElements: operator.outputElements(descriptor),
    descriptor,
  }
}

/** What it takes to write a node down; everything else follows. Attributes may be negative: two's complement. */
export interface NodePlan extends Pick<Descriptor, 'operands' | 'outputSlot' | 'attributes'> {
  readonly name: string
  readonly operator: string
}

/** A node in tiles that are dissected well, in place if its operator is. @throws Error where there is no such operator */
export const planNode = ({ name, operator, ...plan }: NodePlan): GraphNode => {
  const found = operatorByName(operator)
  if (found === undefined) throw new Error(`unknown operator ${operator}`)
  const inPlace = found.inPlace ?? false
  const whole = { ...plan, inPlace, tileCount: 1, operatorCode: found.code, tileElements: 0 }
  return nodeFromDescriptor(
    name,
    encodeDescriptor({ ...whole, ...tilingOf(found, encodeDescriptor(whole)) }),
  )!
}
