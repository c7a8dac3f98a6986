import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parametersOf } from '../checks/properties/alphabetGame.ts'
import { keccak, type MerkleRoot, ZERO_HASH } from '../commitments/hash.ts'
import { maxMoves } from '../game/bounds.ts'
import type { Program } from '../machine/program.ts'
import { applyCall } from '../service/apply.ts'
import { registeredService, registrationOf } from '../service/registration.ts'
import { initialService } from '../service/state.ts'
import {
  carryHeight,
  checkModel,
  checkProgram,
  graphHeight,
  longestRuns,
  type Model,
  modelId,
  PHASE_CODES,
  programId,
} from './model.ts'
import { graphCases } from './phases/graph.arbitrary.ts'
import { checkPhases, towerRules } from './towerRules.ts'

const root = (name: number): MerkleRoot => keccak(Uint8Array.of(name))

/** A model that can be registered, the graph on top. */
const graphModel = (): Model => fc.sample(graphCases, { numRuns: 1, seed: 1 })[0]!.model

/** The whole of it in the machine. */
const machineModel = (): Model => ({
  ...graphModel(),
  phases: ['vm'],
  valueHeight: 3,
  inputSlot: 1,
  outputSlot: 7,
})

/** A field, its least and its most value, and the word for what is wrong with one beyond them. */
type Limits<Subject> = readonly (readonly [field: keyof Subject, least: number, most: number])[]

const expectLimits = <Subject>(
  subject: Subject,
  faultOf: (given: Subject) => unknown,
  limits: Limits<Subject>,
): void => {
  for (const [field, least, most] of limits) {
    const fault = (value: number) => faultOf({ ...subject, [field]: value })
    expect([field, fault(least), fault(most)]).toEqual([field, undefined, undefined])
    for (const value of [least - 1, most + 1, least + 0.5, Number.NaN])
      expect([field, value, fault(value)]).toEqual([field, value, field])
  }
}

const PARAMETERS = parametersOf(16)
const SENDER = `0x${'1'.repeat(40)}` as const

describe('programs', () => {
  const faultOf = (program: Program): unknown => {
    const checked = checkProgram(program)
    if (checked.ok) return undefined
    expect(checked.rejection.reason).toBe('ProgramInvalid')
    return checked.rejection.details['field']
  }

  /** Rationale: a program that no machine can be given would leave whoever must arbitrate it without a move. */
  test('PROGRAM-1 a program is refused where a field does not fit the machine, and the field is named', () => {
    const { program } = graphModel()
    expect(faultOf(program)).toBeUndefined()
    expectLimits(program, faultOf, [
      ['codeHeight', 0, 27],
      ['entry', 0, 2 ** 32 - 1],
    ])
    for (const codeBase of [0, 32, 2 ** 32 - 32]) expect(faultOf({ ...program, codeBase })).toBeUndefined()
    for (const codeBase of [-32, 16, 4, 2 ** 32, 0.5])
      expect(faultOf({ ...program, codeBase })).toBe('codeBase')
    expect(faultOf({ ...program, codeRoot: ZERO_HASH as unknown as MerkleRoot })).toBe('codeRoot')
  })

  test('PROGRAM-2 a program’s id binds each of its fields', () => {
    const { program } = graphModel()
    const others: readonly Partial<Program>[] = [
      { codeBase: program.codeBase + 32 },
      { codeHeight: program.codeHeight + 1 },
      { codeRoot: root(1) },
      { imageRoot: root(1) },
      { entry: program.entry + 4 },
    ]
    const ids = [program, ...others.map((other) => ({ ...program, ...other }))].map(programId)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('models', () => {
  const faultOf = (model: Model): unknown => {
    const checked = checkModel(model)
    if (checked.ok) return undefined
    expect(checked.rejection.reason).toBe('ModelInvalid')
    return checked.rejection.details['field']
  }

  /** Rationale: nobody may be able to stake on a model about which a dispute could not be played to its end. */
  test('MODEL-1 a model is refused where its numbers do not fit together, and the field is named', () => {
    const model = { ...graphModel(), valueHeight: 3, inputSlot: 0, outputSlot: 0 }
    expect(faultOf(model)).toBeUndefined()
    expectLimits(model, faultOf, [
      ['nodeCount', 1, 2 ** 24 - 1],
      ['valueHeight', 1, 24],
      ['weightHeight', 0, 24],
      ['inputSlot', 0, 3],
      ['outputSlot', 0, 7],
      ['outputBytes', 0, 2 ** 16],
      ['mostIterations', 0, 0],
      ['stepLimit', 1, 2 ** 48 - 1],
    ])
    expect(faultOf({ ...model, phases: [] })).toBe('phases')
    const many = (count: number): Model => ({
      ...model,
      phases: Array.from({ length: count }, () => 'graph'),
    })
    expect([31, 32].map((count) => faultOf(many(count)))).toEqual([undefined, 'phases'])
  })

  test('MODEL-2 with the machine on top the value slots are the memory’s', () => {
    const model = machineModel()
    expect(faultOf(model)).toBeUndefined()
    expectLimits(model, faultOf, [['inputSlot', 0, 7]])
    for (const outputSlot of [0, 6]) expect(faultOf({ ...model, outputSlot })).toBe('valueHeight')
    expect(faultOf({ ...model, valueHeight: 4 })).toBe('valueHeight')
    expect([carryHeight(model), carryHeight({ ...model, phases: ['graph', 'vm'] })]).toEqual([3, 2])
  })

  test('MODEL-3 a model’s id binds each of its fields', () => {
    const model = graphModel()
    const others: readonly Partial<Model>[] = [
      { program: { ...model.program, entry: model.program.entry + 4 } },
      { phases: ['vm', 'graph'] },
      { phases: ['vm'] },
      { graphRoot: root(1) },
      { nodeCount: model.nodeCount + 1 },
      { valueHeight: model.valueHeight + 1 },
      { weightHeight: model.weightHeight + 1 },
      { weightsRoot: root(1) },
      { carryRoot: root(1) },
      { inputSlot: model.inputSlot + 1 },
      { outputSlot: model.outputSlot + 1 },
      { outputBytes: model.outputBytes + 1 },
      { mostIterations: model.mostIterations + 1 },
      { stepLimit: model.stepLimit + 1 },
    ]
    const ids = [model, ...others.map((other) => ({ ...model, ...other }))].map(modelId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('MODEL-4 the tree over the nodes is as high as they need', () => {
    expect([0, 1, 2, 3, 4, 5, 8, 9].map(graphHeight)).toEqual([0, 0, 1, 2, 2, 3, 3, 4])
  })

  /** Rationale: a tower with a gap in it has a step that nobody can show the inside of. */
  test('MODEL-5 phases that have no joint, or no arbiter at their end, are refused, and the pair is named', () => {
    const refusal = (...phases: Model['phases']) => {
      const checked = checkPhases(phases)
      return checked.ok ? 'accepted' : checked.rejection
    }
    expect(refusal('vm')).toBe('accepted')
    expect(refusal('graph', 'vm')).toBe('accepted')
    for (const [phases, above, below] of [
      [[], undefined, undefined],
      [['graph'], 'graph', undefined],
      [['vm', 'graph'], 'graph', undefined],
      [['vm', 'vm'], 'vm', 'vm'],
      [['graph', 'graph', 'vm'], 'graph', 'graph'],
      [['graph', 'vm', 'vm'], 'vm', 'vm'],
    ] as const)
      expect(refusal(...phases)).toEqual({
        reason: 'NoDescent',
        details: { above: above ? PHASE_CODES[above] : 0, below: below ? PHASE_CODES[below] : 0 },
      })
    const { phases } = machineModel()
    expect(towerRules({ ...graphModel(), phases: ['graph'] })).toMatchObject({ ok: false })
    for (const model of [graphModel(), { ...machineModel(), phases }]) {
      const rules = towerRules(model)
      if (!rules.ok) throw new Error(rules.rejection.reason)
      expect(rules.value.phases).toEqual(model.phases)
      expect(rules.value.descents).toHaveLength(model.phases.length - 1)
    }
  })
})

describe('registration', () => {
  const register = (state: ReturnType<typeof initialService>, call: Parameters<typeof applyCall>[1]) =>
    applyCall(state, call, { sender: SENDER, valueWei: 0n, now: 0 })

  /** Rationale: an id that could be taken twice would put another model under a task that has been paid for. */
  test('REGISTER-1 a program comes before its model, each once, and neither where it is invalid', () => {
    const model = graphModel()
    const [programCall, modelCall] = registrationOf(model)
    const empty = initialService(PARAMETERS)
    expect(register(empty, modelCall!)).toMatchObject({ rejection: { reason: 'ProgramUnknown' } })
    const first = register(empty, programCall!)
    if (!first.ok) throw new Error(first.rejection.reason)
    expect(first.value).toMatchObject({ id: programId(model.program), paidWei: 0n })
    expect(first.value.state.programs.get(programId(model.program))).toEqual(model.program)
    expect(register(first.value.state, programCall!)).toEqual({
      ok: false,
      rejection: { reason: 'AlreadyRegistered', details: { id: programId(model.program) } },
    })
    const second = register(first.value.state, modelCall!)
    if (!second.ok) throw new Error(second.rejection.reason)
    expect(second.value).toMatchObject({ id: modelId(model), paidWei: 0n })
    expect(second.value.state.models.get(modelId(model))?.phases).toEqual(['graph', 'vm'])
    expect(register(second.value.state, modelCall!)).toEqual({
      ok: false,
      rejection: { reason: 'AlreadyRegistered', details: { id: modelId(model) } },
    })
    const { state } = first.value
    const bad = (change: Partial<Model>) =>
      register(state, { kind: 'RegisterModel', model: { ...model, ...change } })
    expect(bad({ nodeCount: 0 })).toMatchObject({ rejection: { reason: 'ModelInvalid' } })
    expect(bad({ phases: ['graph'] })).toMatchObject({ rejection: { reason: 'NoDescent' } })
    expect(bad({ program: { ...model.program, entry: -1 } })).toMatchObject({
      rejection: { reason: 'CallMalformed' },
    })
    expect(bad({ program: { ...model.program, entry: 0 } })).toMatchObject({
      rejection: { reason: 'ProgramUnknown' },
    })
    expect(
      register(empty, { kind: 'RegisterProgram', program: { ...model.program, codeBase: 4 } }),
    ).toMatchObject({
      rejection: { reason: 'ProgramInvalid' },
    })
  })

  /** Rationale: clocks and bonds are made for so many moves; a model whose disputes can have more would outlast both. */
  test('BOUND-7 a model about which a dispute could have more moves than the deployment takes is refused', () => {
    const model = graphModel()
    const moves = maxMoves(longestRuns(model), PARAMETERS.arity)
    const withMost = (mostMoves: number) => {
      const start = initialService({ ...PARAMETERS, mostMoves })
      return registrationOf(model).reduce<ReturnType<typeof register>>(
        (result, call) => (result.ok ? register(result.value.state, call) : result),
        { ok: true, value: { state: start, id: undefined, paidWei: 0n, callback: undefined } },
      )
    }
    expect(withMost(moves).ok).toBe(true)
    expect(withMost(moves - 1)).toEqual({
      ok: false,
      rejection: { reason: 'MovesTooMany', details: { most: moves - 1, given: moves } },
    })
  })

  test('REGISTER-2 a service on which a model is registered has it, and what cannot be is a bug', () => {
    const model = graphModel()
    const state = registeredService(PARAMETERS, model)
    expect([...state.models.keys()]).toEqual([modelId(model)])
    expect([...state.programs.keys()]).toEqual([programId(model.program)])
    expect(state).toMatchObject({ parameters: PARAMETERS, balanceWei: 0n, burnedWei: 0n })
    expect(() => registeredService({ ...PARAMETERS, arity: 1 }, model)).toThrow('ParameterInvalid')
    expect(() => registeredService(PARAMETERS, { ...model, nodeCount: 0 })).toThrow('ModelInvalid')
  })
})
