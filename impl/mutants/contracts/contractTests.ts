/** A test file that plays on contracts. */
export interface ContractTest {
  readonly file: string
  /** What it deploys. */
  readonly contracts: readonly string[]
  /** The sources that it speaks of: of no others it is asked. */
  readonly sources: RegExp
}

const SERVICE = ['Opml', 'Market', 'Seals', 'Attention']
const PLAYED = [...SERVICE, 'AlphabetTower']

/** The quick and the telling ones first. */
export const CONTRACT_TESTS: readonly ContractTest[] = [
  {
    file: 'contracts/test/MerkleHarness.test.ts',
    contracts: ['MerkleHarness'],
    sources: /^libraries\/(Merkle|Multiproof|MachineState)/,
  },
  { file: 'contracts/test/StepBatch.test.ts', contracts: ['StepBatch'], sources: /^libraries\// },
  {
    file: 'contracts/test/vectors.test.ts',
    contracts: ['MerkleHarness', 'StepBatch', 'ReadingHarness'],
    sources: /^(libraries\/|phases\/Descriptor)/,
  },
  {
    file: 'impl/chain/callback.test.ts',
    contracts: [...PLAYED, 'Recipient', 'Asker', 'Registry'],
    sources: /^(Market|Ledger|Bindings|examples\/)/,
  },
  { file: 'impl/chain/watchers.test.ts', contracts: PLAYED, sources: /^(Attention|Seals|Terms|Ledger)/ },
  {
    file: 'impl/chain/escrow.test.ts',
    contracts: [...PLAYED, 'Recipient'],
    sources: /^(Court|Escrow|Market|Ledger|Opml)/,
  },
  {
    file: 'impl/chain/broughtAlong.test.ts',
    contracts: PLAYED,
    sources: /^(Court|Market|Seals|Attention|Bindings|Ledger|Opml|game\/)/,
  },
  { file: 'impl/chain/everyCall.test.ts', contracts: PLAYED, sources: /^(?!Registry)([A-Z]|game\/)/ },
  {
    file: 'impl/chain/attacksOnChain.test.ts',
    contracts: PLAYED,
    sources: /^(Court|Market|Seals|Attention|Ledger)/,
  },
  {
    file: 'impl/chain/lastSeconds.test.ts',
    contracts: PLAYED,
    sources: /^(Court|Market|Seals|Terms|game\/)/,
  },
  {
    file: 'impl/chain/joints.test.ts',
    contracts: ['Registry'],
    sources: /^(phases\/|Registry|libraries\/Multi)/,
  },
  {
    file: 'impl/chain/publishedTowers.test.ts',
    contracts: [...PLAYED, 'Registry'],
    sources: /^(phases\/|Registry|Types)/,
  },
  {
    file: 'impl/chain/deploy.test.ts',
    contracts: [...PLAYED, 'Registry'],
    sources: /^(Escrow|Registry|Types|Terms|phases\/Joints)/,
  },
  { file: 'impl/chain/publishedGames.test.ts', contracts: PLAYED, sources: /^([B-QS-Z]|game\/)/ },
  { file: 'impl/chain/sendCall.test.ts', contracts: PLAYED, sources: /^(Court|Opml|Escrow|game\/)/ },
  {
    file: 'impl/chain/descent.test.ts',
    contracts: [...SERVICE, 'Registry'],
    sources: /^(phases\/|Court|Bindings|libraries\/Multi)/,
  },
  {
    file: 'impl/chain/toyDisputes.test.ts',
    contracts: [...SERVICE, 'Registry'],
    sources: /^(phases\/|Court|Registry|game\/|libraries\/Multi)/,
  },
  { file: 'impl/chain/domain.test.ts', contracts: [...PLAYED, 'Registry'], sources: /^[A-Z]/ },
  {
    file: 'impl/chain/agreement.test.ts',
    contracts: PLAYED,
    sources: /^(Court|Escrow|Market|Bindings|Ledger|game\/)/,
  },
  { file: 'impl/chain/duet.test.ts', contracts: PLAYED, sources: /^(?!Registry)([A-Z]|game\/)/ },
]

export const contractTest = (file: string): ContractTest => {
  const found = CONTRACT_TESTS.find((test) => test.file === file)
  if (found === undefined) throw new Error(`${file} is not among the tests that play on contracts`)
  return found
}

/** Tests that look at size or gas: a mutant's quick build has others. */
const NOT_OF_QUICK_BUILDS = ['VM-27', 'IMPL-8', 'GAS-1']

/** What the titles must match of the tests that may kill a mutant. */
export const TELLING_TITLES = `^(?!.*(${NOT_OF_QUICK_BUILDS.join('|')}))`
