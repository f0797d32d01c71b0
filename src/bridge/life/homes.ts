import type { ExecutorId, TunnelId } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IClient, IPools } from '../tokens';
import type { ITunnelEnd } from '../tunnels';

/** The connection of a kernel's home: frames of tunnels go both ways in it. */
export interface IHomeConnection extends Pick<IClient, 'closed' | 'onClosed'> {
  readonly carriesFrames: boolean;
  sendFrame(frame: Uint8Array): boolean;
  onFrame: ((frame: Buffer) => void) | null;
  onRoom: (() => void) | null;
}

/**
 * Puts a home's end of its executor's tunnels into the switch, once the answer
 * that lets it send has gone.
 * @throws PilothouseError not_allowed if it has done so before, or frames do not go by its connection
 */
export function openTunnels(
  home: IHomeConnection,
  executor: ExecutorId,
  tunnels: readonly TunnelId[],
  into: IPools['tunnels']
): void {
  if (home.onFrame !== null) {
    throw new PilothouseError({
      code: 'not_allowed',
      params: { method: 'tunnels.open', why: 'said already' }
    });
  }
  if (!home.carriesFrames) {
    throw new PilothouseError({
      code: 'not_allowed',
      params: { method: 'tunnels.open', why: 'by a websocket' }
    });
  }
  const end: ITunnelEnd = { send: frame => home.sendFrame(frame) };
  home.onFrame = frame => into.fromHome(end, frame);
  home.onRoom = () => into.homeHasRoom(end);
  queueMicrotask(() => {
    if (!home.closed) {
      into.homeCame(end, executor, tunnels);
      home.onClosed(() => into.homeLeft(end));
    }
  });
}
