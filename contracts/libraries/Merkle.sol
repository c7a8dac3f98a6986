// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {WitnessMalformed} from "./WitnessRejections.sol";

/// @title Binary keccak Merkle trees of fixed height over 32-byte leaves
/// @notice Mirrors spec/commitments/merkle.ts. A tree of height h has 2^h leaves; leaf i is the left child where
/// bit 0 of i is clear. Siblings are 32 bytes each, lowest first. The height is always the caller's, never the
/// proof's, and an index outside the tree is refused.
library Merkle {
    /// @dev Z(0) to Z(27), 32 bytes each: Z(h) is the root of the tree of height h whose leaves are all zero.
    bytes private constant ZERO_ROOTS =
        hex"0000000000000000000000000000000000000000000000000000000000000000"
        hex"ad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5"
        hex"b4c11951957c6f8f642c4af61cd6b24640fec6dc7fc607ee8206a99e92410d30"
        hex"21ddb9a356815c3fac1026b6dec5df3124afbadb485c9ba5a3e3398a04b7ba85"
        hex"e58769b32a1beaf1ea27375a44095a0d1fb664ce2dd358e7fcbfb78c26a19344"
        hex"0eb01ebfc9ed27500cd4dfc979272d1f0913cc9f66540d7e8005811109e1cf2d"
        hex"887c22bd8750d34016ac3c66b5ff102dacdd73f6b014e710b51e8022af9a1968"
        hex"ffd70157e48063fc33c97a050f7f640233bf646cc98d9524c6b92bcf3ab56f83"
        hex"9867cc5f7f196b93bae1e27e6320742445d290f2263827498b54fec539f756af"
        hex"cefad4e508c098b9a7e1d8feb19955fb02ba9675585078710969d3440f5054e0"
        hex"f9dc3e7fe016e050eff260334f18a5d4fe391d82092319f5964f2e2eb7c1c3a5"
        hex"f8b13a49e282f609c317a833fb8d976d11517c571d1221a265d25af778ecf892"
        hex"3490c6ceeb450aecdc82e28293031d10c7d73bf85e57bf041a97360aa2c5d99c"
        hex"c1df82d9c4b87413eae2ef048f94b4d3554cea73d92b0f7af96e0271c691e2bb"
        hex"5c67add7c6caf302256adedf7ab114da0acfe870d449a3a489f781d659e8becc"
        hex"da7bce9f4e8618b6bd2f4132ce798cdc7a60e7e1460a7299e3c6342a579626d2"
        hex"2733e50f526ec2fa19a22b31e8ed50f23cd1fdf94c9154ed3a7609a2f1ff981f"
        hex"e1d3b5c807b281e4683cc6d6315cf95b9ade8641defcb32372f1c126e398ef7a"
        hex"5a2dce0a8a7f68bb74560f8f71837c2c2ebbcbf7fffb42ae1896f13f7c7479a0"
        hex"b46a28b6f55540f89444f63de0378e3d121be09e06cc9ded1c20e65876d36aa0"
        hex"c65e9645644786b620e2dd2ad648ddfcbf4a7e5b1a3a4ecfe7f64667a3f0b7e2"
        hex"f4418588ed35a2458cffeb39b93d26f18d2ab13bdce6aee58e7b99359ec2dfd9"
        hex"5a9c16dc00d6ef18b7933a6f8dc65ccb55667138776f7dea101070dc8796e377"
        hex"4df84f40ae0c8229d0d6069e5c8f39a7c299677a09d367fc7b05e3bc380ee652"
        hex"cdc72595f74c7b1043d0e1ffbab734648c838dfb0527d971b602bc216c9619ef"
        hex"0abf5ac974a1ed57f4050aa510dd9c74f508277b39d7973bb2dfccc5eeb0618d"
        hex"b8cd74046ff337f0a7bf2c8e03e10f642c1886798d71806ab1e888d9e5ee87d0"
        hex"838c5655cb21c6cb83313b5a631175dff4963772cce9108188b34ac87c81c41e";

    /// @dev The greatest height whose Z is at hand: that of the machine's memory.
    uint256 internal constant MAX_HEIGHT = 27;

    /// @notice Z(0) to Z(27) in memory. Fetch it once, then use `zeroAt`.
    function zeroRoots() internal pure returns (bytes memory) {
        return ZERO_ROOTS;
    }

    /// @notice Z(height) out of `zeroRoots()`; `height` is at most `MAX_HEIGHT`.
    function zeroAt(bytes memory zeros, uint256 height) internal pure returns (bytes32 zero) {
        assembly ("memory-safe") {
            zero := mload(add(add(zeros, 32), shl(5, height)))
        }
    }

    /// @notice Z(height); `height` is at most `MAX_HEIGHT`.
    function zeroRoot(uint256 height) internal pure returns (bytes32) {
        return zeroAt(ZERO_ROOTS, height);
    }

    /// @notice Root of two neighbours.
    function join(bytes32 left, bytes32 right) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            root := keccak256(0x00, 0x40)
        }
    }

    /// @notice Root of the tree of height `siblings.length / 32` in which `leaf` stands at `index`.
    /// Refuses an index outside the tree and siblings of a broken length.
    function climb(bytes32 leaf, uint256 index, bytes calldata siblings) internal pure returns (bytes32 root) {
        unchecked {
            uint256 height = siblings.length >> 5;
            if (siblings.length & 31 != 0) revert WitnessMalformed(height << 5, siblings.length);
            if (index >> height != 0) revert WitnessMalformed((1 << height) - 1, index);
        }
        root = ascend(leaf, index, siblings);
    }

    /// @notice As `climb`, of siblings and an index that the caller has checked.
    function ascend(bytes32 leaf, uint256 index, bytes calldata siblings) internal pure returns (bytes32 root) {
        root = leaf;
        assembly ("memory-safe") {
            let end := add(siblings.offset, siblings.length)
            for { let at := siblings.offset } lt(at, end) { at := add(at, 32) } {
                // The node goes left where the index is even: to 0x00, its sibling to 0x20.
                let place := shl(5, and(index, 1))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(at))
                root := keccak256(0x00, 0x40)
                index := shr(1, index)
            }
        }
    }

    /// @notice As `climb` in a tree of `height`, where sibling i is given only if bit i of `bitmap` is set and is
    /// Z(i) else. `height` is at most 27; `siblings` holds exactly the siblings given, which the caller has checked.
    function climbSparse(
        bytes32 leaf,
        uint256 index,
        uint256 height,
        uint256 bitmap,
        bytes calldata siblings,
        bytes memory zeros
    ) internal pure returns (bytes32 root) {
        root = leaf;
        assembly ("memory-safe") {
            let at := siblings.offset
            let zero := add(zeros, 32)
            // Bit 5 says where the node goes; a bit above the bitmap ends it. The fewer variables, the less a level costs.
            index := shl(5, index)
            bitmap := or(bitmap, shl(height, 1))
            for {} gt(bitmap, 1) { bitmap := shr(1, bitmap) } {
                let place := and(index, 0x20)
                let sibling := mload(zero)
                if and(bitmap, 1) {
                    sibling := calldataload(at)
                    at := add(at, 32)
                }
                mstore(place, root)
                mstore(xor(place, 0x20), sibling)
                root := keccak256(0x00, 0x40)
                zero := add(zero, 32)
                index := shr(1, index)
            }
        }
    }

    /// @notice How many bits are set in a word that has at most 255.
    function countBits(uint256 word) internal pure returns (uint256 count) {
        assembly ("memory-safe") {
            // Sums of 2, 4 and 8 neighbouring bits, then of all bytes into the first.
            let ones := div(not(0), 255)
            let pairs := div(not(0), 3)
            let fours := div(not(0), 5)
            count := sub(word, and(shr(1, word), pairs))
            count := add(and(count, fours), and(shr(2, count), fours))
            count := and(add(count, shr(4, count)), div(not(0), 17))
            count := shr(248, mul(count, ones))
        }
    }

    /// @notice Root of the tree of `height`, at most 27, whose leaves are the bytes, zeros behind them. A tensor's
    /// root is the one of height 24. Refuses bytes that the tree has no room for.
    function rootOfBytes(bytes calldata data, uint256 height) internal pure returns (bytes32) {
        if (data.length > (32 << height)) revert WitnessMalformed(32 << height, data.length);
        // Before the nodes, which stand where the next allocation would.
        bytes memory zeros = ZERO_ROOTS;
        uint256 nodes;
        uint256 count = (data.length + 31) >> 5;
        // The memory is given back: the free pointer stays where it is.
        assembly ("memory-safe") {
            nodes := mload(0x40)
            // Zeros behind the last byte, up to the leaf's end.
            mstore(add(nodes, shl(5, sub(count, iszero(iszero(count))))), 0)
            calldatacopy(nodes, data.offset, data.length)
        }
        (bytes32 root, uint256 level) = reduce(nodes, count, zeros);
        for (; level < height; level++) root = join(root, zeroAt(zeros, level));
        return root;
    }

    /// @notice Root of the least tree that holds the `count` leaves at `nodes` in memory, zeros behind them, and its
    /// height. One level of the tree is replaced by the next, until one node is left; no leaf is a zero leaf. There is
    /// room for one more node behind them. `zeros` is `zeroRoots()`.
    function reduce(uint256 nodes, uint256 count, bytes memory zeros)
        internal
        pure
        returns (bytes32 root, uint256 level)
    {
        assembly ("memory-safe") {
            let zero := add(zeros, 32)
            for {} gt(count, 1) { zero := add(zero, 32) } {
                // An odd level ends with an absent neighbour.
                if and(count, 1) {
                    mstore(add(nodes, shl(5, count)), mload(zero))
                    count := add(count, 1)
                }
                let to := nodes
                for { let at := nodes let end := add(nodes, shl(5, count)) } lt(at, end) { at := add(at, 64) } {
                    mstore(to, keccak256(at, 64))
                    to := add(to, 32)
                }
                count := shr(1, count)
                level := add(level, 1)
            }
            if count { root := mload(nodes) }
        }
    }

    /// @notice Root of height `to`, at most 27, of the tree that has `root` of height `from` at its left edge and
    /// zeros elsewhere.
    function padToHeight(bytes32 root, uint256 from, uint256 to) internal pure returns (bytes32) {
        return padded(root, from, to, ZERO_ROOTS);
    }

    /// @notice As `padToHeight`; `zeros` is `zeroRoots()`.
    function padded(bytes32 root, uint256 from, uint256 to, bytes memory zeros)
        internal
        pure
        returns (bytes32 whole)
    {
        assembly ("memory-safe") {
            let end := add(add(zeros, 32), shl(5, to))
            let zero := add(add(zeros, 32), shl(5, from))
            mstore(0x00, root)
            // Two levels at a time: a loop costs as much as a hash.
            if and(sub(to, from), 1) {
                mstore(0x20, mload(zero))
                mstore(0x00, keccak256(0x00, 0x40))
                zero := add(zero, 32)
            }
            for {} lt(zero, end) { zero := add(zero, 64) } {
                mstore(0x20, mload(zero))
                mstore(0x00, keccak256(0x00, 0x40))
                mstore(0x20, mload(add(zero, 32)))
                mstore(0x00, keccak256(0x00, 0x40))
            }
            whole := mload(0x00)
        }
    }
}
