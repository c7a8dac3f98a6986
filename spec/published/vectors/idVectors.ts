import {
  asHash,
  type Id,
  keccak,
  type MerkleRoot,
  type StateRoot,
  type TensorRoot,
} from '../../commitments/hash.ts'
import { cutPoints, openSegment, opens, positionHash, segmentCount, vectorTree } from '../../game/position.ts'
import { MAX_CODE_HEIGHT, type Program } from '../../machine/program.ts'
import {
  type Address,
  type Claim,
  claimId,
  type Dispute,
  disputeId,
  type Task,
  taskId,
} from '../../service/task.ts'
import { checkModel, checkProgram, graphHeight, type Model, modelId, programId } from '../../tower/model.ts'
import { checkPhases } from '../../tower/towerRules.ts'
import { type Draws, drawsFrom } from './draws.ts'
import type { VectorFile } from './json.ts'
import { outcomeOf } from './outcome.ts'
import { GRAPH_MODEL, PROGRAM, VM_MODEL } from './smallModel.ts'

const MAX_UINT32 = 2 ** 32 - 1
const MAX_UINT48 = 2 ** 48 - 1

const hash = <Kind extends string>(draws: Draws) => asHash(draws.bytes(32)) as unknown as Kind
const address = (draws: Draws): Address => keccak(draws.bytes(20)).slice(0, 42) as Address

export const programCases = (draws: Draws): readonly Program[] => [
  PROGRAM,
  { ...PROGRAM, codeBase: 0, codeHeight: 0, entry: 0 },
  { ...PROGRAM, codeBase: MAX_UINT32 - 31, codeHeight: MAX_CODE_HEIGHT, entry: MAX_UINT32 },
  { ...PROGRAM, codeRoot: hash<MerkleRoot>(draws), imageRoot: hash<MerkleRoot>(draws) },
  // Refused.
  { ...PROGRAM, codeBase: PROGRAM.codeBase + 4 },
  { ...PROGRAM, codeHeight: MAX_CODE_HEIGHT + 1 },
  { ...PROGRAM, codeRoot: `0x${'00'.repeat(32)}` as MerkleRoot },
]

export const modelCases = (draws: Draws): readonly Model[] => [
  GRAPH_MODEL,
  VM_MODEL,
  {
    ...GRAPH_MODEL,
    nodeCount: 2 ** 24 - 1,
    valueHeight: 24,
    weightHeight: 24,
    inputSlot: 2 ** 23 - 1,
    outputSlot: 2 ** 24 - 1,
    stepLimit: MAX_UINT48,
  },
  {
    ...GRAPH_MODEL,
    nodeCount: 1,
    valueHeight: 1,
    weightHeight: 0,
    inputSlot: 0,
    outputSlot: 1,
    stepLimit: 1,
  },
  { ...GRAPH_MODEL, graphRoot: hash<MerkleRoot>(draws), weightsRoot: hash<MerkleRoot>(draws) },
  { ...GRAPH_MODEL, phases: ['graph'] },
  { ...GRAPH_MODEL, phases: ['graph', 'graph', 'vm'] },
  { ...VM_MODEL, phases: ['vm', 'vm'] },
  { ...VM_MODEL, phases: ['vm', 'graph'] },
  // Refused for their numbers.
  { ...GRAPH_MODEL, phases: [] },
  { ...GRAPH_MODEL, nodeCount: 0 },
  { ...GRAPH_MODEL, nodeCount: 2 ** 24 },
  { ...GRAPH_MODEL, valueHeight: 0 },
  { ...GRAPH_MODEL, valueHeight: 25 },
  { ...GRAPH_MODEL, weightHeight: 25 },
  { ...GRAPH_MODEL, inputSlot: 8 },
  { ...GRAPH_MODEL, outputSlot: 16 },
  { ...GRAPH_MODEL, outputBytes: 2 ** 16 + 1 },
  { ...GRAPH_MODEL, mostIterations: 1 },
  { ...GRAPH_MODEL, stepLimit: 0 },
  { ...VM_MODEL, outputSlot: 6 },
  { ...VM_MODEL, valueHeight: 4 },
]

const tasks = (draws: Draws): readonly Task[] => [
  {
    requester: address(draws),
    nonce: 0,
    modelId: hash<Id>(draws),
    inputRoot: hash<TensorRoot>(draws),
    iterations: 0,
    feeWei: 0n,
    attentionWei: 0n,
    deadline: 0,
  },
  {
    requester: address(draws),
    nonce: 1,
    modelId: hash<Id>(draws),
    inputRoot: hash<TensorRoot>(draws),
    iterations: 4096,
    feeWei: 10n ** 18n,
    attentionWei: 10n ** 16n,
    deadline: 1_800_000_000,
  },
  {
    requester: address(draws),
    nonce: MAX_UINT48,
    modelId: hash<Id>(draws),
    inputRoot: hash<TensorRoot>(draws),
    iterations: 2 ** 32 - 1,
    feeWei: 2n ** 128n - 1n,
    attentionWei: 2n ** 128n - 1n,
    deadline: 2 ** 40 - 1,
  },
]

const claims = (draws: Draws): readonly Claim[] =>
  [
    [0, 1],
    [1, 2 ** 24],
    [MAX_UINT48, MAX_UINT48],
  ].map(([nonce, length]) => ({
    taskId: hash<Id>(draws),
    modelId: hash<Id>(draws),
    server: address(draws),
    nonce: nonce!,
    length: length!,
    startRoot: hash<StateRoot>(draws),
    endRoot: hash<StateRoot>(draws),
    outputRoot: hash<TensorRoot>(draws),
  }))

const disputes = (draws: Draws): readonly Dispute[] =>
  [0, 1, MAX_UINT48].map((nonce) => ({
    claimId: hash<Id>(draws),
    modelId: hash<Id>(draws),
    asserter: address(draws),
    challenger: address(draws),
    nonce,
  }))

/** Phase, length and arity of a vector. */
const POSITIONS = [
  [0, 1, 2],
  [0, 2, 2],
  [1, 5, 3],
  [2, 1000, 4],
  [0, MAX_UINT48, 5],
  [3, 16, 16],
  [30, 65_537, 64],
] as const

/** A position, and each of its segments opened; then openings that are of another position, or of none. */
const positionVector = (draws: Draws, [phase, length, arity]: (typeof POSITIONS)[number]) => {
  const segments = segmentCount(length, arity)
  const roots = Array.from({ length: segments + 1 }, () => hash<StateRoot>(draws))
  const position = { phase, length, roots, at: [0] }
  const positionHashed = positionHash(position)
  const picks = [...new Set([0, 1, 2, Math.floor(segments / 2), segments - 1])].filter(
    (pick) => pick < segments,
  )
  const openings = picks.map((segment) => openSegment(position, segment))
  const [first] = openings
  const others = [
    { ...first!, segment: first!.segment + 1 },
    { ...first!, segments: first!.segments + 1 },
    { ...first!, length: length - 1 },
    { ...first!, phase: phase + 1 },
    { ...first!, start: first!.end, end: first!.start },
    { ...first!, siblings: [...first!.siblings, first!.start] },
  ]
  return {
    phase,
    length,
    arity,
    segments,
    cutPoints: cutPoints(length, segments),
    roots,
    vectorRoot: vectorTree(roots).root,
    positionHash: positionHashed,
    openings: [...openings, ...others].map((opening) => ({
      opening,
      opens: opens(opening, positionHashed).ok,
    })),
  }
}

export const idVectors = (): VectorFile => {
  const draws = drawsFrom(5)
  return {
    about:
      'Content addresses: spec/tower/model, spec/service/task; positions: spec/game/position. Where a program or model is refused at registration, rejection says so; its id is what the hash gives all the same.',
    programs: programCases(draws).map((program) => ({
      program,
      ...outcomeOf('checked', checkProgram(program)),
      checked: undefined,
      id: programId(program),
    })),
    models: modelCases(draws).map((model) => {
      const checked = checkModel(model)
      return {
        model,
        graphHeight: graphHeight(model.nodeCount),
        ...outcomeOf('checked', checked.ok ? checkPhases(model.phases) : checked),
        checked: undefined,
        id: modelId(model),
      }
    }),
    tasks: tasks(draws).map((task) => ({ task, id: taskId(task) })),
    claims: claims(draws).map((claim) => ({ claim, id: claimId(claim) })),
    disputes: disputes(draws).map((dispute) => ({ dispute, id: disputeId(dispute) })),
    positions: POSITIONS.map((position) => positionVector(draws, position)),
  }
}
