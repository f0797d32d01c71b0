/**
 * Folders of a server of the browser tests, under /tmp because a unix socket's path may have at
 * most 103 bytes.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = {
  PILOTHOUSE_STATE_DIR: 'state',
  PILOTHOUSE_RUNTIME_DIR: 'run',
  PILOTHOUSE_TEST_ROOT: 'notebooks',
  JUPYTER_CONFIG_DIR: 'config',
  JUPYTER_DATA_DIR: 'data',
  JUPYTER_RUNTIME_DIR: 'jupyter-run',
  IPYTHONDIR: 'ipython'
};

/** By variable, the folders that a server and all it starts are to use. */
export type Environment = Record<keyof typeof FOLDERS, string>;

export interface IHome {
  readonly folder: string;
  readonly environment: Environment;
}

/** Makes what is not there yet. */
export function makeHome(folder: string = mkdtempSync('/tmp/ph-ui-')): IHome {
  const environment = Object.fromEntries(
    Object.entries(FOLDERS).map(([name, inside]) => [name, join(folder, inside)])
  ) as Environment;
  Object.values(environment).forEach(one => mkdirSync(one, { recursive: true, mode: 0o700 }));
  return { folder, environment };
}

/** Where a server's user has the profile of a name. */
export const profileFile = (environment: Environment, name: string): string =>
  join(environment.JUPYTER_CONFIG_DIR, 'pilothouse', 'profiles', `${name}.json`);

/**
 * The home of the server that all tests share. Playwright reads its configuration in each of its
 * processes: the first makes it, the others find it named.
 */
export function sharedHome(): IHome {
  const home = makeHome(process.env.PILOTHOUSE_TEST_HOME);
  process.env.PILOTHOUSE_TEST_HOME = home.folder;
  // Set in this process, too: tests look for files by it.
  Object.assign(process.env, home.environment);
  return home;
}
