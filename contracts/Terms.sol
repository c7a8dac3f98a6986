// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITower} from "./Tower.sol";
import {Parameters} from "./Types.sol";

/// A deployment, as its libraries see it.
struct Terms {
    ITower tower;
    Parameters parameters;
}

using TermsOf for Terms global;

/// @title What follows from a deployment's parameters
/// @notice Mirrors spec/setting/{parameters,times}.ts.
library TermsOf {
    uint256 internal constant BASIS_POINTS = 10_000;

    // --- Money

    /// @notice The share of the claim's bond that is burned where it falls.
    function claimBurnedWei(Terms calldata terms) internal pure returns (uint256) {
        return uint256(terms.parameters.claimBondWei) * terms.parameters.burnBasisPoints / BASIS_POINTS;
    }

    // --- Seals and attention

    function takesSeals(Terms calldata terms) internal pure returns (bool) {
        return terms.parameters.answerSeconds != 0;
    }

    function asksForAttention(Terms calldata terms) internal pure returns (bool) {
        return terms.parameters.stakeWei != 0;
    }

    function roundOf(Terms calldata terms, uint256 time) internal pure returns (uint40) {
        return uint40(time / terms.parameters.answerSeconds);
    }

    /// @notice The round's first second.
    function roundStart(Terms calldata terms, uint256 round) internal pure returns (uint256) {
        return round * terms.parameters.answerSeconds;
    }

    /// @notice The round's last second.
    function roundEnd(Terms calldata terms, uint256 round) internal pure returns (uint256) {
        return roundStart(terms, round + 1) - 1;
    }

    /// @notice The last second for answers of the round.
    function answersEnd(Terms calldata terms, uint256 round) internal pure returns (uint256) {
        return roundEnd(terms, round) + terms.parameters.answerSeconds;
    }

    /// @notice The last second in which a seal may not be revealed yet.
    function earlyUntil(Terms calldata terms, uint256 sealedAt) internal pure returns (uint256) {
        return asksForAttention(terms)
            ? answersEnd(terms, roundOf(terms, sealedAt))
            : sealedAt + terms.parameters.answerSeconds;
    }

    // --- How long things take

    /// @notice How long after its deadline a task that is bound stays open to be settled.
    function settlementSeconds(Terms calldata terms, uint256 phases) internal pure returns (uint256) {
        Parameters calldata given = terms.parameters;
        uint256 sealSeconds =
            (asksForAttention(terms) ? 2 : 1) * uint256(given.answerSeconds) + given.revealSeconds;
        uint256 initialSeconds = given.clockSeconds + (phases - 1) * given.descentSeconds;
        return sealSeconds + 2 * (given.windowSeconds + initialSeconds) + 1;
    }

    /// @notice The last second in which what was asked in a round can be held against a verifier of a model.
    function judgementEnd(Terms calldata terms, uint256 round, bytes32 modelId) internal view returns (uint256) {
        return roundEnd(terms, round) + settlementSeconds(terms, phaseCount(terms, modelId));
    }

    /// @notice k of a model; 0 where there is no such model.
    function phaseCount(Terms calldata terms, bytes32 modelId) internal view returns (uint256 phases) {
        (, phases,,) = terms.tower.terms(modelId);
    }
}
