/** Who may import whom in lib: notebooks → training → nn, data, graph → random → runtime. */
const layers = {
  files: [],
  runtime: [],
  random: ['runtime'],
  nn: ['random', 'runtime'],
  data: ['random', 'runtime'],
  graph: ['runtime'],
  plots: [],
  distributed: ['graph', 'runtime'],
  training: ['nn', 'data', 'graph', 'random', 'runtime'],
  notebook: ['training', 'plots', 'nn', 'data', 'graph', 'random', 'runtime'],
  book: ['plots'],
  commands: ['training', 'distributed', 'plots', 'nn', 'data', 'graph', 'random', 'runtime'],
  bench: ['training', 'plots', 'nn', 'data', 'graph', 'random', 'runtime'],
  report: ['bench', 'training', 'nn', 'graph', 'random', 'runtime'],
  web: ['nn', 'runtime'],
};

/** And in lib/graph: programs (ir) are the ground, and nothing but them is a pass's business. */
const graphLayers = {
  ir: [],
  passes: ['ir'],
  capi: ['ir'],
  record: ['ir', 'capi', 'backend.ts'],
  state: ['ir', 'capi', 'record', 'backend.ts'],
  program: ['ir', 'passes', 'record', 'state', 'backend.ts'],
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'one-tensorflow',
      comment:
        'TensorFlow.js comes from runtime alone, so that a process has one; in a browser from web.',
      severity: 'error',
      from: { pathNot: '^lib/(runtime|dist|web)/' },
      to: { path: 'node_modules/(@tensorflow|danfojs-node)/', dependencyTypesNot: ['type-only'] },
    },
    ...Object.entries(graphLayers).map(([layer, below]) => ({
      name: `graph-layer-${layer}`,
      severity: 'error',
      from: { path: `^lib/graph/${layer}/` },
      to: { path: '^lib/graph/', pathNot: `^lib/graph/(${[layer, ...below].join('|')})` },
    })),
    {
      name: 'doors',
      comment:
        "Of another folder only its index is imported: the rest is that folder's own business.",
      severity: 'error',
      from: { path: '^lib/([^/]+)/' },
      to: { path: '^lib/([^/]+)/', pathNot: ['^lib/$1/', '^lib/[^/]+/index\\.ts$'] },
    },
    ...Object.entries(layers).map(([layer, below]) => ({
      name: `layer-${layer}`,
      severity: 'error',
      from: { path: `^lib/${layer}/` },
      to: { path: '^lib/', pathNot: `^lib/(${['files', layer, ...below].join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^lib/(dist|setup)/' },
    tsPreCompilationDeps: true,
  },
};
