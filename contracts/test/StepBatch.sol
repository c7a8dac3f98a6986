// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Rv32Step} from "../libraries/Rv32Step.sol";

/// @title Many steps in one call, to compare the contract's machine with the others
/// @notice A batch is a row of items, each
///
///   codeBase (4, big-endian) | codeHeight (1) | codeRoot (32) | pre (32) | witness length (4, big-endian) | witness
///
/// and the answer is a row of 36 bytes each: the selector of the error that refused it (0 where none did) | post root.
contract StepBatch {
    uint256 private constant HEAD_BYTES = 73;

    /// @notice One step, as a transaction of its own pays for it.
    function step(uint32 codeBase, uint8 codeHeight, bytes32 codeRoot, bytes32 pre, bytes calldata witness)
        external
        pure
        returns (bytes32)
    {
        return Rv32Step.stepRoot(codeBase, codeHeight, codeRoot, pre, witness);
    }

    function stepMany(bytes calldata items) external view returns (bytes memory results) {
        uint256 count = 0;
        for (uint256 at = 0; at < items.length; count++) {
            at += HEAD_BYTES + uint32(bytes4(items[at + HEAD_BYTES - 4:at + HEAD_BYTES]));
        }
        results = new bytes(36 * count);
        uint256 to;
        assembly ("memory-safe") {
            to := add(results, 32)
        }
        for (uint256 at = 0; at < items.length; to += 36) {
            uint256 end = at + HEAD_BYTES + uint32(bytes4(items[at + HEAD_BYTES - 4:at + HEAD_BYTES]));
            (bytes4 selector, bytes32 post) = _tryStep(items[at:end]);
            assembly ("memory-safe") {
                mstore(to, selector)
                // The last item's root ends where `results` ends.
                mstore(add(to, 4), post)
            }
            at = end;
        }
    }

    function _tryStep(bytes calldata item) private view returns (bytes4 selector, bytes32 post) {
        try this.step(
            uint32(bytes4(item[0:4])),
            uint8(item[4]),
            bytes32(item[5:37]),
            bytes32(item[37:69]),
            item[HEAD_BYTES:]
        ) returns (bytes32 root) {
            return (0, root);
        } catch (bytes memory reason) {
            return (bytes4(reason), 0);
        }
    }
}
