import { sharesFiles, type Profile, type Runtime } from '../../protocol';

/** What a pilot has, as far as it is known. */
export interface IPilotRuntime {
  /** What it was made for, as `madeFor` says it. */
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

/**
 * What pilots for a kernel are made for: where they share its files the Python
 * they run, the profile's or else the kernel's own; elsewhere the versions they
 * are given, so that kernels of several environments share pilots.
 */
export function madeFor(profile: Profile, kernel: Runtime): string {
  return sharesFiles(profile)
    ? (profile.environment.python ?? kernel.executable)
    : versionsOf(kernel);
}

/** `3.11 2026.10.26`: Python's minor version and Parsl's. */
export const versionsOf = ({ python, parsl }: Pick<Runtime, 'python' | 'parsl'>): string =>
  `${minorOf(python)} ${parsl}`;

/** Whether a pilot can serve a kernel, and if not, why and what helps. */
export function fit(profile: Profile, pilot: IPilotRuntime, kernel: Runtime): Fit {
  const made = madeFor(profile, kernel);
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
  return sharesFiles(profile)
    ? fitOfShared(pilot.runtime, made, pilot.problem, kernel)
    : fitOfGiven(pilot.runtime, pilot.problem, kernel);
}

function fitOfShared(
  { python, parsl }: Partial<Runtime>,
  made: string,
  problem: string | null,
  kernel: Runtime
): Fit {
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
      words: `The pilots' Python (${made}) has no usable Parsl${problem === null ? '' : ` (${problem})`}; the kernel has Parsl ${kernel.parsl}. Install it there: ${made} -m pip install parsl==${kernel.parsl}`
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

/** A pilot that was given its runtime: what it says then is what the site made of it. */
function fitOfGiven(
  { executable, python, parsl }: Partial<Runtime>,
  problem: string | null,
  kernel: Runtime
): Fit {
  const named = executable ?? 'its Python';
  if (python === undefined || minorOf(python) !== minorOf(kernel.python)) {
    return {
      fits: false,
      remedy: 'person',
      words: `The pilots run Python ${python ?? 'of an unknown version'} (${named}), the kernel Python ${kernel.python}: both must be Python ${minorOf(kernel.python)}. Leave the profile's Python empty, so that pilots get one that fits, or name one of that version.`
    };
  }
  if (parsl !== kernel.parsl) {
    const why = problem === null ? '' : `: ${problem}`;
    return {
      fits: false,
      remedy: 'person',
      words: `The pilots' Python (${named}) ${parsl === undefined ? 'has no usable Parsl' : `has Parsl ${parsl}`}${why}; the kernel has Parsl ${kernel.parsl}. Look for a Parsl that modules or worker_init put first.`
    };
  }
  return { fits: true };
}
