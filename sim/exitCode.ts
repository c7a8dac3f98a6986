import { ChainUnreachable } from '../impl/chain/connection.ts'
import { FollowerMismatch } from '../impl/chain/follower.ts'
import { CallFailed } from '../impl/chain/sendCall.ts'
import { MnistFileError } from '../impl/models/mnist/data.ts'
import { ModelFileError } from '../impl/models/modelFile.ts'
import { BadInput } from './badInput.ts'
import { QueueUnreachable } from './queue/connection.ts'
import { StoriesDiffer } from './replay.ts'

/** What `npm run sim` ends with; of several scenarios the highest counts. */
export const EXIT = {
  /** The `expect` block holds, or there is none. */
  met: 0,
  unmet: 1,
  /** A file, a flag, or a place for reports that cannot be written. */
  badInput: 2,
  divergence: 3,
  /** A chain that cannot be played on, or a queue that cannot be reached. */
  chain: 4,
  /** A fault of this program itself. */
  fault: 70,
  interrupted: 130,
} as const

export const EXIT_CODES = [
  'Exit codes, of several scenarios the highest:',
  '  0    what the scenario expects has come true, or it expects nothing',
  '  1    it has not',
  '  2    bad input: a file or an option, or reports cannot be written there',
  '  3    the chain and the specification tell different stories',
  '  4    the chain cannot be played on, or the queue not be used: it does not answer, or lacks something',
  '  70   a fault of this program',
  '  130  interrupted',
].join('\n')

const KINDS: readonly (readonly [new (...args: never[]) => Error, number])[] = [
  [BadInput, EXIT.badInput],
  [ModelFileError, EXIT.badInput],
  [MnistFileError, EXIT.badInput],
  [StoriesDiffer, EXIT.divergence],
  [FollowerMismatch, EXIT.divergence],
  [CallFailed, EXIT.divergence],
  [ChainUnreachable, EXIT.chain],
  [QueueUnreachable, EXIT.chain],
]

/** The exit code of an error that says what is wrong by itself; undefined for a fault of our own. */
export const exitCodeOf = (error: unknown): number | undefined =>
  KINDS.find(([kind]) => error instanceof kind)?.[1]
