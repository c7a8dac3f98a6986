import type { Reply } from './reply.ts'

/**
 * What a challenger's accepted moves weigh where a fallen claim's bond is divided: about what they cost in gas, in units of
 * 10,000. So whoever adds disputes of its own to take part of the reward from others pays gas for each part.
 */
export const REPLY_WEIGHTS: Readonly<Record<Reply['kind'], number>> = {
  Dissect: 5,
  Descend: 9,
  Arbitrate: 6,
}

/** What an opening weighs besides its reply. */
export const OPENING_WEIGHT = 4
