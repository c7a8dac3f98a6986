import { type Bytes, concat } from '../../commitments/bytes.ts'
import type { StateRoot, TensorRoot } from '../../commitments/hash.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import type { PreparedClaim } from '../../strategies/parties.ts'
import type { ArbiterRules, Descended, DescentRules, TopRules, Trace } from '../../tower/tower.ts'
import { flipBit } from './draws.ts'
import { outcomeOf } from './outcome.ts'

/** Where phases meet: what `enterRoot` and `exitRoot` make of true witnesses, and of damaged ones. */

export const start = ({ startRoot }: TopRules, input: TensorRoot, witness: Bytes) => ({
  input,
  witness,
  ...outcomeOf('startRoot', startRoot(input, witness)),
})

/** @param iterations as many as the request asks for; 0 where the top phase is no loop */
export const output = (
  { outputRoot }: TopRules,
  end: StateRoot,
  length: number,
  witness: Bytes,
  iterations = 0,
) => ({
  iterations,
  end,
  length,
  witness,
  ...outcomeOf('outputRoot', outputRoot(end, length, witness, iterations)),
})

/** Both ends of a run below, from one witness. */
export const descended = (
  { enterRoot, exitRoot }: DescentRules,
  preState: StateRoot,
  end: StateRoot,
  length: number,
  witness: Bytes,
) => ({
  preState,
  end,
  length,
  witness,
  ...outcomeOf('enterRoot', enterRoot(preState, witness)),
  // Whatever refuses the start refuses the end for the same reason.
  ...outcomeOf('exitRoot', exitRoot(preState, end, length, witness)),
})

export const stepped = ({ stepRoot }: ArbiterRules, preState: StateRoot, witness: Bytes) => ({
  preState,
  witness,
  ...outcomeOf('stepRoot', stepRoot(preState, witness)),
})

/** The witness itself, then damaged: a bit in every `stride`-th byte, its last byte, too short and too long. */
export const damages = (witness: Bytes, stride: number): readonly Bytes[] => [
  witness,
  ...Array.from({ length: Math.ceil(witness.length / stride) }, (_, i) =>
    flipBit(witness, stride * i, i % 8),
  ),
  ...(witness.length > 0
    ? [flipBit(witness, witness.length - 1, 7), witness.slice(1), witness.slice(0, -1)]
    : []),
  concat(witness, new Uint8Array(1)),
  concat(witness, new Uint8Array(32)),
]

export const rootAt = (trace: Trace, step: number): StateRoot => trace.rootsAt([step])[0]!

/** One step of the phase above: the run below it is entered, run and left, in every way. */
export const jointVectors = (
  rules: DescentRules,
  above: Trace,
  at: number,
  { below, witness }: Descended,
  stride: number,
  lengths: readonly number[],
) => {
  const [pre, post] = [rootAt(above, at), rootAt(above, at + 1)]
  const end = rootAt(below, below.length)
  return {
    step: at,
    preState: pre,
    postState: post,
    start: rootAt(below, 0),
    length: below.length,
    end,
    descents: [
      ...damages(witness, stride).map((damaged) => descended(rules, pre, end, below.length, damaged)),
      descended(rules, post, end, below.length, witness),
      descended(rules, pre, rootAt(below, below.length - 1), below.length, witness),
      ...lengths.map((length) => descended(rules, pre, end, length, witness)),
    ],
  }
}

const FINE_STRIDE = 32

/** A claim about a run: its start from an input, its output, and every way to damage what shows them. */
export const topVectors = (
  top: TopRules,
  inputBytes: Bytes,
  run: Trace,
  carried: Pick<PreparedClaim, 'startWitness' | 'outputWitness'>,
  stepLimit: number,
  iterations = 0,
) => {
  const input = tensorRoot(inputBytes)
  const end = rootAt(run, run.length)
  return {
    start: damages(carried.startWitness, FINE_STRIDE).map((witness) => start(top, input, witness)),
    output: [
      ...damages(carried.outputWitness, FINE_STRIDE).map((witness) =>
        output(top, end, run.length, witness, iterations),
      ),
      output(top, rootAt(run, 0), run.length, carried.outputWitness, iterations),
      ...[0, run.length + 1, stepLimit, stepLimit + 1].map((length) =>
        output(top, end, length, carried.outputWitness, iterations),
      ),
    ],
  }
}
