import { availableParallelism } from 'node:os';
import type { ErrorData, PoolName, Profile } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IProfiles } from '../tokens';
import { profileFiles, readProfile } from './files';
import { localProfile } from './local';

export interface IProfileFolders {
  /** The user's own; wins. */
  readonly user: string | null;
  /** Sites' folders, earlier ones first. */
  readonly sites: readonly string[];
}

/** `source` of the profile that is in no file. */
export const BUILT_IN = 'built-in';

/** Profiles from files, read each time they are asked for. */
export class Profiles implements IProfiles {
  constructor(
    private readonly _folders: IProfileFolders,
    private readonly _cpus: number = availableParallelism()
  ) {}

  get(name: string): Profile {
    const files = this._files();
    const file = files.get(name);
    if (file !== undefined) {
      return readProfile(name, file);
    }
    const local = localProfile(this._cpus);
    if (name === local.name) {
      return local;
    }
    const known = [...new Set([local.name, ...files.keys()])].sort().join(', ');
    throw new PilothouseError({ code: 'unknown_profile', params: { name, known } });
  }

  list(): ReturnType<IProfiles['list']> {
    const profiles: { name: PoolName; title: string; source: string }[] = [];
    const broken: { file: string; error: ErrorData }[] = [];
    const files = this._files();
    const local = localProfile(this._cpus);
    if (!files.has(local.name)) {
      profiles.push({ name: local.name, title: local.title ?? local.name, source: BUILT_IN });
    }
    for (const [name, file] of files) {
      try {
        const profile = readProfile(name, file);
        profiles.push({ name: profile.name, title: profile.title ?? profile.name, source: file });
      } catch (error) {
        if (!(error instanceof PilothouseError)) {
          throw error;
        }
        broken.push({ file, error: error.data });
      }
    }
    profiles.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { profiles, broken };
  }

  /** By name, the file that counts. A broken file is not passed over: its error is told. */
  private _files(): Map<string, string> {
    const found = new Map<string, string>();
    const { user, sites } = this._folders;
    for (const folder of user === null ? sites : [user, ...sites]) {
      for (const [name, file] of profileFiles(folder)) {
        if (!found.has(name)) {
          found.set(name, file);
        }
      }
    }
    return found;
  }
}
