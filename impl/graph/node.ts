import type { Bytes } from '../../spec/commitments/bytes.ts'
import { type Descriptor, decodeHead, encodeDescriptor } from '../../spec/graph/descriptor.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { operatorByCode, operatorByName, operatorCodeOf } from '../../spec/graph/operators/index.ts'

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

/** What it takes to write a node down; everything else follows. */
export interface NodePlan extends Pick<Descriptor, 'operands' | 'outputSlot' | 'attributes'> {
  readonly name: string
  readonly operator: string
}

/** A node that writes its output afresh, as one tile. @throws Error where there is no such operator */
export const planNode = ({ name, operator, ...plan }: NodePlan): GraphNode => {
  const found = operatorByName(operator)
  if (found === undefined) throw new Error(`unknown operator ${operator}`)
  const descriptor = { ...plan, inPlace: false, tileCount: 1, operatorCode: found.code, tileElements: 0 }
  const tileElements = found.outputElements(encodeDescriptor(descriptor))
  return nodeFromDescriptor(name, encodeDescriptor({ ...descriptor, tileElements }))!
}
