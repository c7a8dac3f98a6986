import type { Result as Decoded } from 'ethers'
import { fromHex } from '../../spec/commitments/bytes.ts'
import type { Program } from '../../spec/machine/program.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { type Model, PHASE_CODES, type PhaseName } from '../../spec/tower/model.ts'
import type { Log } from './blocks.ts'
import { opmlInterface } from './contractInterface.ts'

const PHASES = new Map<number, PhaseName>(
  Object.entries(PHASE_CODES).map(([name, code]) => [code, name as PhaseName]),
)

/** Fields by their names; integers are of 48 bits at most, and so are numbers. */
const fieldsOf = (struct: Decoded): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(struct.toObject()).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? Number(value) : value,
    ]),
  )

/** Undefined where its program is not known, or a phase is none of ours. */
const readModel = (struct: Decoded, { programs }: ServiceState): Model | undefined => {
  const { programId, phases: codes, ...fields } = fieldsOf(struct)
  const program = programs.get(programId as never)
  const phases = [...fromHex(codes as never)].map((code) => PHASES.get(code))
  return program === undefined || phases.includes(undefined)
    ? undefined
    : ({ ...fields, program, phases } as unknown as Model)
}

/**
 * What an entry of the registry's log makes of the service. Anybody may register anything that the contract takes; what
 * the specification does not take, or has already, is left out, and so will be every task on it.
 */
export const foldRegistration = (service: ServiceState, log: Log): ServiceState => {
  const parsed = opmlInterface().parseLog(log)
  const register = (call: Call): ServiceState => {
    const result = applyCall(service, call, { sender: log.address, valueWei: 0n, now: 0 })
    return result.ok ? result.value.state : service
  }
  if (parsed?.name === 'ProgramRegistered') {
    const program = fieldsOf(parsed.args['program']) as unknown as Program
    return register({ kind: 'RegisterProgram', program })
  }
  if (parsed?.name === 'ModelRegistered') {
    const model = readModel(parsed.args['model'], service)
    return model === undefined ? service : register({ kind: 'RegisterModel', model })
  }
  return service
}
