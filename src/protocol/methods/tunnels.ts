import { z } from 'zod';
import { ExecutorId, TunnelId } from '../ids';
import { LIMITS } from '../limits';
import { nothing, type Methods } from './catalogue';

/** The kernel's end of tunnels (tunnel.ts): a process beside the interchange, with a connection of its own. */
export const TUNNEL_METHODS = {
  /**
   * Its second request: from here on frames of kind `stream` are those of this
   * executor's tunnels, both ways. `tunnels`: those that it has had before.
   */
  'tunnels.open': {
    roles: ['home'],
    params: z.object({
      executor: ExecutorId,
      tunnels: z.array(TunnelId).max(LIMITS.leasesPerExecutor)
    }),
    result: nothing
  }
} as const satisfies Methods<'tunnels'>;
