import type { IDisposable } from '../tokens';

/** A runtime as one file, named by the hash of what is in it. */
export interface IRuntimeArchive {
  readonly hash: string;
  /** On this machine. */
  readonly path: string;
  /** `runtime-<hash>.tar.gz` */
  readonly name: string;
  readonly bytes: number;
  /** `3.11` */
  readonly minor: string;
  readonly parsl: string;
  readonly architecture: string;
  /** The oldest glibc on which it can work, `2.28`. */
  readonly glibc: string | null;
  readonly carriesPython: boolean;
}

/** Makes runtimes from what a kernel's Python has installed. */
export interface IRuntimes extends IDisposable {
  /** @throws PilothouseError runtime_failed */
  archive(executable: string, carriesPython: boolean): Promise<IRuntimeArchive>;
}
