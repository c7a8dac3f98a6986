import { verifierCapitalWei, withstoodClaims } from '../../../setting/bonds.ts'
import { TINY } from '../../../setting/presets.ts'
import { type Setting, settingOf, settingOutsideAssumptions } from '../../../setting/setting.ts'
import type { Size } from '../disputeInstances.ts'
import type { Role } from './cast.ts'
import type { ServiceInstance } from './scene.ts'
import type { ServicePropertyId } from './serviceProperties.ts'

const { attention: _, seals: __, ...open } = TINY.parameters

/** The tiny preset without sealed claims, where they would only multiply states; ... */
const OPEN: Setting = settingOf({ ...TINY, parameters: open })

/** ... and with seals alone, where claims may be open as well. */
const SEALS: Setting = settingOf({ ...TINY, parameters: { ...open, seals: TINY.parameters.seals } })

const server = (name: string, says: number): Role => ({ role: 'server', name, says })
const sealer = (name: string, says: number): Role => ({ role: 'server', name, says, seals: true })
const challenger = (name: string, says: number): Role => ({ role: 'challenger', name, says })
const watcher = (name: string): Role => ({ role: 'watcher', name })
const honest = (role: Role): Role => ({ ...role, honest: true })
/** It has let a stranger move for it. */
const delegating = (role: Role): Role => ({ ...role, delegates: true })
/** In the second of two tasks. */
const second = (role: Role): Role => ({ ...role, on: 1 })
/** It claims what it has seen of an honest server. */
const copier = (name: string): Role => ({ role: 'server', name, says: 0, copies: true })
/** A verifier with the capital that the formula asks for against so many lies at once, and so not against one more. */
const poor = (lies: bigint): Role => ({
  role: 'challenger',
  name: 'vera',
  says: 0,
  honest: true,
  capital: Number(withstoodClaims(OPEN, verifierCapitalWei(OPEN, lies))),
})
/** A server that makes one move a second, and so two before a clock runs out: D of them. */
const slow: Role = { role: 'server', name: 'sam', says: 0, honest: true, pace: 1 }

/** Seconds enough to be early, in time and late in more than one way. */
const slower = (setting: Setting, seconds: number): Setting =>
  settingOf({
    ...setting,
    parameters: { ...setting.parameters, clockSeconds: seconds, windowSeconds: seconds },
  })

const rivals: ServiceInstance = {
  name: 'an honest server and a liar, an honest verifier and a lying one',
  setting: OPEN,
  cast: [honest(server('sam', 0)), server('liam', 1), honest(challenger('vera', 0)), challenger('carl', 2)],
}

const copied: ServiceInstance = {
  name: 'a copy of an honest sealed claim, from another account, in the block of its reveal or later',
  setting: SEALS,
  claimableSeconds: 3,
  cast: [honest(sealer('sam', 0)), copier('carl')],
}

const watched: ServiceInstance = {
  name: 'an honest sealed claim, a verifier that looks and one that does as it likes',
  setting: TINY,
  cast: [honest(sealer('sam', 0)), honest(watcher('wanda')), watcher('will')],
}

/** What takes seconds. */
const SMALL: readonly ServiceInstance[] = [
  {
    name: 'one false claim, one verifier, withdrawals at any time',
    setting: OPEN,
    cast: [server('liam', 1), challenger('vera', 0)],
    withdrawals: true,
  },
  {
    name: 'one true claim, one liar against it, withdrawals at any time',
    setting: OPEN,
    cast: [server('sam', 0), challenger('carl', 2)],
    withdrawals: true,
  },
  {
    name: 'a false claim and two verifiers, nobody bound to anything',
    setting: OPEN,
    cast: [server('liam', 1), challenger('vera', 0), challenger('carl', 2)],
  },
  {
    name: 'rival claims, one verifier, nobody bound to anything',
    setting: OPEN,
    cast: [server('sam', 0), server('liam', 1), challenger('vera', 0)],
  },
  {
    name: 'a sealed claim that may never be revealed',
    setting: SEALS,
    cast: [sealer('liam', 1), challenger('vera', 0)],
  },
  watched,
  {
    name: 'an honest sealed claim, and a server of the same opinion that is bound before it, or behind',
    setting: SEALS,
    cast: [honest(sealer('sam', 0)), server('carl', 0)],
  },
  copied,
  {
    name: 'a lie bound first that its own dispute keeps pending, an honest server and verifier behind it',
    setting: OPEN,
    cast: [server('liam', 1), honest(server('sam', 0)), honest(challenger('vera', 0))],
  },
  {
    name: 'as many lies at once as a verifier has capital for',
    setting: OPEN,
    cast: [server('liam', 1), server('lena', 2), poor(2n)],
  },
  {
    name: 'as many disputes at once as a server can play',
    setting: OPEN,
    cast: [slow, challenger('carl', 1), challenger('cora', 2)],
  },
  {
    name: 'parties that may let a stranger move for them, which gains nothing by it',
    setting: OPEN,
    cast: [server('liam', 1), challenger('vera', 0)],
    delegates: true,
  },
  {
    name: 'a claim that is final or refuted, and outputs that a stranger brings',
    setting: OPEN,
    cast: [server('liam', 1), server('sam', 0)],
    callbacks: true,
  },
  {
    name: 'two models, a lie about the one, an honest claim about the other',
    setting: OPEN,
    tasks: 2,
    models: 2,
    cast: [server('liam', 1), second(honest(server('sam', 0)))],
  },
]

const FULL: readonly ServiceInstance[] = [
  ...SMALL,
  {
    name: 'a sealed claim that may never be revealed, and a verifier that has staked on its attention',
    setting: TINY,
    cast: [sealer('liam', 1), challenger('vera', 0), watcher('wanda')],
  },
  rivals,
  { ...rivals, name: `${rivals.name}, slower`, setting: slower(OPEN, 2) },
  {
    name: 'rival claims, two verifiers, nobody bound to anything',
    setting: OPEN,
    cast: [server('sam', 0), server('liam', 1), challenger('vera', 0), challenger('carl', 2)],
  },
  {
    name: 'a false claim and three verifiers, nobody bound to anything',
    setting: OPEN,
    cast: [server('liam', 1), challenger('vera', 0), challenger('vito', 0), challenger('carl', 2)],
  },
  {
    name: 'an honest server against a swarm',
    setting: OPEN,
    cast: [honest(server('sam', 0)), challenger('carl', 1), challenger('cora', 2), challenger('cleo', 1)],
  },
  {
    name: 'two liars and a swarm that stalls, an honest verifier',
    setting: OPEN,
    cast: [server('liam', 1), server('lena', 2), honest(challenger('vera', 0)), challenger('carl', 0)],
  },
  {
    name: 'an honest sealed claim against an open lie and a sealed one',
    setting: SEALS,
    cast: [honest(sealer('sam', 0)), server('liam', 1), sealer('lena', 2), honest(challenger('vera', 0))],
  },
  {
    name: 'a sealed lie and an open one, nobody bound to anything',
    setting: SEALS,
    cast: [sealer('lena', 1), server('liam', 2), challenger('vera', 0)],
  },
  {
    name: 'a sealed lie beside an honest sealed claim, an honest verifier and one that looks',
    setting: TINY,
    cast: [
      sealer('lena', 1),
      honest(sealer('sam', 0)),
      honest(challenger('vera', 0)),
      honest(watcher('wanda')),
    ],
  },
  {
    name: 'two tasks sealed in one round, a verifier that looks at one and may be drawn for either',
    setting: TINY,
    tasks: 2,
    cast: [honest(sealer('sam', 0)), second(sealer('rita', 0)), honest(watcher('wanda'))],
  },
  {
    name: 'two tasks side by side, a lie in the one, an honest claim in the other',
    setting: OPEN,
    tasks: 2,
    cast: [
      server('liam', 1),
      honest(challenger('vera', 0)),
      second(honest(server('sam', 0))),
      second(challenger('carl', 2)),
    ],
  },
  {
    name: 'two models side by side, disputes about both, an honest verifier of the one',
    setting: OPEN,
    tasks: 2,
    models: 2,
    cast: [
      server('liam', 1),
      honest(challenger('vera', 0)),
      second(honest(server('sam', 0))),
      second(challenger('carl', 2)),
    ],
  },
  {
    name: 'two models whose tasks are sealed in one round, a verifier that is held to one task of each',
    setting: TINY,
    tasks: 2,
    models: 2,
    cast: [honest(sealer('sam', 0)), second(sealer('rita', 0)), honest(watcher('wanda'))],
  },
  {
    name: 'an honest server against a challenger that may let a stranger move for it, outputs brought besides',
    setting: OPEN,
    cast: [honest(server('sam', 0)), challenger('carl', 3)],
    delegates: true,
    callbacks: true,
    withdrawals: true,
  },
  {
    name: 'an honest sealed claim and its challenger, slower, withdrawals at any time',
    setting: slower(SEALS, 2),
    cast: [honest(sealer('sam', 0)), challenger('carl', 2)],
    withdrawals: true,
  },
]

export const serviceInstancesOf = (size: Size): readonly ServiceInstance[] =>
  size === 'small' ? SMALL : FULL

/** Past the assumptions: each must violate the property that the assumption keeps. */
export const OUTSIDE_SERVICE: readonly {
  readonly name: string
  readonly violates: ServicePropertyId
  /** What holds all the same. */
  readonly keeps?: ServicePropertyId
  readonly instance: ServiceInstance
}[] = [
  {
    name: 'bonds below the stated bounds',
    violates: 'ECON-1',
    instance: {
      name: 'bonds below the stated bounds',
      setting: settingOutsideAssumptions({ ...OPEN, parameters: { ...open, claimBondWei: 40n } }),
      cast: [server('liam', 1), challenger('vera', 0)],
    },
  },
  {
    name: 'dispute bonds that a swarm can afford to burn',
    violates: 'ECON-2',
    instance: {
      name: 'dispute bonds that a swarm can afford to burn',
      setting: settingOutsideAssumptions({ ...OPEN, parameters: { ...open, disputeBondWei: 20n } }),
      cast: [slow, challenger('carl', 1), challenger('cora', 2), challenger('cleo', 1)],
    },
  },
  {
    name: 'a lie more than a verifier has capital for',
    violates: 'TRUTH-1',
    instance: {
      name: 'a lie more than a verifier has capital for',
      setting: OPEN,
      cast: [server('liam', 1), server('lena', 2), poor(1n)],
    },
  },
  {
    name: 'a dispute more than a server can play at once',
    violates: 'SAFE-4',
    keeps: 'ECON-2',
    instance: {
      name: 'a dispute more than a server can play at once',
      setting: OPEN,
      cast: [slow, challenger('carl', 1), challenger('cora', 2), challenger('cleo', 1)],
    },
  },
  {
    name: 'fees without seals, and a copy that is ordered first',
    violates: 'FEE-6',
    instance: {
      ...copied,
      name: 'fees without seals, and a copy that is ordered first',
      setting: OPEN,
      cast: [honest(server('sam', 0)), copier('carl')],
    },
  },
  {
    name: 'a verifier that does not hold the model',
    violates: 'TRUTH-1',
    instance: {
      name: 'a verifier that does not hold the model',
      setting: OPEN,
      cast: [
        server('liam', 1),
        { role: 'challenger', name: 'vera', says: 0, honest: true, isWithheld: true },
      ],
    },
  },
  {
    name: 'an honest server that is late',
    violates: 'SAFE-4',
    instance: {
      name: 'an honest server that is late',
      setting: OPEN,
      cast: [honest(server('sam', 0)), challenger('carl', 2)],
      mayBeLate: true,
    },
  },
  {
    name: 'an honest verifier that is late',
    violates: 'TRUTH-1',
    instance: {
      name: 'an honest verifier that is late',
      setting: OPEN,
      cast: [server('liam', 1), honest(challenger('vera', 0))],
      mayBeLate: true,
    },
  },
  {
    name: 'a sealed claim that is revealed late',
    violates: 'SAFE-4',
    instance: {
      name: 'a sealed claim that is revealed late',
      setting: TINY,
      cast: [honest(sealer('sam', 0))],
      mayBeLate: true,
    },
  },
  {
    name: 'a watcher that does not look in time',
    violates: 'SAFE-4',
    instance: {
      name: 'a watcher that does not look in time',
      setting: TINY,
      cast: [honest(sealer('sam', 0)), honest(watcher('wanda'))],
      mayBeLate: true,
    },
  },
  {
    name: 'an honest server whose delegate plays as it likes',
    violates: 'SAFE-4',
    instance: {
      name: 'an honest server whose delegate plays as it likes',
      setting: OPEN,
      cast: [delegating(honest(server('sam', 0))), challenger('carl', 3)],
    },
  },
]
