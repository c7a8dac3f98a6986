import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  VERIFIER,
} from '../../spec/checks/properties/alphabetGame.ts'
import { play } from '../../spec/checks/properties/play.ts'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import { registeredService } from '../../spec/service/registration.ts'
import { requesterActs, requesterFor, serverActs, verifierActs } from '../../spec/strategies/parties.ts'
import { modelId, type PhaseName } from '../../spec/tower/model.ts'
import { convertTiny } from '../convert/llama/tiny.fixture.ts'
import type { InferenceRun } from '../inference/inferenceRun.ts'
import { GREEDY, LanguageModel } from '../inference/languageModel.ts'
import type { ModelRuns } from '../inference/runs.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { checkTiles } from './checkTiles.ts'
import { holdModel } from './heldModel.ts'
import { languageFault, languageRuns, openLanguage } from './languageRuns.ts'
import { recordLoop } from './loopRecord.ts'

const folder = mkdtempSync(join(tmpdir(), 'tower-'))
afterAll(() => rmSync(folder, { recursive: true }))

const PHASES: readonly PhaseName[] = ['loop', 'graph', 'tile', 'vm']
const TASK = { prompt: 'Once', tokens: 4, sampling: GREEDY }

/** Plays a task about a claim to its end in the modelled chain. */
const verdict = (
  runs: ModelRuns,
  input: Uint8Array,
  claimed: InferenceRun,
  disputing: InferenceRun,
  arity: number,
) => {
  const asked = {
    nonce: 0,
    modelId: modelId(runs.model),
    iterations: runs.iterations,
    attentionWei: 0n,
    feeWei: 100n,
    deadline: START + 50_000,
  }
  const requester = requesterFor(REQUESTER, asked, input)
  const { task } = requester
  const end = play(
    registeredService(parametersOf(arity), runs.model),
    START,
    task,
    [
      { address: SERVER, act: (view) => serverActs(view, { address: SERVER, task, ...claimed }) },
      {
        address: VERIFIER,
        act: (view) => verifierActs(view, { address: VERIFIER, task, traceAgainst: () => disputing.trace }),
      },
      { address: REQUESTER, act: (view) => requesterActs(view, requester) },
    ],
    () => {},
  )
  const [dispute] = end.disputes.values()
  return {
    claim: [...end.claims.values()][0]?.kind,
    ...(dispute?.kind === 'Decided' ? { winner: dispute.winner, by: dispute.by } : {}),
  }
}

describe.each(['fixed', 'f32'] as const)('a converted language model in %s', async (format) => {
  const file = await convertTiny(folder, format)
  const language = openLanguage(file)!
  const { runs, input } = languageRuns(language, PHASES, TASK)

  // Rationale: who serves and who disputes compute the same run by different code.
  test('LANGUAGE-RUNS-1 a run ends in the state that serving commits, and says the same', async () => {
    const served = await LanguageModel.open(file, 2)
    served.start(runs.conversation!.promptTokens, GREEDY)
    await served.readPrompt()
    for (let token = 0; token < TASK.tokens; token++) await served.iterate()
    const { prepared } = runs.honest()
    expect(prepared.endRoot).toBe(await served.stateRoot())
    expect(runs.conversation!.answerOf(prepared.output).tokens).toEqual(
      [0, 1, 2, 3].map((index) => served.answer(index)),
    )
    await served.close()
  })

  // Rationale: a weight that is hashed again would cost minutes; one that is not held against its root, the bond.
  test('LANGUAGE-RUNS-2 the committed weights are those of the file’s header, which are those of its bytes', () => {
    const { header, engine } = language
    expect(header.weights.map(({ root }) => root)).toEqual(
      engine.graph.weights.map((bytes) => tensorRoot(bytes)),
    )
    const altered = {
      ...language,
      header: { ...header, weights: header.weights.with(1, header.weights[0]!) },
    }
    expect(languageRuns(altered, PHASES, TASK).runs.model.weightsRoot).not.toBe(runs.model.weightsRoot)
  })

  test('LANGUAGE-RUNS-3 random tiles are the same natively, in the machine and in the specification', () => {
    const roots = language.header.weights.map(({ root }) => root as unknown as TensorRoot)
    const held = holdModel(language.engine.graph, roots, PHASES, language.header.mostIterations)
    const record = recordLoop(language.engine, input, runs.iterations)
    const nodes = new Set<number>()
    fc.assert(
      fc.property(fc.noBias(fc.nat()), (seed) => {
        let drawn = seed
        const choose = (below: number): number => {
          drawn = (Math.imul(drawn, 1_103_515_245) + 12_345) >>> 0
          return (drawn >>> 8) % below
        }
        for (const { isSame, node } of checkTiles(held, language.engine, record, 2, choose)) {
          expect(isSame).toBe(true)
          nodes.add(node)
        }
      }),
      { numRuns: 15 },
    )
    expect(nodes.size).toBeGreaterThan(10)

    // So many tiles as there are operators, and no more: each is reached, the rare ones too.
    const { nodes: all } = language.engine.graph
    const operators = new Set(all.map(({ operator }) => operator))
    const kinds = new Set(
      all.map(({ operator, outputElements, descriptor }) =>
        [operator, outputElements, decodeHead(descriptor).tileCount].join(),
      ),
    )
    const checked = [...checkTiles(held, language.engine, record, kinds.size, () => 0)]
    expect(new Set(checked.map(({ kind }) => kind.operator))).toEqual(operators)
    expect(checked.every(({ isSame }) => isSame)).toBe(true)
  })

  // Rationale: what the whole is for: whoever tells the truth about a language model wins, down to one instruction.
  test('LANGUAGE-RUNS-4 a lie anywhere is refuted, and a frivolous dispute is lost', () => {
    const { nodes } = runs.graph
    let lies = 0
    fc.assert(
      fc.property(
        fc.noBias(fc.nat()),
        fc.noBias(fc.nat()),
        fc.constantFrom(2, 5, 16),
        (where, what, arity) => {
          const honest = runs.honest()
          const node = where % nodes.length
          const iteration = what % runs.iterations
          const element = what % nodes[node]!.outputElements
          const draws = [where, what, where ^ what, what + 1]
          let drawn = 0
          const damaged = runs.damaged((below) => draws[drawn++ % draws.length]! % below)
          const isWritten = runs.writesElement!(node, element, iteration)
          const lying = isWritten ? runs.withElement(node, element, 4_000_000, iteration) : damaged
          const isHealed = lying.prepared.endRoot === honest.prepared.endRoot
          expect(verdict(runs, input, lying, honest, arity)).toEqual(
            isHealed ? { claim: 'Final' } : { claim: 'Refuted', winner: 'challenger', by: 'arbitration' },
          )
          expect(verdict(runs, input, honest, damaged, arity)).toEqual({
            claim: 'Final',
            winner: 'asserter',
            by: 'arbitration',
          })
          if (!isHealed) lies++
        },
      ),
      { numRuns: 6 },
    )
    expect(lies).toBeGreaterThan(2)
  })

  test('LANGUAGE-RUNS-5 tasks that the model cannot be given are told by field and reason', () => {
    const fault = (task: object, phases = PHASES) => languageFault(language, phases, { ...TASK, ...task })
    expect(fault({})).toBeUndefined()
    expect(fault({ prompt: [] })).toMatchObject({ field: 'prompt' })
    expect(fault({ prompt: [1, 288] })).toMatchObject({
      field: 'prompt',
      reason: expect.stringMatching(/288 is outside/),
    })
    expect(fault({ prompt: Array(33).fill(1) })).toMatchObject({
      field: 'prompt',
      reason: expect.stringMatching(/up to 32/),
    })
    expect(fault({ tokens: 9 })).toMatchObject({ field: 'tokens', reason: expect.stringMatching(/1 to 8/) })
    expect(fault({ prompt: 'O', tokens: 1 }, ['graph', 'vm'])).toBeUndefined()
    expect(fault({}, ['graph', 'vm'])).toMatchObject({ field: 'prompt' })
    expect(fault({ prompt: 'O' }, ['graph', 'vm'])).toMatchObject({ field: 'tokens' })
  })
})
