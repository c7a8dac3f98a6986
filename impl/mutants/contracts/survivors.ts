import { alike, type Equivalent, type KnownSurvivors } from '../../../spec/checks/mutants/generated.ts'

/** Changes of one file that make no difference, each with its reason. */
const inFile = (
  file: string,
  changes: readonly (readonly [before: string, after: string, why: string])[],
): readonly Equivalent[] =>
  changes.map(([before, after, why]) => ({ file: `contracts/${file}`, before, after, why }))

/** The generated mutants of the contracts that survive, and why. */
export const CONTRACT_SURVIVORS: KnownSurvivors = {
  explained: [],
  equivalent: [
    ...inFile('Attention.sol', [
      [
        'ledger.credit(verifier, part < most ? part : most);',
        'ledger.credit(verifier, part <= most ? part : most);',
        'where both are the same, either is paid',
      ],
      [
        'return hash > PAID && uint256(hash) <= type(uint256).max / terms.parameters.oneIn;',
        'return hash >= PAID && uint256(hash) <= type(uint256).max / terms.parameters.oneIn;',
        'nobody finds what hashes to 1',
      ],
      [
        'return hash > PAID && uint256(hash) <= type(uint256).max / terms.parameters.oneIn;',
        'return hash > PAID && uint256(hash) < type(uint256).max / terms.parameters.oneIn;',
        'nobody finds what hashes to the one value at the limit',
      ],
    ]),
    ...inFile('Court.sol', [
      [
        'let free := mload(0x40)',
        'let free := mload(0x41)',
        'another place behind all that is allocated, 256 times as far: a hash reads what was written there just before',
      ],
      [
        'dispute.challengerMoves = standing >> 136 != 0;',
        'dispute.challengerMoves = standing >> 135 != 0;',
        'the bit below the turn is the highest of a time, which is set 17,000 years from now',
      ],
      [
        '_requireRoots(Position.segmentCount(segment.length, _arity), roots);',
        '_requireRoots(Position.segmentCount(_arity, segment.length), roots);',
        'it is the smaller of the two',
      ],
      [
        'uint48 length = uint48(bytes6(reply[:6]));',
        'uint48 length = uint48(bytes6(reply[:7]));',
        'of seven bytes it takes the first six',
      ],
    ]),
    ...alike(
      'at most a byte of what the recipient returns goes to scratch space, where nobody reads it',
      'contracts/Escrow.sol',
      'paid := call(gas(), to, credit, 0, 0, 0, 0)',
      ['1, 0', '0, 1'].map((output) => `paid := call(gas(), to, credit, 0, 0, ${output})`),
    ),
    ...inFile('Market.sol', [
      [
        'if (_saysTheSame(made, settling)) revert ClaimStands(id);',
        'if (_saysTheSame(settling, made)) revert ClaimStands(id);',
        'either says the same as the other',
      ],
      [
        'if (!_saysTheSame(made, settling)) revert ClaimDiffers(id);',
        'if (!_saysTheSame(settling, made)) revert ClaimDiffers(id);',
        'either says the same as the other',
      ],
      [
        'if (gasleft() < least) revert GasTooLow(least, gasleft());',
        'if (gasleft() <= least) revert GasTooLow(least, gasleft());',
        'a unit of gas more is asked for, of which some twenty thousand are to spare',
      ],
    ]),
    ...alike(
      'at most a byte of what the consumer returns goes to scratch space, where nobody reads it',
      'contracts/Market.sol',
      'isTaken := call(limit, to, 0, add(data, 32), mload(data), 0, 0)',
      ['1, 0', '0, 1'].map(
        (output) => `isTaken := call(limit, to, 0, add(data, 32), mload(data), ${output})`,
      ),
    ),
    ...inFile('libraries/MachineState.sol', [
      [
        'bytes memory preimage = new bytes(224);',
        'bytes memory preimage = new bytes(225);',
        'a byte more is set aside behind the state, and nothing reads it',
      ],
    ]),
    ...alike(
      'no power of an arity stands between them, so that as many dissections are needed',
      'contracts/Registry.sol',
      'uint256 private constant MAX_TILES = 2 ** 32 - 1;',
      ['2', '0'].map((less) => `uint256 private constant MAX_TILES = 2 ** 32 - ${less};`),
    ),
    ...alike(
      'the two are multiplied',
      'contracts/game/Position.sol',
      'segment.length = cutPoint(picked + 1, length, segments) - cutPoint(picked, length, segments);',
      [
        'segment.length = cutPoint(length, picked + 1, segments) - cutPoint(picked, length, segments);',
        'segment.length = cutPoint(picked + 1, length, segments) - cutPoint(length, picked, segments);',
      ],
    ),
    ...inFile('game/Position.sol', [
      [
        'return length < arity ? length : arity;',
        'return length <= arity ? length : arity;',
        'where both are the same, either will do',
      ],
      [
        'calldatacopy(add(segment, 0x40), add(opening.offset, 9), 64)',
        'calldatacopy(add(segment, 0x40), add(opening.offset, 9), 65)',
        'a byte more goes where the segment’s index is written next',
      ],
      [
        'if (opening.length < FIXED_BYTES) revert CallMalformed(FIXED_BYTES, opening.length);',
        'if (opening.length < FIXED_BYTES) {}',
        'an opening is the end of the calldata, behind which all bytes are zero: with no siblings the next check says the same',
      ],
      [
        'switch and(size, 127)',
        'switch or(size, 127)',
        'segments are then hashed one at a time, to the same root: four at a time is only faster',
      ],
    ]),
  ],
  counted: {},
}
