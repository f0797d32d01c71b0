import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { BrokenProfile, PoolName, Profile, Result } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IBridgeContext, IDisposable, IProfiles } from '../tokens';
import { readWritten } from './check';
import { profileFiles, readProfile, readWrittenFile, SUFFIX } from './files';
import { localProfile } from './local';
import { FolderWatch } from './watch';
import { removeProfile, writeProfile } from './writing';

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
    const { files, broken } = this._find();
    const file = files.get(name);
    if (file !== undefined) {
      return readProfile(name, file);
    }
    const local = localProfile(this._cpus);
    if (name === local.name) {
      return local;
    }
    const unread = broken.at(0);
    if (unread !== undefined) {
      // It may be in the folder that cannot be read.
      throw new PilothouseError(unread.error);
    }
    const known = [...new Set([local.name, ...files.keys()])].sort().join(', ');
    throw new PilothouseError({ code: 'unknown_profile', params: { name, known } });
  }

  read(name: string): Result<'profiles.read'> {
    const file = this._files().get(name);
    if (file !== undefined) {
      const readOnly = !this._isOwn(file);
      return { profile: readWrittenFile(name, file), source: file, readOnly };
    }
    const { title, scheduler, scaling } = this.get(name);
    const { initial, max } = scaling;
    const profile = { name, title, scheduler, scaling: { initial, max } };
    return { profile, source: BUILT_IN, readOnly: true };
  }

  save(written: Readonly<Record<string, unknown>>, replaces: string | null): Profile {
    const { profile, problems } = readWritten(written);
    const wrong = problems.find(({ severity }) => severity === 'error');
    if (profile === null || wrong !== undefined) {
      const { field, message } = wrong ?? { field: '', message: 'This is no profile.' };
      const name = typeof written.name === 'string' ? written.name : '';
      const params = { name, file: `${name}${SUFFIX}`, field, message };
      throw new PilothouseError({ code: 'invalid_profile', params });
    }
    const folder = this._ownFolder(profile.name);
    const before = replaces === null ? null : this._own(replaces);
    if (replaces !== profile.name) {
      this._checkFree(profile.name);
    }
    writeProfile(join(folder, `${profile.name}${SUFFIX}`), written);
    if (before !== null && replaces !== profile.name) {
      removeProfile(before);
    }
    return profile;
  }

  remove(name: string): void {
    removeProfile(this._own(name));
  }

  list(): ReturnType<IProfiles['list']> {
    const profiles: { name: PoolName; title: string; source: string }[] = [];
    const { files, broken } = this._find();
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

  watch({ clock, log }: Pick<IBridgeContext, 'clock' | 'log'>, changed: () => void): IDisposable {
    return new FolderWatch({ clock, log, folders: this._searched(), changed });
  }

  /** @throws PilothouseError profile_exists */
  private _checkFree(name: string): void {
    const file = this._files().get(name) ?? (name === localProfile(1).name ? BUILT_IN : null);
    if (file !== null) {
      throw new PilothouseError({ code: 'profile_exists', params: { name, file } });
    }
  }

  /** The file of a profile of the user's. @throws PilothouseError unknown_profile, profile_read_only */
  private _own(name: string): string {
    const file = this._files().get(name);
    if (file !== undefined && this._isOwn(file)) {
      return file;
    }
    if (file === undefined) {
      // Throws where there is none at all.
      this.get(name);
    }
    throw new PilothouseError({
      code: 'profile_read_only',
      params: { name, source: file ?? BUILT_IN }
    });
  }

  private _isOwn(file: string): boolean {
    return this._folders.user !== null && dirname(file) === this._folders.user;
  }

  private _ownFolder(name: string): string {
    if (this._folders.user === null) {
      const source = 'there is no folder for your own profiles';
      throw new PilothouseError({ code: 'profile_read_only', params: { name, source } });
    }
    return this._folders.user;
  }

  /** By name, the file that counts. */
  private _files(): Map<string, string> {
    return this._find().files;
  }

  /**
   * By name, the file that counts, and folders that cannot be read. A broken
   * file is not passed over: its error is told.
   */
  private _find(): { files: Map<string, string>; broken: BrokenProfile[] } {
    const files = new Map<string, string>();
    const broken: BrokenProfile[] = [];
    for (const folder of this._searched()) {
      try {
        for (const [name, file] of profileFiles(folder)) {
          if (!files.has(name)) {
            files.set(name, file);
          }
        }
      } catch (error) {
        if (!(error instanceof PilothouseError)) {
          throw error;
        }
        broken.push({ file: folder, error: error.data });
      }
    }
    return { files, broken };
  }

  /** Where profiles are looked for, earlier ones first. */
  private _searched(): readonly string[] {
    const { user, sites } = this._folders;
    return user === null ? sites : [user, ...sites];
  }
}
