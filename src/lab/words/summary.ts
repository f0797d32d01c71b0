import type { TranslationBundle } from '@jupyterlab/translation';
import type { Connection, IPicture } from '../tokens';
import { age, count } from './quantities';

/** The whole in a line, for screen readers: `12 running · 3 idle · 4 on the way · 1 held`. */
export function summary(trans: TranslationBundle, picture: IPicture): string {
  const { running, idle, coming, held } = totals(picture);
  const parts = [trans.__('%1 running', count(running)), trans.__('%1 idle', count(idle))];
  if (coming > 0) {
    parts.push(trans.__('%1 on the way', count(coming)));
  }
  if (held > 0) {
    parts.push(trans.__('%1 held', count(held)));
  }
  return parts.join(' · ');
}

/**
 * The whole in a few words, for the status bar: `12 running · 4 pilots`, `2 on the way`,
 * `no pilots`.
 * It never says “idle”: there JupyterLab says so of kernels, and who reads the
 * bar to learn when a kernel is idle (Galata's `runCell` does) must find one.
 */
export function brief(trans: TranslationBundle, picture: IPicture): string {
  const { running, pilots, coming, held } = totals(picture);
  const parts: string[] = [];
  if (running > 0) {
    parts.push(trans.__('%1 running', count(running)));
  }
  if (pilots > 0) {
    parts.push(trans._n('one pilot', '%2 pilots', pilots, count(pilots)));
  } else if (coming === 0) {
    parts.push(trans.__('no pilots'));
  }
  if (coming > 0) {
    parts.push(trans.__('%1 on the way', count(coming)));
  }
  if (held > 0) {
    parts.push(trans.__('%1 held', count(held)));
  }
  return parts.join(' · ');
}

interface ITotals {
  readonly running: number;
  /** Those that can work: idle and busy ones. */
  readonly pilots: number;
  readonly idle: number;
  /** Requested, queued, starting. */
  readonly coming: number;
  readonly held: number;
}

function totals(picture: IPicture): ITotals {
  let pilots = 0;
  let idle = 0;
  let coming = 0;
  let held = 0;
  let running = 0;
  for (const { counts } of picture.pools.values()) {
    pilots += counts.idle + counts.busy;
    idle += counts.idle;
    coming += counts.requested + counts.queued + counts.starting;
    held += counts.held;
  }
  for (const group of picture.groups.values()) {
    running += group.kernelGone ? 0 : group.running;
  }
  return { running, pilots, idle, coming, held };
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
