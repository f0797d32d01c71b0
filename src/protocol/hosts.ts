import { z } from 'zod';
import { ErrorData } from './errors';
import { EpochMs, HostId, LoginId, PoolName } from './ids';
import { LIMITS } from './limits';

/** One machine on the way of a login: a jump host, or the submit host itself, which is the last. */
export const Hop = z.object({
  address: z.string().max(255),
  port: z.int().min(1).max(65535),
  user: z.string().max(200),
  /** Its number on the way, from 1, of so many. */
  number: z.int().min(1).max(20),
  of: z.int().min(1).max(20)
});
export type Hop = z.infer<typeof Hop>;

/** The public key by which a machine is known (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export const MachineKey = z.object({
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, … */
  algorithm: z.string().max(100),
  /** As ssh-keygen(1) prints it: `SHA256:` and base64 without padding. */
  fingerprint: z.string().max(100),
  /** When it was first accepted here; null: not known, or not by Pilothouse. */
  knownSinceMs: EpochMs.nullable(),
  /** Other names in known_hosts that have the same key. */
  alsoKnownAs: z.array(z.string().max(300)).max(10).default([])
});
export type MachineKey = z.infer<typeof MachineKey>;

/** One field of a question. */
export const Prompt = z.object({
  text: z.string().max(LIMITS.promptChars),
  /** Whether what is typed may be seen. */
  echo: z.boolean()
});
export type Prompt = z.infer<typeof Prompt>;

/** What a login waits for. */
export const LoginQuestion = z.discriminatedUnion('kind', [
  /** Nothing of a person: the machine is dialled, or thinks. */
  z.object({ kind: z.literal('none') }),
  /** A machine whose key is not known: `logins.trust` or `logins.cancel`. */
  z.object({
    kind: z.literal('machine-key'),
    key: MachineKey,
    /** The file it would be added to. */
    file: z.string().max(4096)
  }),
  /** Fields to fill in: `logins.answer` with one answer for each prompt, which may be empty. */
  z.object({
    kind: z.literal('prompts'),
    /** Grows with each question of a login, so that an answer to an older one is refused. */
    round: z.int().min(1),
    method: z.enum(['password', 'keyboard-interactive', 'passphrase']),
    /** The machine's own heading and text (RFC 4256, 3.2), control characters removed. */
    name: z.string().max(LIMITS.promptChars),
    instructions: z.string().max(LIMITS.wordsChars),
    prompts: z.array(Prompt).min(1).max(LIMITS.promptsPerRound),
    /** The answers before were refused. */
    again: z.boolean()
  })
]);
export type LoginQuestion = z.infer<typeof LoginQuestion>;

/** A login under way. Holds no answer and no secret. */
export const Login = z.object({
  login: LoginId,
  hop: Hop,
  /** The key of `hop`, once it has shown it. */
  key: MachineKey.nullable(),
  /** What the machine said before anybody logged in (RFC 4252, 5.4). */
  banner: z.string().max(LIMITS.wordsChars),
  question: LoginQuestion,
  /** When the machine gives up waiting (sshd_config(5), LoginGraceTime, as far as it is known). */
  endsByMs: EpochMs,
  startedAtMs: EpochMs
});
export type Login = z.infer<typeof Login>;

/**
 * away: nobody has logged in, or somebody has logged out. lost: the connection
 * broke; `trouble` says how. failed: the last login did not succeed.
 */
export const ConnectionState = z.enum(['away', 'logging-in', 'connected', 'lost', 'failed']);
export type ConnectionState = z.infer<typeof ConnectionState>;

/** The one connection to a submit host that is not this machine, and whether it is there. */
export const HostConnection = z.object({
  host: HostId,
  address: z.string().max(255),
  /** Empty: the profile leaves it to `~/.ssh/config`, which is asked at the first login. */
  user: z.string().max(200),
  port: z.int().min(1).max(65535),
  /** Jump hosts, nearest first. */
  via: z.array(z.string().max(400)).max(10),
  transport: z.enum(['ssh2', 'openssh']),
  state: ConnectionState,
  sinceMs: EpochMs,
  login: Login.nullable(),
  key: MachineKey.nullable(),
  /** What let the user in, in order: `publickey`, `keyboard-interactive`. */
  methods: z.array(z.string().max(100)).max(20),
  /** Whether it logs in again by itself: only where no person was needed. */
  returnsByItself: z.boolean(),
  /** When it tries by itself the next time. */
  nextTryMs: EpochMs.nullable(),
  channels: z.object({ open: z.int().min(0), most: z.int().min(0) }),
  trouble: ErrorData.nullable(),
  /** Places whose submit host it is. */
  pools: z.array(PoolName).max(1000)
});
export type HostConnection = z.infer<typeof HostConnection>;

/** A file or folder on a submit host, for a person. */
export const HostEntry = z.object({
  name: z.string().max(4096),
  /** `other`: a link that leads nowhere, a device. */
  kind: z.enum(['file', 'folder', 'other']),
  size: z.int().min(0),
  modifiedAtMs: EpochMs,
  writable: z.boolean()
});
export type HostEntry = z.infer<typeof HostEntry>;

/** A file on its way to or from a submit host. */
export const Transfer = z.object({
  transfer: z.string().max(64),
  /** The place that was named. */
  pool: z.string().max(200),
  host: HostId,
  direction: z.enum(['get', 'put']),
  local: z.string().max(4096),
  remote: z.string().max(4096),
  bytes: z.int().min(0),
  size: z.int().min(0),
  state: z.enum(['going', 'done', 'failed', 'cancelled']),
  error: ErrorData.nullable(),
  startedAtMs: EpochMs
});
export type Transfer = z.infer<typeof Transfer>;
