import { z } from 'zod';

/**
 * Large arguments and results travel beside HTEX, by content: the kernel writes
 * an argument once to its content folder, named by its SHA-256, and a small
 * reference goes in its place; the agent of the pilot that runs the task asks
 * the bridge for it, piece by piece, and keeps it for further tasks. A result
 * goes the other way. Pilots on this machine read and write the folder themselves.
 *
 * Pieces are agent's frames of kind `content`, in both directions; what they
 * belong to is said before, by the messages `content.*` of agent.ts. All numbers
 * are big-endian.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | the transfer, numbered by the agent |
 * | 8 | the number of the piece's first byte |
 * | … | the bytes, at least one; of a result `pieceBytes`, or all that is left of it |
 */
export const CONTENT_HEADER_BYTES = 12;

export const CONTENT_LIMITS = {
  /** A task or a result that is larger than this goes by content. */
  inlineBytes: 32 * 1024,
  /** Bytes of one piece. */
  pieceBytes: 256 * 1024,
  /** Bytes that an agent may have sent of one result without the bridge having written them. */
  windowBytes: 4 * 1024 * 1024,
  /** Pieces that an agent may have asked for and not got. Over it, it is cut. */
  reads: 16,
  /**
   * Results of one pool start that the bridge has a part of. Over it, those
   * that have not moved for longest begin anew, and the next is told to wait.
   */
  writes: 64,
  /** The largest content. `content_too_large`. */
  contentBytes: 16 * 1024 * 1024 * 1024,
  /** What a pilot keeps of contents for further tasks; the one used longest ago goes first. */
  pilotBytes: 4 * 1024 * 1024 * 1024
} as const;

/** SHA-256 of a content: the file's name in the kernel's content folder. */
export const ContentHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'ContentHash'>();
export type ContentHash = z.infer<typeof ContentHash>;

/** A transfer of one connection of one agent; it counts them up. */
export const TransferNumber = z.int().min(0).max(0xffffffff);

/** The name of an executor's folder in `runs/` of the state folder. */
export const RunFolderName = z
  .string()
  .regex(/^\d{1,20}-\d{1,10}-[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .brand<'RunFolderName'>();
export type RunFolderName = z.infer<typeof RunFolderName>;

/** In that folder: contents by their hashes; and in a folder of this name, results. */
export const CONTENT_FOLDER = 'content';
export const RESULTS_FOLDER = 'results';

/** A result's file: the start of the pool, and HTEX's number of the task. */
export const resultName = (start: string, task: number): string => `${start}-${task}`;

/** The same while it is not whole. */
export const partOf = (result: string): string => `${result}.part`;
