import { z } from 'zod'
import { type Hash, ZERO_HASH } from '../../../spec/commitments/hash.ts'
import { tensorRoot } from '../../../spec/commitments/tensor.ts'
import { asks, attentionHash } from '../../../spec/service/attention.ts'
import type { Address } from '../../../spec/service/task.ts'
import { roundOf, roundStart } from '../../../spec/setting/times.ts'
import { type Requester, requesterActs, requesterFor, serverActs } from '../../../spec/strategies/parties.ts'
import { integer, mapping, text } from '../../scenario/fields.ts'
import type { Said, Sight } from '../../simulation/agent.ts'
import { saltOf } from '../servers/honest.ts'
import { affordable, runOf, type Stage } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

const MOST_TASKS = 10_000
const DAY_SECONDS = 86_400
/** Nonces that it tries for each task. */
const TRIES = 32
/** Its inputs are its own, so that nobody has computed them before. */
const FIRST_INPUT = 2 ** 40

const victimsAllowed = 'a list of names of actors'

/** Randomness as it last was: all that somebody can grind against while a round lasts. */
const lastRandomness = ({ state }: Sight): Hash =>
  [...state.rounds.values()].findLast(({ randomness }) => randomness !== undefined)?.randomness ?? ZERO_HASH

/** Asks for tasks of its own, all in one round, and answers them itself, so that watchers are asked about all at once. */
class Flood {
  readonly #stage: Stage
  readonly #victims: readonly Address[]
  readonly #tasks: Requester[] = []
  readonly #salt: Hash
  readonly #canPay = affordable()
  #round: number | undefined

  constructor(stage: Stage, victims: readonly Address[]) {
    this.#stage = stage
    this.#victims = victims
    this.#salt = saltOf(stage)
  }

  /** The round after the first that it sees: who stakes at the start is held to that one. */
  begins({ now }: Sight): number {
    const { parameters } = this.#stage
    this.#round ??= roundOf(parameters, now) + 1
    return roundStart(parameters, this.#round)
  }

  acts(sight: Sight, tasks: number): Said | undefined {
    if (sight.now < this.begins(sight)) return undefined
    while (this.#tasks.length < tasks) this.#tasks.push(this.#ground(sight, this.#tasks.length))
    for (const requester of this.#tasks) {
      const said = this.#about(sight, requester)
      if (said !== undefined && this.#canPay(sight, said.valueWei, `${requester.task} ${said.call.kind}`))
        return said
    }
    return undefined
  }

  #about(sight: Sight, requester: Requester): Said | undefined {
    const { address } = this.#stage
    const entry = sight.state.tasks.get(requester.task)
    const answer =
      entry &&
      serverActs(sight, {
        address,
        task: requester.task,
        ...runOf(this.#stage, entry.task),
        salt: this.#salt,
      })
    return answer ?? requesterActs(sight, requester)
  }

  /** Of some nonces the one by which most victims would be asked, if the round's randomness were the last one's. */
  #ground(sight: Sight, index: number): Requester {
    const randomness = lastRandomness(sight)
    const candidates = Array.from({ length: TRIES }, (_, i) => this.#taskOf(sight, index * TRIES + i))
    const scores = candidates.map((candidate) => this.#score(candidate, randomness))
    return candidates[scores.indexOf(Math.max(...scores))]!
  }

  #taskOf({ now }: Sight, nonce: number): Requester {
    const { address, tower, parameters } = this.#stage
    const { minFeeWei } = parameters.attention!
    const common = {
      nonce,
      modelId: tower.model,
      iterations: tower.iterations,
      feeWei: minFeeWei,
      attentionWei: minFeeWei,
    }
    return requesterFor(
      address,
      { ...common, deadline: now + DAY_SECONDS },
      tower.inputOf(FIRST_INPUT + nonce),
    )
  }

  #score({ task, request }: Requester, randomness: Hash): number {
    const { endRoot } = runOf(this.#stage, { inputRoot: tensorRoot(request.input) }).prepared
    const isAsked = (victim: Address) =>
      asks(attentionHash(task, victim, endRoot, randomness), this.#stage.parameters.attention!)
    return this.#victims.filter(isAsked).length
  }
}

export const questionFlood = agentStrategy({
  options: mapping({
    tasks: integer(1, MOST_TASKS),
    victims: z.array(text('the name of an actor'), { error: victimsAllowed }).default([]),
  }),
  isHonest: () => false,
  fault: ({ victims }, { names, parameters }) => {
    if (parameters.attention === undefined)
      return { field: 'strategy', reason: 'question-flood needs a deployment with attention: game.attention' }
    const stranger = victims.find((name) => !names.includes(name))
    return stranger === undefined
      ? undefined
      : { field: `victims.${victims.indexOf(stranger)}`, reason: `nobody else is named ${stranger}` }
  },
  play: ({ tasks, victims }, [stage]) => {
    let flood: Flood | undefined
    const begun = (): Flood => {
      flood ??= new Flood(stage!, victims.flatMap(stage!.addressesOf))
      return flood
    }
    return [
      {
        act: (sight) => begun().acts(sight, tasks),
        wakesAt: (sight) => {
          const begins = begun().begins(sight)
          return sight.now < begins ? begins : undefined
        },
        computes: () => false,
      },
    ]
  },
})
