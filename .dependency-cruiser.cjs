/** Imports run one way: spec <- impl <- sim <- reports. */
const above = {
  spec: ['impl', 'sim', 'reports'],
  impl: ['sim', 'reports'],
  contracts: ['sim', 'reports'],
  sim: ['reports'],
}

module.exports = {
  forbidden: [
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
        pathNot: ['(\\.(test|arbitrary|fixture)|Main)\\.ts$', '^spec/(properties|mutants)/'],
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
