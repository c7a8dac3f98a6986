import { toQuantity } from 'ethers'
import { parametersOf } from '../../spec/checks/properties/alphabetGame.ts'
import { type Bytes, toHex } from '../../spec/commitments/bytes.ts'
import type { Id, StateRoot, TensorRoot } from '../../spec/commitments/hash.ts'
import type { Result } from '../../spec/result.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import { initialService } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { type Model, modelId } from '../../spec/tower/model.ts'
import type { TowerRules } from '../../spec/tower/tower.ts'
import { towerRules } from '../../spec/tower/towerRules.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { opmlInterface } from './contractInterface.ts'
import { deployContract } from './deploy.ts'
import { encodeCall } from './encodeCall.ts'

/** The registry's towers as the game asks them, beside those of the specification. */

/** One question to a tower. */
export type Question =
  | { readonly kind: 'startRoot'; readonly input: TensorRoot; readonly witness: Bytes }
  | {
      readonly kind: 'outputRoot'
      readonly iterations: number
      readonly end: StateRoot
      readonly length: number
      readonly witness: Bytes
    }
  | {
      readonly kind: 'descent'
      readonly phase: number
      readonly preState: StateRoot
      readonly end: StateRoot
      readonly length: number
      readonly witness: Bytes
    }
  | { readonly kind: 'stepRoot'; readonly preState: StateRoot; readonly witness: Bytes }

export interface RegistryChain {
  /** Registers program and model, unless they are. */
  readonly register: (model: Model) => Promise<void>
  /** The tower's word on each: roots, or the refusal with the values that disagree. */
  readonly verdicts: (model: Model, questions: readonly Question[]) => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

/** Towers are checked for no deployment in particular. */
const TEST_PARAMETERS = parametersOf(3)

const REGISTRANT: Address = `0x${'5'.repeat(40)}`

const argumentsOf = (question: Question): readonly unknown[] => {
  const witness = toHex(question.witness)
  switch (question.kind) {
    case 'startRoot':
      return [question.input, witness]
    case 'outputRoot':
      return [question.iterations, question.end, question.length, witness]
    case 'descent':
      return [question.phase, question.preState, question.end, question.length, witness]
    case 'stepRoot':
      return [question.preState, witness]
  }
}

/** A value as both sides print it. */
const plain = (value: unknown): string =>
  typeof value === 'number' ? BigInt(value).toString() : String(value)

const refusal = (reason: string, value: (name: string) => unknown): string => {
  const values = opmlInterface()
    .getError(reason)!
    .inputs.map(({ name }) => `${name} ${plain(value(name))}`)
  return `${reason}: ${values.join(', ')}`
}

const chainWord = (kind: Question['kind'], result?: string, revertData?: string): string => {
  if (result !== undefined) return [...opmlInterface().decodeFunctionResult(kind, result)].join(' ')
  const error = revertData === undefined ? null : opmlInterface().parseError(revertData)
  return error === null ? `failed: ${revertData}` : refusal(error.name, (name) => error.args.getValue(name))
}

const specWord = (...results: readonly Result<string>[]): string => {
  const words: string[] = []
  for (const result of results) {
    if (!result.ok) return refusal(result.rejection.reason, (name) => result.rejection.details[name])
    words.push(result.value)
  }
  return words.join(' ')
}

/** The specification's word, in the form of `RegistryChain.verdicts`. */
export const specVerdictOf = (rules: TowerRules, question: Question): string => {
  switch (question.kind) {
    case 'startRoot':
      return specWord(rules.top.startRoot(question.input, question.witness))
    case 'outputRoot':
      return specWord(
        rules.top.outputRoot(question.end, question.length, question.witness, question.iterations),
      )
    case 'descent': {
      const { phase, preState, end, length, witness } = question
      const { enterRoot, exitRoot } = rules.descents[phase]!
      return specWord(enterRoot(preState, witness), exitRoot(preState, end, length, witness))
    }
    case 'stepRoot':
      return specWord(rules.arbiter.stepRoot(question.preState, question.witness))
  }
}

export const rulesOf = (model: Model): TowerRules => {
  const rules = towerRules(model)
  if (!rules.ok) throw new Error(rules.rejection.reason)
  return rules.value
}

interface Answer {
  readonly id: number
  readonly result?: string
  readonly error?: { readonly data?: string }
}

/** A tower contract's word on each of several questions about a model. */
export const towerVerdicts = async (
  { url }: Pick<TestChain, 'url'>,
  tower: Address,
  model: Id,
  questions: readonly Question[],
): Promise<readonly string[]> => {
  if (questions.length === 0) return []
  const answersTo = async (calls: readonly string[]): Promise<readonly Answer[]> => {
    const body = calls.map((data, index) => {
      const call = { to: tower, data, gas: toQuantity(20_000_000) }
      return { jsonrpc: '2.0', id: index, method: 'eth_call', params: [call, 'latest'] }
    })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    return ((await response.json()) as readonly Answer[]).toSorted((a, b) => a.id - b.id)
  }
  const [terms] = await answersTo([opmlInterface().encodeFunctionData('terms', [model])])
  const [number] = opmlInterface().decodeFunctionResult('terms', terms!.result!)
  const answers = await answersTo(
    questions.map((question) => {
      // A game goes by the tower's own number for the model.
      const named = question.kind === 'descent' || question.kind === 'stepRoot' ? number : model
      return opmlInterface().encodeFunctionData(question.kind, [named, ...argumentsOf(question)])
    }),
  )
  return answers.map(({ result, error }, i) => chainWord(questions[i]!.kind, result, error?.data))
}

export const startRegistry = async (): Promise<RegistryChain> => {
  const chain = await startTestChain([REGISTRANT])
  const registry = await deployContract('Registry', await chain.provider.getSigner(0), [
    TEST_PARAMETERS.arity,
    TEST_PARAMETERS.mostMoves,
  ])
  const state = initialService(TEST_PARAMETERS)
  const known = new Set<string>()
  let now = 1000

  const register = async (model: Model): Promise<void> => {
    for (const call of registrationOf(model)) {
      const data = encodeCall(call, state)
      if (known.has(data)) continue
      known.add(data)
      const { outcome } = await chain.submitData(registry, data, {
        sender: REGISTRANT,
        valueWei: 0n,
        now: now++,
      })
      if (outcome !== 'accepted') throw new Error(`${call.kind}: ${outcome}`)
    }
  }

  return {
    register,
    verdicts: (model, questions) => towerVerdicts(chain, registry, modelId(model), questions),
    stop: chain.stop,
  }
}
