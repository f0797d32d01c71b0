import { z } from 'zod';
import { BridgeInstance, EpochMs } from '../ids';
import { Snapshot } from '../stream';
import { type Methods, nothing, Role } from './catalogue';

/** The connection, the bridge itself, and the stream of what it knows. */
export const BRIDGE_METHODS = {
  /** First request of every connection. */
  'bridge.hello': {
    roles: ['view', 'kernel', 'command', 'home'],
    params: z.object({ role: Role, version: z.string().max(100), pid: z.int().positive() }),
    result: z.object({
      version: z.string(),
      instance: BridgeInstance,
      pid: z.int().positive(),
      startedAtMs: EpochMs,
      machine: z.string()
    })
  },
  'bridge.status': {
    roles: ['view', 'kernel', 'command'],
    params: nothing,
    result: z.object({
      version: z.string(),
      node: z.string(),
      instance: BridgeInstance,
      pid: z.int().positive(),
      startedAtMs: EpochMs,
      machine: z.string(),
      stateFolder: z.string(),
      logFile: z.string(),
      clients: z.object({ view: z.int(), kernel: z.int(), command: z.int() }),
      agents: z.int(),
      /** The bridge ends with the process that started it (a hub's pod, a batch job). */
      endsWithServer: z.boolean()
    })
  },
  /** Ends the bridge. Pilots live on until the next one, or until they lose patience. */
  'bridge.stop': {
    roles: ['command'],
    /** `restarting`: another one is started at once; clients are told to come back to it. */
    params: z.object({ restarting: z.boolean().optional() }),
    result: nothing
  },

  'state.subscribe': { roles: ['view', 'kernel', 'command'], params: nothing, result: Snapshot },
  'state.unsubscribe': { roles: ['view', 'kernel', 'command'], params: nothing, result: nothing }
} as const satisfies Methods<'bridge' | 'state'>;
