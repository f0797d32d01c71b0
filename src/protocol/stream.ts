import { z } from 'zod';
import { BrokenProfile, Executor, Pilot, Pool, TaskGroup } from './entities';
import { HostConnection, Transfer } from './hosts';
import { BridgeInstance, EpochMs, ExecutorId, GroupId, HostId, PilotId, PoolName } from './ids';

/**
 * The one ordered stream of changes (design.md 3.3): a snapshot, then deltas.
 * Each delta replaces or removes whole entities, so applying one twice does
 * no harm; a gap in `seq` or another `instance` asks for a new snapshot.
 */
export const Change = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pool'), value: Pool }),
  z.object({ kind: z.literal('pool-gone'), pool: PoolName }),
  z.object({ kind: z.literal('pilot'), value: Pilot }),
  z.object({ kind: z.literal('pilot-gone'), pilot: PilotId }),
  z.object({ kind: z.literal('executor'), value: Executor }),
  z.object({ kind: z.literal('executor-gone'), executor: ExecutorId }),
  z.object({ kind: z.literal('group'), value: TaskGroup }),
  z.object({ kind: z.literal('group-gone'), group: GroupId }),
  z.object({ kind: z.literal('host'), value: HostConnection }),
  z.object({ kind: z.literal('host-gone'), host: HostId }),
  z.object({ kind: z.literal('transfer'), value: Transfer }),
  z.object({ kind: z.literal('transfer-gone'), transfer: z.string() }),
  z.object({ kind: z.literal('broken-profile'), value: BrokenProfile }),
  z.object({ kind: z.literal('broken-profile-gone'), file: z.string() })
]);
export type Change = z.infer<typeof Change>;

export const Snapshot = z.object({
  instance: BridgeInstance,
  seq: z.int().min(0),
  atMs: EpochMs,
  pools: z.array(Pool),
  pilots: z.array(Pilot),
  executors: z.array(Executor),
  groups: z.array(TaskGroup),
  hosts: z.array(HostConnection).default([]),
  transfers: z.array(Transfer).default([]),
  brokenProfiles: z.array(BrokenProfile)
});
export type Snapshot = z.infer<typeof Snapshot>;

/** Params of the notification `state.changed`. `seq` grows by one with each. */
export const Delta = z.object({
  instance: BridgeInstance,
  seq: z.int().min(1),
  atMs: EpochMs,
  changes: z.array(Change)
});
export type Delta = z.infer<typeof Delta>;
