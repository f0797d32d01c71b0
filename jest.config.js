const jestJupyterLab = require('@jupyterlab/testutils/lib/jest-config');

const base = jestJupyterLab(__dirname);

/** Packages that are published as ES modules only; Jest must translate them. */
const esModules = [
  '@codemirror',
  '@jupyter/',
  '@jupyterlab/',
  '@marijn',
  '@microsoft',
  '@rjsf',
  'color',
  'exenv-es6',
  'lib0',
  'marked',
  'nanoid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const roots = ['<rootDir>/src', '<rootDir>/scripts'];
const typescript = { '^.+\\.tsx?$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.test.json' }] };

/** In Node, as the bridge runs; each project runs what stands beside the code it tests. */
const inNode = (displayName, folders) => ({
  displayName,
  rootDir: __dirname,
  roots,
  testEnvironment: 'node',
  testMatch: folders.map(folder => `<rootDir>/${folder}/**/*.spec.ts`),
  transform: typescript,
  // x509 and what it stands on have both kinds of module; Node's conditions choose CommonJS.
  moduleFileExtensions: ['ts', 'tsx', 'js', 'mjs', 'cjs', 'json', 'node']
});

/** @type {import('jest').Config} */
module.exports = {
  reporters: ['default'],
  // What is waited for in vain is said before a test's time is over (bridge/until.fixture.ts).
  testTimeout: 40000,
  projects: [
    {
      displayName: 'lab',
      rootDir: __dirname,
      roots,
      testMatch: ['<rootDir>/src/lab/**/*.spec.{ts,tsx}'],
      testEnvironment: base.testEnvironment,
      setupFiles: base.setupFiles,
      resolver: base.resolver,
      moduleNameMapper: base.moduleNameMapper,
      moduleFileExtensions: base.moduleFileExtensions,
      transform: {
        '\\.svg$': '@jupyterlab/testing/lib/jest-raw-loader.js',
        ...typescript,
        '^.+\\.m?jsx?$': 'babel-jest'
      },
      transformIgnorePatterns: [`/node_modules/(?!${esModules}).+`]
    },
    inNode('bridge', ['src/bridge', 'src/protocol']),
    inNode('build', ['scripts'])
  ]
};
