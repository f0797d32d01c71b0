const { spawnSync } = require('node:child_process');
const { resolve } = require('node:path');

/** Sites of the testbed; a test at one has its name before `.spec.ts`. */
const SITES = ['slurm', 'ssh'];

// As for other tests at the testbed: what cannot be started on this machine is left out.
const missing = SITES.filter(site => {
  const words = ['-m', 'testbed', 'status', site];
  return spawnSync('/usr/bin/python3', words, { cwd: resolve(__dirname, '..') }).status !== 0;
});

module.exports = {
  ...require('./settings')(18888),
  testDir: 'tests',
  testIgnore: missing.map(site => `**/*.${site}.spec.ts`)
};
