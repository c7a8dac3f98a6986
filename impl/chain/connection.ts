/** A chain that cannot be worked with: it does not answer, or mines nothing, or lacks what is asked of it. */
export class ChainUnreachable extends Error {
  override readonly name = 'ChainUnreachable'
}
