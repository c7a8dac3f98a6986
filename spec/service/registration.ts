import type { Parameters } from '../setting/parameters.ts'
import type { Model } from '../tower/model.ts'
import { applyCall } from './apply.ts'
import type { Call } from './calls.ts'
import { deploy, type ServiceState } from './state.ts'

/** The calls that bring a model to a deployment. */
export const registrationOf = (model: Model): readonly Call[] => [
  { kind: 'RegisterProgram', program: model.program },
  { kind: 'RegisterModel', model },
]

const NOBODY = `0x${'00'.repeat(20)}` as const

/** The service of a deployment on which a model has been registered. Who registered it, and when, leaves no trace. */
export const registeredService = (parameters: Parameters, model: Model): ServiceState => {
  const deployed = deploy(parameters)
  if (!deployed.ok) throw new Error(`${deployed.rejection.reason}: ${deployed.rejection.details['fault']}`)
  return registrationOf(model).reduce((state, call) => {
    const result = applyCall(state, call, { sender: NOBODY, valueWei: 0n, now: 0 })
    if (!result.ok) throw new Error(`${call.kind} refused: ${result.rejection.reason}`)
    return result.value.state
  }, deployed.value)
}
