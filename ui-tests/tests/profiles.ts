import { expect } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { profileFile as profileFileOf, sharedHome } from '../home';
import { endPilots, places } from './steps';

const { environment } = sharedHome();

/** Where the shared server's user has profiles. */
export const profileFile = (name: string): string => profileFileOf(environment, name);

/** Writes profiles, by name; what is no object is written as it is. */
export const writeProfiles = (profiles: Readonly<Record<string, object | string>>): void => {
  for (const [name, profile] of Object.entries(profiles)) {
    writeFileSync(
      profileFile(name),
      typeof profile === 'string' ? profile : JSON.stringify(profile)
    );
  }
};

/** Profiles that are there while `work` goes on; all profiles, and all pilots, are gone after it. */
export const withProfiles = async (
  page: IJupyterLabPageFixture,
  profiles: Readonly<Record<string, object | string>>,
  work: () => Promise<void>
): Promise<void> => {
  mkdirSync(path.dirname(profileFile('')), { recursive: true });
  writeProfiles(profiles);
  try {
    await work();
  } finally {
    await endPilots(page);
    rmSync(path.dirname(profileFile('')), { recursive: true });
    await expect.poll(() => places(page)).toEqual(['local']);
  }
};
