import type { IDisposable } from '../tokens';
import type { IHost } from './tokens';

/** Calls once: at once where somebody is logged in, else as soon as somebody is. */
export function onceConnected(
  host: Pick<IHost, 'connected' | 'onConnection'>,
  call: () => void
): IDisposable {
  if (host.connected) {
    call();
    return { dispose: () => undefined };
  }
  const waiting = host.onConnection(connected => {
    if (connected) {
      waiting.dispose();
      call();
    }
  });
  return waiting;
}
