import { z } from 'zod';
import { HostConnection, HostEntry, Transfer } from '../hosts';
import { EpochMs, HostId, LoginId } from '../ids';
import { LIMITS } from '../limits';
import { nothing, type Methods } from './catalogue';

const RemotePath = z.string().min(1).max(4096);

/** Logging in to submit hosts, and the files there. `pool` is a place's name. */
export const HOST_METHODS = {
  'hosts.list': {
    roles: ['view', 'kernel', 'command'],
    params: nothing,
    result: z.object({ hosts: z.array(HostConnection), transfers: z.array(Transfer) })
  },
  /**
   * Begins a login to a place's submit host, or joins the one under way;
   * nothing happens where it is connected. What it asks comes with the stream
   * of changes, and any client may answer.
   */
  'hosts.login': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200) }),
    result: HostConnection
  },
  /** Closes the connection. Pilots that need no way through it go on. */
  'hosts.logout': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ host: HostId }),
    result: nothing
  },
  /** One answer for each prompt of the round, kept in memory until it is sent. */
  'logins.answer': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      login: LoginId,
      round: z.int().min(1),
      answers: z.array(z.string().max(LIMITS.answerChars)).max(LIMITS.promptsPerRound)
    }),
    result: nothing
  },
  /** Accepts and remembers the new key that is shown; `fingerprint` must be that one. */
  'logins.trust': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ login: LoginId, fingerprint: z.string().max(100) }),
    result: nothing
  },
  'logins.cancel': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ login: LoginId }),
    result: nothing
  },

  /** A folder; a path that does not begin with / is meant from the home folder. */
  'files.list': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200), path: RemotePath }),
    result: z.object({
      /** Absolute. */
      path: z.string().max(4096),
      entries: z.array(HostEntry).max(LIMITS.entriesListed),
      /** There are more than are listed. */
      more: z.boolean()
    })
  },
  'files.stat': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200), path: RemotePath }),
    /** null: there is none. */
    result: z.object({ path: z.string().max(4096), entry: HostEntry.nullable() })
  },
  /** A piece of a file, base64. */
  'files.read': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      pool: z.string().max(200),
      path: RemotePath,
      offset: z.int().min(0),
      bytes: z.int().min(1).max(LIMITS.fileBytes)
    }),
    result: z.object({
      content: z.string(),
      size: z.int().min(0),
      modifiedAtMs: EpochMs,
      /** Which file it is (device and inode): another that has taken its place has another. */
      file: z.string().max(64)
    })
  },
  /**
   * A whole small file, or one piece of a larger one: pieces are gathered
   * beside it and take its place with the last, whole or not at all.
   */
  'files.write': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      pool: z.string().max(200),
      path: RemotePath,
      /** base64 */
      content: z.string().max(LIMITS.fileBytes * 2),
      offset: z.int().min(0),
      last: z.boolean(),
      /** A name of whoever sends it, so that the pieces of two who write one file at once are not mixed. */
      sender: z
        .string()
        .regex(/^[A-Za-z0-9]{1,32}$/)
        .optional(),
      /** It must be as old as the caller has seen it; null: it must not be there; absent: whatever. */
      expectedModifiedAtMs: EpochMs.nullable().optional()
    }),
    /** `received`: bytes gathered, from which an upload that broke off goes on. */
    result: z.object({ received: z.int().min(0), entry: HostEntry.nullable() })
  },
  'files.makeFolder': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200), path: RemotePath }),
    result: HostEntry
  },
  'files.rename': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200), path: RemotePath, to: RemotePath }),
    result: HostEntry
  },
  /** A file or an empty folder. */
  'files.remove': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200), path: RemotePath }),
    result: nothing
  },
  /**
   * Brings a file of this machine there (`put`) or one from there (`get`);
   * what a broken one has brought is gone on from. Its progress comes with the
   * stream of changes.
   */
  'files.transfer': {
    roles: ['kernel', 'command'],
    params: z.object({
      pool: z.string().max(200),
      direction: z.enum(['get', 'put']),
      /** Absolute. */
      local: z.string().min(1).max(4096),
      remote: RemotePath
    }),
    result: Transfer
  },
  /** What has come stays there, and is gone on from. One that has ended is listed no more. */
  'files.cancel': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ transfer: z.string().max(64) }),
    result: nothing
  }
} as const satisfies Methods<'hosts' | 'logins' | 'files'>;
