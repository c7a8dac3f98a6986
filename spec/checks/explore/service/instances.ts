import { TINY } from '../../../setting/presets.ts'
import { type Setting, settingOf, settingOutsideAssumptions } from '../../../setting/setting.ts'
import type { Size } from '../instances.ts'
import type { Role } from './cast.ts'
import type { ServicePropertyId } from './properties.ts'
import type { ServiceInstance } from './scene.ts'

/** The tiny preset without sealed claims, where they would only multiply states. */
const { attention: _, ...open } = TINY.parameters
const OPEN: Setting = settingOf({ ...TINY, parameters: open })

const server = (name: string, says: number): Role => ({ role: 'server', name, says })
const sealer = (name: string, says: number): Role => ({ role: 'server', name, says, seals: true })
const challenger = (name: string, says: number): Role => ({ role: 'challenger', name, says })
const watcher = (name: string): Role => ({ role: 'watcher', name })
const honest = (role: Role): Role => ({ ...role, honest: true })

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
    setting: TINY,
    cast: [sealer('liam', 1), challenger('vera', 0), watcher('wanda')],
  },
  watched,
]

const FULL: readonly ServiceInstance[] = [
  ...SMALL,
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
    setting: TINY,
    cast: [honest(sealer('sam', 0)), server('liam', 1), sealer('lena', 2), honest(challenger('vera', 0))],
  },
  {
    name: 'a sealed lie and an open one, a watcher, nobody bound to anything',
    setting: TINY,
    cast: [sealer('lena', 1), server('liam', 2), watcher('wanda')],
  },
  {
    name: 'an open claim beside an honest sealed one, a verifier that looks',
    setting: TINY,
    cast: [honest(sealer('sam', 0)), server('olga', 0), honest(watcher('wanda'))],
  },
  {
    name: 'a sealed lie beside an honest open claim, an honest verifier and one that looks',
    setting: TINY,
    cast: [
      sealer('lena', 1),
      honest(server('sam', 0)),
      honest(challenger('vera', 0)),
      honest(watcher('wanda')),
    ],
  },
  {
    name: 'an honest sealed claim and its challenger, slower, withdrawals at any time',
    setting: slower(TINY, 2),
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
  readonly instance: ServiceInstance
}[] = [
  {
    name: 'a bond below the stated bound',
    violates: 'ECON-1',
    instance: {
      name: 'a bond below the stated bound',
      setting: settingOutsideAssumptions({ ...OPEN, parameters: { ...open, bondWei: 16n } }),
      cast: [server('liam', 1), challenger('vera', 0)],
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
    instance: { ...watched, mayBeLate: true },
  },
]
