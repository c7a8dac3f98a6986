import type { Mutant } from './mutant.ts'

const INCIDENTS = 'spec/checks/properties/incidents.test.ts'

/** The incidents, happening here. */
export const INCIDENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'a call of any shape is judged',
    file: 'spec/service/apply.ts',
    find: 'if (!shaped.ok) return shaped',
    replace: '',
    killedBy: 'TOTAL-1',
    test: INCIDENTS,
  },
  {
    name: 'a nonce of any size is hashed',
    file: 'spec/service/shapes.ts',
    find: 'export const isNonce: Shape = uint(48)',
    replace: "export const isNonce: Shape = (value) => typeof value === 'number'",
    killedBy: 'INCIDENT-4',
    test: INCIDENTS,
  },
  {
    name: 'ids forget who disputes',
    file: 'spec/service/task.ts',
    find: 'dispute.challenger, ',
    replace: '',
    killedBy: 'INCIDENT-4',
    test: INCIDENTS,
  },
  {
    name: 'the honest strategy answers the last difference',
    file: 'spec/strategies/honest.ts',
    find: 'own.findIndex((root, i) => i > 0 && root !== roots[i])',
    replace: 'own.findLastIndex((root, i) => i > 0 && root !== roots[i])',
    killedBy: 'INCIDENT-15',
    test: INCIDENTS,
  },
  {
    name: 'a timeout must be claimed within a day',
    file: 'spec/game/dispute.ts',
    find: 'if (!isExpired(dispute.clocks, now))',
    replace: 'if (!isExpired(dispute.clocks, now) || now > deadline(dispute.clocks) + 86_400)',
    killedBy: 'INCIDENT-14',
    test: INCIDENTS,
  },
  {
    name: 'a claim is keyed by its answer alone, so that a copy keeps its server out',
    file: 'spec/service/task.ts',
    find: '    claim.server,\n    bigEndian(claim.nonce, NONCE_BYTES),',
    replace: '    bigEndian(claim.nonce, NONCE_BYTES),',
    killedBy: 'INCIDENT-13',
    test: INCIDENTS,
  },
]
