import type { KnownSurvivors } from '../../../spec/checks/mutants/generated.ts'

/** The generated mutants of the contracts that survive, and why. */
export const CONTRACT_SURVIVORS: KnownSurvivors = {
  explained: [],
  equivalent: [
    {
      file: 'contracts/libraries/MachineState.sol',
      before: 'bytes memory preimage = new bytes(224);',
      after: 'bytes memory preimage = new bytes(225);',
      why: 'a byte more is set aside behind the state, and nothing reads it',
    },
    {
      file: 'contracts/game/Position.sol',
      before: 'if (opening.length < FIXED_BYTES) revert CallMalformed(FIXED_BYTES, opening.length);',
      after: 'if (opening.length < FIXED_BYTES) {}',
      why: 'an opening is the end of the calldata, behind which all bytes are zero: with no siblings the next check says the same',
    },
    {
      file: 'contracts/game/Position.sol',
      before: 'switch and(size, 127)',
      after: 'switch or(size, 127)',
      why: 'segments are then hashed one at a time, to the same root: four at a time is only faster',
    },
  ],
  counted: {},
}
