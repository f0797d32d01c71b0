import { sharesFiles, type Profile } from '../../protocol';
import { madeFor } from '../environments';
import type { INeed } from './makings';
import type { IExecutorEntry } from './model';

type Kernels = ReadonlyMap<unknown, Pick<IExecutorEntry, 'runtime'>>;

/** For pilots that nobody in particular asks for: what the newest kernel needs, else the bridge's Python. */
export function newestKey(profile: Profile, kernels: Kernels, python: string): string {
  const newest = [...kernels.values()].at(-1);
  if (newest !== undefined) {
    return madeFor(profile, newest.runtime);
  }
  const named = sharesFiles(profile) ? profile.environment.python : undefined;
  return named ?? python;
}

/** Whose packages pilots of this kind are given: a kernel's that needs them. */
export function needFor(profile: Profile, key: string, kernels: Kernels, python: string): INeed {
  if (sharesFiles(profile)) {
    return { key, executable: key };
  }
  const kernel = [...kernels.values()].find(({ runtime }) => madeFor(profile, runtime) === key);
  return { key, executable: kernel?.runtime.executable ?? python };
}
