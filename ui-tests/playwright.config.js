const { spawnSync } = require('node:child_process');
const { resolve } = require('node:path');

// As for other tests at the testbed: what cannot be started on this machine is left out.
const status = spawnSync('/usr/bin/python3', ['-m', 'testbed', 'status', 'slurm'], {
  cwd: resolve(__dirname, '..')
});

module.exports = {
  ...require('./settings')(18888),
  testDir: 'tests',
  testIgnore: status.status === 0 ? [] : ['**/*.slurm.spec.ts']
};
