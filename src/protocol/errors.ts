import { z } from 'zod';

/**
 * Each way to fail has a code; the sentence is made where it is read (the
 * browser's is translatable, the command line and Python have their own).
 */
export const ErrorCode = z.enum([
  // the wire
  'invalid_message',
  'unknown_method',
  'invalid_params',
  'message_too_large',
  'too_many_clients',
  'too_many_requests',
  'not_allowed',
  'version_mismatch',
  // the bridge and its starter
  /** params: `tried` (what was looked at, separated by `; `), `needed` (a version) */
  'node_missing',
  /** params: `path`, `found`, `needed`, `tried` */
  'node_too_old',
  /** params: `path` */
  'bridge_not_built',
  /** params: `folder` (the runtime folder), `problem` */
  'bridge_unreachable',
  /** params: `command`, `log`, `problem`; words: the log's last lines */
  'bridge_start_failed',
  /** params: `folder`, `problem`, `variable` (that names another folder) */
  'folder_unsafe',
  /** params: `folder` (the runtime folder), `other` (its bridge's state folder), `state`, `variable` */
  'folder_taken',
  /** params: `path`, `bytes`, `limit`, `variable` */
  'path_too_long',
  'internal',
  // profiles and pools
  'unknown_profile',
  'invalid_profile',
  'not_a_number',
  'negative_number',
  'too_many_pilots',
  'unknown_pilot',
  'unknown_executor',
  /** params: `pilot`, `file`, `worker`; of one that has ended `output`, a file that has the end of it */
  'no_log',
  /** params: `name`, `file` */
  'profile_exists',
  /** params: `name`, `source`: a site's or built in, not to be written */
  'profile_read_only',
  /** params: `name`, `pilots`: its pool has so many, which must end before it is renamed or removed */
  'profile_in_use',
  // submit hosts and schedulers
  /** params: `command`, `problem`; words: what it said */
  'command_failed',
  /** params: `command`, `seconds` */
  'command_hangs',
  /** params: `command`, `tried` */
  'command_missing',
  /** params: `command`; words: the part that could not be read */
  'answer_unreadable',
  /** params: `address`, `answered` (false: known to be, by nothing at all on the way); words: why it cannot be reached */
  'host_unreachable',
  /** params: `host`: somebody has to log in there first */
  'login_needed',
  /** params: `host`; words: what it said. Never tried again by itself. */
  'login_refused',
  /** params: `host`: its account is not to be used (yet), whatever is answered; words: what it said */
  'login_not_allowed',
  /** params: `host`: it takes Kerberos tickets, ssh had none that is good, and nothing can be answered; words: what ssh said */
  'ticket_needed',
  /** params: `host`: a person ended it */
  'login_cancelled',
  /** params: `host`, `seconds`: nobody answered in the time that the host gives */
  'login_timeout',
  /** A login that is not, or no longer, under way, or a question it does not ask any more. */
  'unknown_login',
  /** params: `host`, `fingerprint`, `expected`, `file`, `line` */
  'machine_key_changed',
  /** params: `host`, `fingerprint`, `file`, `line` */
  'machine_key_revoked',
  /** params: `host`, `what` (certificate, security key, …): `openssh` can do it */
  'transport_unfit',
  /** params: `host`; words: what ended the connection */
  'host_lost',
  /** params: `host`, `problem`: no more sessions at once, or a forward that it does not allow */
  'channel_refused',
  /**
   * params: `kind` (the way home), `field` (of the profile), `problem`, `passing` (true: it may be
   * there again by itself); words: what helps
   */
  'uplink_failed',
  /** params: `path`, `problem` */
  'file_failed',
  /** params: `path`: it has changed since the caller saw it */
  'file_changed',
  // runtimes
  /** params: `python`, `problem`; words: what the build said */
  'runtime_failed',
  /** params: `needed`, `found`, `what` (glibc, architecture, system) */
  'runtime_unfit',
  // pilots
  /** params: of a pool that has stopped `cause`: submit_failed (by the scheduler), not_submitted (by the bridge) */
  'submit_failed',
  'python_missing',
  'pool_stopped',
  /** params: `pilot`, `problem`: what is on its machine only its agent can tell */
  'agent_unreachable',
  // kernels
  /** params: `exit`, `log`; words: its last lines. Parsl's interchange, of one executor. */
  'interchange_died'
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** What travels as JSON-RPC's `error.data`. */
export const ErrorData = z.object({
  code: ErrorCode,
  /** What the sentence is made of: names, numbers, versions. */
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** The machine on which it happened. */
  machine: z.string().optional(),
  /** The failing tool's own words. */
  words: z.string().optional()
});
export type ErrorData = z.infer<typeof ErrorData>;

/** JSON-RPC's number for every error that carries ErrorData. */
export const PILOTHOUSE_ERROR = -32000;
