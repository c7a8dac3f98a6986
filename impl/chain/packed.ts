import { type Bytes, bigEndian, concat, fromHex } from '../../spec/commitments/bytes.ts'
import { type Hash, keccak } from '../../spec/commitments/hash.ts'
import { packHashes } from '../../spec/commitments/merkle.ts'
import { type Opening, positionHash } from '../../spec/game/position.ts'
import type { Reply } from '../../spec/game/reply.ts'
import type { RunningDispute } from '../../spec/service/state.ts'
import type { Dispute } from '../../spec/service/task.ts'

/** Disputes and moves as the contract takes them, packed: see contracts/Court.sol. */

/** What a running dispute comes to besides its position. */
export type Standing = Pick<RunningDispute, 'clocks' | 'weight'>

export const packDispute = ({ claimId, modelId, asserter, challenger, nonce }: Dispute): Bytes =>
  concat(fromHex(claimId), fromHex(modelId), fromHex(asserter), fromHex(challenger), bigEndian(nonce, 6))

export const packStanding = ({ clocks: { turn, turnSince, left }, weight }: Standing): Bytes =>
  concat(
    bigEndian(turn === 'asserter' ? 0 : 1, 1),
    bigEndian(turnSince, 5),
    bigEndian(left.asserter, 4),
    bigEndian(left.challenger, 4),
    bigEndian(weight, 4),
  )

/** The word that the contract keeps of a running dispute whose position hashes to that. */
export const wordOf = (position: Hash, standing: Standing): Hash => keccak(position, packStanding(standing))

export const runningWord = (dispute: RunningDispute): Hash => wordOf(positionHash(dispute.position), dispute)

export const packOpening = ({ phase, length, segments, segment, start, end, siblings }: Opening): Bytes =>
  concat(
    bigEndian(phase, 1),
    bigEndian(length, 6),
    bigEndian(segments, 1),
    bigEndian(segment, 1),
    fromHex(start),
    fromHex(end),
    bigEndian(siblings.length, 1),
    packHashes(siblings),
  )

export const packReply = (reply: Reply): Bytes => {
  switch (reply.kind) {
    case 'Dissect':
      return packHashes(reply.roots)
    case 'Descend':
      return concat(
        bigEndian(reply.length, 6),
        bigEndian(reply.roots.length, 1),
        packHashes(reply.roots),
        reply.witness,
      )
    case 'Arbitrate':
      return reply.witness
  }
}
