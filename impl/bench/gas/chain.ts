/** Flags of a chain that has the rules of Osaka: calldata at its floor, no transaction above 16,777,216 gas. */
export const OSAKA: readonly string[] = ['--hardfork', 'osaka', '--enable-tx-gas-limit']
