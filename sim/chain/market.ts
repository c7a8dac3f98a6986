import type { Chance } from '../chance.ts'
import { type BaseFee, backgroundGas } from './fees.ts'

/** What decides the price of blocks and the room in them. */
export interface MarketTerms {
  readonly baseFee: BaseFee
  /** The most gas of a block. */
  readonly blockGas: number
  /** Share of the blocks that others use. */
  readonly load: number
  /** Decides others' use. */
  readonly chance: Chance
}

/** The market for gas, block after block: the base fee, and how much of each block others take. */
export class Market {
  readonly #terms: MarketTerms
  #fee: BaseFee
  #last = 0

  constructor(terms: MarketTerms) {
    this.#terms = terms
    this.#fee = terms.baseFee
  }

  /**
   * The base fee of the block with this number, and the gas that others leave in it. The fee remembers every block since
   * the last of ours, those that nobody of ours used too.
   */
  open(block: number): { readonly gwei: number; readonly gas: number } {
    if (!this.#fee.isConstant)
      for (let idle = this.#last + 1; idle < block; idle++) this.#fee = this.#fee.after(this.#background())
    this.#last = block
    return { gwei: this.#fee.gwei, gas: this.#terms.blockGas - this.#background() }
  }

  /** @param usedGas of all that the block came to hold, others' among it */
  close(usedGas: number): void {
    this.#fee = this.#fee.after(usedGas)
  }

  #background(): number {
    const { load, blockGas, chance } = this.#terms
    return backgroundGas(load, blockGas, chance)
  }
}
