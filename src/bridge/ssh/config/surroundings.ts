import { homedir, userInfo } from 'node:os';

/** What of this machine a login reads: an argument, so that tests read nothing of the user's. */
export interface ISshSurroundings {
  readonly home: string;
  readonly user: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** OpenSSH's client, which knows best what its configuration says; null: do not ask it. */
  readonly ssh: string | null;
  /** In place of the user's and the system's configuration. */
  readonly configFile: string | null;
}

export const ownSurroundings = (): ISshSurroundings => ({
  home: homedir(),
  user: userInfo().username,
  environment: process.env,
  ssh: 'ssh',
  configFile: null
});
