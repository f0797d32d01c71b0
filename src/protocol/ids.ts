import { z } from 'zod';

/**
 * Identifiers, branded so that one cannot be passed for another. All are
 * opaque to whoever did not make them; the alphabet is restricted because
 * they become file names and parts of scheduler job names.
 */
const Id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

/** A profile's name, and with it its pool's: `local`, `ospool`. */
export const PoolName = Id.brand<'PoolName'>();
export type PoolName = z.infer<typeof PoolName>;

/** One pilot, for its whole life, whatever the number of attempts. */
export const PilotId = Id.brand<'PilotId'>();
export type PilotId = z.infer<typeof PilotId>;

/** One executor of one kernel; made by the kernel side. */
export const ExecutorId = Id.brand<'ExecutorId'>();
export type ExecutorId = z.infer<typeof ExecutorId>;

/** One lease; made by the kernel side, in the provider's `submit`. */
export const LeaseId = Id.brand<'LeaseId'>();
export type LeaseId = z.infer<typeof LeaseId>;

/**
 * One start of one worker pool: the ZMQ identity of an HTEX manager (`--uid`).
 * Fresh at each start, because an interchange never accepts one twice.
 */
export const PoolStartId = Id.brand<'PoolStartId'>();
export type PoolStartId = z.infer<typeof PoolStartId>;

/** One tunnel of one pool start, as the 16 hexadecimal digits of its number (tunnel.ts). */
export const TunnelId = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .brand<'TunnelId'>();
export type TunnelId = z.infer<typeof TunnelId>;

/** One Parsl run: the `run_id` of one DataFlowKernel. */
export const RunId = Id.brand<'RunId'>();
export type RunId = z.infer<typeof RunId>;

/** One row of tasks: a run, an execution of a cell, an app. Made by the bridge. */
export const GroupId = z.string().min(1).max(200).brand<'GroupId'>();
export type GroupId = z.infer<typeof GroupId>;

/**
 * The one connection to a submit host: its address as profiles write it, with
 * user, port, way and transport where they are said (`alice@ap40.example.org:22`).
 */
export const HostId = z.string().min(1).max(2000).brand<'HostId'>();
export type HostId = z.infer<typeof HostId>;

/** One login to a submit host. Made by the bridge. */
export const LoginId = Id.brand<'LoginId'>();
export type LoginId = z.infer<typeof LoginId>;

/** One life of one bridge; a new one after every start. */
export const BridgeInstance = Id.brand<'BridgeInstance'>();
export type BridgeInstance = z.infer<typeof BridgeInstance>;

/** Milliseconds since the epoch, by the clock of the bridge's machine unless said. */
export const EpochMs = z.number().nonnegative();
