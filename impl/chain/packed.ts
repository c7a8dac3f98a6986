import {
  type Bytes,
  bigEndian,
  concat,
  fromBigEndian,
  fromHex,
  isUint,
} from '../../spec/commitments/bytes.ts'
import { type Hash, keccak, type StateRoot } from '../../spec/commitments/hash.ts'
import { packHashes, unpackHashes } from '../../spec/commitments/merkle.ts'
import { type Opening, positionHash } from '../../spec/game/position.ts'
import type { Reply } from '../../spec/game/reply.ts'
import type { RunningDispute } from '../../spec/service/state.ts'
import type { Dispute } from '../../spec/service/task.ts'

/** Disputes and moves as the contract takes them, packed: see contracts/Court.sol. */

/** `value` in so many bytes. @throws RangeError where it does not fit: cut off, it would be another call */
const uint = (value: number, width: number): Bytes => {
  if (!isUint(value, 8 * width)) throw new RangeError(`${value} does not fit ${width} bytes`)
  return bigEndian(value, width)
}

/** What a running dispute comes to besides its position. */
export type Standing = Pick<RunningDispute, 'clocks' | 'weight'>

export const packDispute = ({ claimId, asserter, challenger, nonce }: Dispute): Bytes =>
  concat(fromHex(claimId), fromHex(asserter), fromHex(challenger), uint(nonce, 6))

export const packStanding = ({ clocks: { turn, turnSince, left }, weight }: Standing): Bytes =>
  concat(
    uint(turn === 'asserter' ? 0 : 1, 1),
    uint(turnSince, 5),
    uint(left.asserter, 4),
    uint(left.challenger, 4),
    uint(weight, 4),
  )

/** The word that the contract keeps of a running dispute whose position hashes to that. */
export const wordOf = (position: Hash, standing: Standing): Hash => keccak(position, packStanding(standing))

export const runningWord = (dispute: RunningDispute): Hash => wordOf(positionHash(dispute.position), dispute)

export const packOpening = ({ phase, length, segments, segment, start, end, siblings }: Opening): Bytes =>
  concat(
    uint(phase, 1),
    uint(length, 6),
    uint(segments, 1),
    uint(segment, 1),
    fromHex(start),
    fromHex(end),
    uint(siblings.length, 1),
    packHashes(siblings),
  )

const REPLY_CODES = { Dissect: 0, Descend: 1, Arbitrate: 2 } as const satisfies Record<Reply['kind'], number>

const packReplyBody = (reply: Reply): Bytes => {
  switch (reply.kind) {
    case 'Dissect':
      return packHashes(reply.roots)
    case 'Descend':
      return concat(
        uint(reply.length, 6),
        uint(reply.roots.length, 1),
        packHashes(reply.roots),
        reply.witness,
      )
    case 'Arbitrate':
      return reply.witness
  }
}

export const packReply = (reply: Reply): Bytes =>
  concat(uint(REPLY_CODES[reply.kind], 1), packReplyBody(reply))

/** @throws RangeError where the bytes are not whole roots: no service logs such */
const unpackRoots = (bytes: Bytes): readonly StateRoot[] => {
  if (bytes.length % 32 !== 0) throw new RangeError(`${bytes.length} bytes are no roots of 32`)
  return unpackHashes(bytes) as readonly StateRoot[]
}

/** Data of the event `Dissected`: which segment was replied to, and with which roots. */
export const unpackDissected = (data: Bytes) => ({ segment: data[0]!, roots: unpackRoots(data.subarray(1)) })

/** Data of the event `Descended`: as well, length and first state of the run below. */
export const unpackDescended = (data: Bytes) => {
  const [start, ...roots] = unpackRoots(data.subarray(7)) as [StateRoot, ...StateRoot[]]
  return { segment: data[0]!, length: Number(fromBigEndian(data.subarray(1, 7))), start, roots }
}
