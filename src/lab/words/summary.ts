import type { TranslationBundle } from '@jupyterlab/translation';
import type { Connection, IPicture } from '../tokens';
import { age, count } from './quantities';

/** The whole in a line, for the status bar and screen readers: `12 running · 3 idle · 1 held`. */
export function summary(trans: TranslationBundle, picture: IPicture): string {
  let idle = 0;
  let held = 0;
  let running = 0;
  for (const { counts } of picture.pools.values()) {
    idle += counts.idle;
    held += counts.held;
  }
  for (const group of picture.groups.values()) {
    running += group.kernelGone ? 0 : group.running;
  }
  const parts = [trans.__('%1 running', count(running)), trans.__('%1 idle', count(idle))];
  if (held > 0) {
    parts.push(trans.__('%1 held', count(held)));
  }
  return parts.join(' · ');
}

/** How far the picture can be believed; empty while it can. `nowMs` by this browser's clock. */
export function freshness(trans: TranslationBundle, connection: Connection, nowMs: number): string {
  switch (connection.kind) {
    case 'connecting':
      return trans.__('Looking for the bridge…');
    case 'live':
      return '';
    case 'stale':
      return trans.__(
        'Reconnecting… last heard %1 ago',
        age(trans, nowMs - connection.lastHeardMs)
      );
    case 'offline':
      return connection.lastHeardMs === null
        ? trans.__('The bridge is not there.')
        : trans.__(
            'The bridge is not there; last heard %1 ago',
            age(trans, nowMs - connection.lastHeardMs)
          );
  }
}
