import type { z } from 'zod';
import { BRIDGE_METHODS } from './bridge';
import { CHECK_METHODS } from './checks';
import { EXECUTOR_METHODS } from './executors';
import { HOST_METHODS } from './hosts';
import { POOL_METHODS } from './pools';
import { PROFILE_METHODS } from './profiles';
import { TASK_METHODS } from './tasks';
import { TUNNEL_METHODS } from './tunnels';

export { Role } from './catalogue';
export { LeaseAsk, PoolStartOptions } from './executors';
export { LogFile } from './pools';
export * from './notifications';

/** Requests of clients. Who may call what is `roles`; `view` is what a browser may reach. */
export const METHODS = {
  ...BRIDGE_METHODS,
  ...PROFILE_METHODS,
  ...POOL_METHODS,
  ...CHECK_METHODS,
  ...HOST_METHODS,
  ...TASK_METHODS,
  ...EXECUTOR_METHODS,
  ...TUNNEL_METHODS
} as const;
export type Method = keyof typeof METHODS;
export type Params<M extends Method> = z.infer<(typeof METHODS)[M]['params']>;
export type Result<M extends Method> = z.infer<(typeof METHODS)[M]['result']>;
