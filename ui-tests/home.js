/**
 * Folders of one run of the browser tests, under /tmp because a unix socket's
 * path may have at most 103 bytes. Playwright reads its configuration in each
 * of its processes: the first makes them, the others find them named.
 */
const { mkdirSync, mkdtempSync } = require('node:fs');
const { join } = require('node:path');

const home = process.env.PILOTHOUSE_TEST_HOME ?? mkdtempSync('/tmp/ph-ui-');
process.env.PILOTHOUSE_TEST_HOME = home;

const folders = {
  PILOTHOUSE_STATE_DIR: 'state',
  PILOTHOUSE_RUNTIME_DIR: 'run',
  PILOTHOUSE_TEST_ROOT: 'notebooks',
  JUPYTER_CONFIG_DIR: 'config',
  JUPYTER_DATA_DIR: 'data',
  JUPYTER_RUNTIME_DIR: 'jupyter-run',
  IPYTHONDIR: 'ipython'
};
const environment = {};
for (const [name, folder] of Object.entries(folders)) {
  environment[name] = join(home, folder);
  mkdirSync(environment[name], { recursive: true, mode: 0o700 });
}

/** Set in this process too: the last step ends the bridge by it. */
Object.assign(process.env, environment);
module.exports = { home, environment };
