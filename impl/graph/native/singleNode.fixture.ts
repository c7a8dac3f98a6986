import type { Bytes } from '../../../spec/commitments/bytes.ts'
import {
  decodeHead,
  encodeDescriptor,
  OPERAND_COUNT,
  type OperandReference,
} from '../../../spec/graph/descriptor.ts'
import { operatorByCode, operatorCodeOf } from '../../../spec/graph/operators/index.ts'
import { type NativeModule, WIDE_MODULE } from '../../kernels/nativeModules.ts'
import { nodeFromDescriptor } from '../node.ts'
import { compileKernels, instantiateKernels } from './kernelModule.ts'
import { CONTROL } from './layout.ts'
import { PlacedModel } from './placedModel.ts'

const OUTPUT_SLOT = 8

/**
 * A whole node on the native kernels, in this thread.
 *
 * @param descriptor its tiles are left out of account
 * @param operands by operand slot
 */
export const nodeRunner = (module: NativeModule) => {
  const compiled = compileKernels(module.file)
  const wide = module === WIDE_MODULE
  return (descriptor: Bytes, operands: readonly Bytes[], outputBefore: Bytes): Bytes => {
    const operator = operatorByCode(operatorCodeOf(descriptor))!
    const references = Array.from(
      { length: OPERAND_COUNT },
      (_, index): OperandReference => ({ kind: 'value', index }),
    )
    const head = encodeDescriptor({
      ...decodeHead(descriptor),
      operands: references,
      outputSlot: OUTPUT_SLOT,
      operatorCode: operator.code,
      tileElements: 0,
      attributes: [],
    })
    const rewritten = Uint8Array.from([...head.subarray(0, 40), ...descriptor.subarray(40)])
    const node = nodeFromDescriptor(operator.name, rewritten)!
    const placed = new PlacedModel(
      {
        name: operator.name,
        nodes: [node],
        weights: [],
        valueHeight: 4,
        weightHeight: 0,
        inputSlot: 0,
        inputBytes: 0,
        outputSlot: OUTPUT_SLOT,
      },
      1,
      { wide },
    )
    operands.forEach((tensor, slot) => {
      placed.setValue(slot, tensor)
    })
    placed.setValue(OUTPUT_SLOT, outputBefore)
    const { layout, memory } = placed
    const kernels = instantiateKernels(compiled, memory, layout.stackTops[0]!, wide)
    const barrier = layout.control + 4 * CONTROL.barrier
    const [scratch, hasher] = [layout.scratches[0]!, layout.chunks.hashers[0]!]
    kernels.runTasks(layout.tasks, 1, 1, 0, 1, barrier, scratch, hasher)
    return placed.room(OUTPUT_SLOT).slice(0, node.outputElements * (operator.outputType === 'int16' ? 2 : 4))
  }
}
