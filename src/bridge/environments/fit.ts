import type { Profile, Runtime } from '../../protocol';

/** What a pilot has, as far as it is known. */
export interface IPilotRuntime {
  /** The Python it was made with. */
  readonly executable: string;
  /** As its agent says; null before it has said anything. */
  readonly runtime: Partial<Runtime> | null;
  /** What importing Parsl said there, if it failed. */
  readonly problem: string | null;
}

export type Fit =
  | { readonly fits: true }
  /** It may fit; its agent has not spoken yet. */
  | { readonly fits: 'unknown' }
  | {
      readonly fits: false;
      /** Who can help: another pilot, or only a person. */
      readonly remedy: 'pilot' | 'person';
      readonly words: string;
    };

/** `3.11` of `3.11.7`: Parsl's pickles cross between patch releases, not between minor ones. */
export const minorOf = (python: string): string => python.split('.').slice(0, 2).join('.');

/** The Python that pilots for a kernel are made with: the profile's, else the kernel's own. */
export function pythonFor(profile: Profile, kernel: Runtime): string {
  return profile.environment.python ?? kernel.executable;
}

/** Whether a pilot can serve a kernel, and if not, why and what helps. */
export function fit(profile: Profile, pilot: IPilotRuntime, kernel: Runtime): Fit {
  const made = pythonFor(profile, kernel);
  if (pilot.executable !== made) {
    return {
      fits: false,
      remedy: 'pilot',
      words: `The pilot was made for ${pilot.executable}, the kernel needs ${made}; pilots for it are asked for.`
    };
  }
  if (pilot.runtime === null) {
    return { fits: 'unknown' };
  }
  const { python, parsl } = pilot.runtime;
  if (python === undefined || minorOf(python) !== minorOf(kernel.python)) {
    return {
      fits: false,
      remedy: 'person',
      words: `The pilots' Python is ${python ?? 'not known'} (${made}), the kernel's is ${kernel.python}: both must be Python ${minorOf(kernel.python)}. Name such a Python in the profile's environment, or use a kernel of the pilots' version.`
    };
  }
  if (parsl === undefined) {
    return {
      fits: false,
      remedy: 'person',
      words: `The pilots' Python (${made}) has no usable Parsl${pilot.problem === null ? '' : ` (${pilot.problem})`}; the kernel has Parsl ${kernel.parsl}. Install it there: ${made} -m pip install parsl==${kernel.parsl}`
    };
  }
  if (parsl !== kernel.parsl) {
    return {
      fits: false,
      remedy: 'person',
      words: `The pilots have Parsl ${parsl} (${made}), the kernel has Parsl ${kernel.parsl}: both must be the same. Install it there: ${made} -m pip install parsl==${kernel.parsl}, or install the pilots' version beside the kernel and restart it.`
    };
  }
  return { fits: true };
}
