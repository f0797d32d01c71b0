import type { z } from 'zod';
import type { AGENT_NOTIFICATIONS, RunFolderName, PoolStartId } from '../../protocol';
import type { IAgentConnection } from '../tunnels';

export type ReadOrder = z.infer<(typeof AGENT_NOTIFICATIONS)['content.read']>;
export type WriteOrder = z.infer<(typeof AGENT_NOTIFICATIONS)['content.write']>;

/** Where the kernel of a pool start keeps what is large, or why there is nothing to be had. */
export type Place =
  | { readonly kind: 'folder'; readonly run: RunFolderName }
  | { readonly kind: 'none'; readonly problem: string }
  /** Its kernel has not found this bridge yet. */
  | { readonly kind: 'later'; readonly problem: string };

/** Who talks with an agent. */
export type Peer = Pick<IAgentConnection, 'pilot' | 'send' | 'content'>;

/** Brings contents from kernels' folders to agents, and results from agents there. */
export interface IContents {
  /** The folder of contents of a run. */
  folder(run: RunFolderName): string;
  /** @throws PeerError it asks for more than it may */
  read(peer: Peer, place: Place, order: ReadOrder): void;
  /** @throws PeerError the same */
  write(peer: Peer, place: Place, order: WriteOrder): void;
  /**
   * A piece of a result.
   * @param frame in the chunks that it came in
   * @throws PeerError it is none, or out of turn
   */
  piece(peer: Peer, ...frame: readonly Buffer[]): void;
  /** Nobody sends that result any more. */
  dropped(peer: Peer, transfer: number): void;
  left(peer: Peer): void;
  /**
   * This pool start is over: what was half of a result of it is removed, also
   * where its workers wrote that themselves.
   * @param run of its kernel; null: that has no folder of contents
   */
  startEnded(start: PoolStartId, run: RunFolderName | null): void;
  /** A kernel is gone, with all that needed its contents. */
  kernelGone(run: RunFolderName): void;
  /** Removes what kernels have left that ended while no bridge was there. */
  clean(): Promise<void>;
}
