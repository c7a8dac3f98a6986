/** Imports run one way: spec <- impl <- sim <- reports. */
const above = {
  spec: ['impl', 'sim', 'reports'],
  impl: ['sim', 'reports'],
  contracts: ['sim', 'reports'],
  sim: ['reports'],
}

/** The chapters of the specification, in order: each may import those before it. Its checks and prints come last. */
const CHAPTERS = ['commitments', 'machine', 'graph', 'tower', 'game', 'setting', 'service', 'strategies']

module.exports = {
  forbidden: [
    ...[...CHAPTERS, 'checks', 'published'].slice(0, -1).map((chapter, index, chapters) => ({
      name: `spec-${chapter}-imports-no-later-chapter`,
      severity: 'error',
      from: { path: `^spec/${chapter}/`, pathNot: '\\.(test|arbitrary)\\.ts$' },
      to: { path: `^spec/(${[...chapters.slice(index + 1), 'published'].join('|')})/` },
    })),
    ...Object.entries(above).map(([lower, uppers]) => ({
      name: `${lower}-imports-nothing-above-it`,
      severity: 'error',
      from: { path: `^${lower}/` },
      to: { path: `^(${uppers.join('|')})/` },
    })),
    {
      name: 'spec-does-no-io',
      comment:
        'the reference specification is pure: hashing and pattern matching are all it takes from outside',
      severity: 'error',
      from: {
        path: '^spec/',
        pathNot: ['(\\.(test|arbitrary|fixture)|Main)\\.ts$', '^spec/checks/(properties|mutants)/'],
      },
      to: { pathNot: ['^spec/', '^node_modules/@noble/hashes', '^node_modules/ts-pattern'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
