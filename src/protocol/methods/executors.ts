import { z } from 'zod';
import { RunFolderName } from '../content';
import { Ask, KernelOrigin, Runtime } from '../entities';
import { ErrorData } from '../errors';
import { ExecutorId, LeaseId, RunId } from '../ids';
import { LIMITS } from '../limits';
import { Profile } from '../profile';
import { type Methods, nothing } from './catalogue';

/** A lease as the kernel has it; sent again whole when a connection is made anew. */
export const LeaseAsk = z.object({
  lease: LeaseId,
  /**
   * argv of the worker pool. `@cert_dir@ @logdir@ @logconf@ @uid@
   * @python@` stand where the agent fills in its own.
   */
  command: z.array(z.string().max(8192)).min(1).max(200)
});
export type LeaseAsk = z.infer<typeof LeaseAsk>;

/** What every pool of an executor is started with. Never written to disk by the bridge. */
export const PoolStartOptions = z.object({
  workingFolder: z.string().max(4096),
  environment: z.record(z.string().max(1024), z.string().max(131_072)),
  /** The kernel's umask; used where pilots share the kernel's files. */
  umask: z.int().min(0).max(0o777),
  /** `sys.path` of the kernel; used where pilots share the kernel's files. */
  pythonPath: z.array(z.string().max(4096)).max(1000),
  /** CURVE: a client key pair and the interchange's public key, as zmq certificate files. */
  curve: z
    .object({
      clientKey: z.string().max(4096),
      clientSecretKey: z.string().max(4096),
      serverPublicKey: z.string().max(4096)
    })
    .nullable(),
  /** Parsl's own logs in the pool: nothing but warnings, or all. */
  logs: z.enum(['warnings', 'info', 'debug'])
});
export type PoolStartOptions = z.infer<typeof PoolStartOptions>;

/** What kernels ask of the bridge: their executors, and the pilots lent to those. */
export const EXECUTOR_METHODS = {
  /** A kernel opens an executor, or opens it again after a cut, with the leases it still has. */
  'executors.open': {
    roles: ['kernel'],
    params: z.object({
      executor: ExecutorId,
      pool: z.string().max(200),
      label: z.string().max(200),
      /** Runs whose tasks this kernel reports. */
      run: RunId,
      origin: KernelOrigin,
      runtime: Runtime,
      ask: Ask,
      start: PoolStartOptions,
      leases: z.array(LeaseAsk).max(LIMITS.leasesPerExecutor),
      unfinished: z.int().min(0),
      /** For how long it has had no task; of use to a bridge that did not see it. */
      idleSeconds: z.number().min(0).default(0),
      /** Its folder, in which it keeps what is large; null: it sends everything by HTEX. */
      content: RunFolderName.nullable().default(null)
    }),
    result: z.object({ profile: Profile, target: z.int().min(0) })
  },
  /** Changes how many pilots an executor asks for, in place. */
  'executors.ask': {
    roles: ['kernel'],
    params: z.object({ executor: ExecutorId, ask: Ask }),
    result: z.object({ target: z.int().min(0) })
  },
  /**
   * It gives its leases back and is forgotten. `failure`: it cannot go on; it
   * is shown with the reason until it is closed again, or its kernel has gone.
   */
  'executors.close': {
    roles: ['kernel'],
    params: z.object({ executor: ExecutorId, failure: ErrorData.optional() }),
    result: nothing
  },
  'leases.ask': {
    roles: ['kernel'],
    params: z.object({ executor: ExecutorId, leases: z.array(LeaseAsk).min(1).max(1000) }),
    result: nothing
  },
  /** The kernel gives leases back; their pools have no task any more, or are to lose them. */
  'leases.end': {
    roles: ['kernel'],
    params: z.object({ executor: ExecutorId, leases: z.array(LeaseId).min(1).max(1000) }),
    result: nothing
  }
} as const satisfies Methods<'executors' | 'leases'>;
