import { adaptive } from './attackers/adaptive.ts'
import { censor } from './attackers/censor.ts'
import { frontRunner } from './attackers/frontRunner.ts'
import { questionFlood } from './attackers/questionFlood.ts'
import { reorganiser } from './attackers/reorganiser.ts'
import { rivals } from './attackers/rivals.ts'
import { honest as honestDelegate, treacherous } from './delegates/delegates.ts'
import { wrongStep, wrongValue } from './servers/altered.ts'
import { copier } from './servers/copier.ts'
import { honest as honestServer, withholder } from './servers/honest.ts'
import { cheat, late, lazy as lazyServer, silent, wrongAnywhere } from './servers/liars.ts'
import { selfRefuter } from './servers/selfRefuter.ts'
import type { AgentRole, AgentStrategy } from './strategy.ts'
import { freeRider } from './verifiers/freeRider.ts'
import { frivolous } from './verifiers/frivolous.ts'
import {
  corrupted,
  honest as honestVerifier,
  lazy as lazyVerifier,
  slow,
  watcher,
} from './verifiers/honest.ts'

/** Every strategy by the name that a scenario gives it. */
export const AGENT_STRATEGIES: Readonly<Record<AgentRole, Readonly<Record<string, AgentStrategy>>>> = {
  server: {
    honest: honestServer,
    'wrong-value': wrongValue,
    'wrong-step': wrongStep,
    'wrong-anywhere': wrongAnywhere,
    silent,
    cheat,
    lazy: lazyServer,
    late,
    copier,
    'self-refuter': selfRefuter,
    withholder,
  },
  verifier: {
    honest: honestVerifier,
    watcher,
    lazy: lazyVerifier,
    slow,
    'free-rider': freeRider,
    frivolous,
    corrupted,
  },
  attacker: {
    rivals,
    'question-flood': questionFlood,
    'front-runner': frontRunner,
    reorganiser,
    censor,
    adaptive,
  },
  delegate: {
    honest: honestDelegate,
    treacherous,
  },
}
