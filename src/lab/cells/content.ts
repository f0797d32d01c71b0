import type { GroupId, TaskGroup } from '../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import { isUnfinished } from '../model';
import type { IPicture } from '../tokens';
import { cellPrompt, count, elapsed, errorLine, groupState, took } from '../words';

/** What one line of a strip shows; equal lines look the same. */
export interface IStripLine {
  readonly group: GroupId;
  readonly app: string;
  readonly state: ReturnType<typeof groupState>;
  /** Finished and uninteresting: grey, without a bar. */
  readonly quiet: boolean;
  /** Something has begun and more is to come: else there is nothing to draw a bar of. */
  readonly hasBar: boolean;
  /** Parts of the bar, in percent of all tasks. */
  readonly bar: { readonly done: number; readonly failed: number; readonly running: number };
  readonly text: string;
  /** Type and first line of the newest failure. */
  readonly error: string | null;
}

/** Sites named before the others become a number. */
const SITES_SHOWN = 3;

/** A strip's line for one app. `nowMs` by the bridge's clock. */
export function stripLine(
  trans: TranslationBundle,
  group: TaskGroup,
  picture: IPicture,
  nowMs: number
): IStripLine {
  const quiet = group.failed === 0 && group.waiting + group.running === 0;
  const share = (part: number): number =>
    group.total > 0 ? Math.round((part / group.total) * 1000) / 10 : 0;
  return {
    group: group.group,
    app: group.app,
    state: groupState(group),
    quiet,
    hasBar: isUnfinished(group) && group.done + group.failed + group.running > 0,
    bar: {
      done: share(group.done),
      failed: share(group.failed),
      running: group.kernelGone ? 0 : share(group.running)
    },
    text: textOf(trans, group, picture, nowMs),
    error: group.error && errorLine(group.error)
  };
}

function textOf(
  trans: TranslationBundle,
  group: TaskGroup,
  picture: IPicture,
  nowMs: number
): string {
  if (group.waiting + group.running > 0) {
    return busyText(trans, group, picture, nowMs);
  }
  return group.failed > 0 ? failedText(trans, group) : quietText(trans, group);
}

/** All is over and something failed: that first, the error's own words follow it. */
function failedText(trans: TranslationBundle, group: TaskGroup): string {
  const parts = [
    group.failed === group.total
      ? trans.__('%1 failed', count(group.failed))
      : trans.__('%1 of %2 failed', count(group.failed), count(group.total))
  ];
  if (group.retried > 0) {
    parts.push(trans.__('%1 retried', count(group.retried)));
  }
  parts.push(took(trans, group.lastAtMs - group.firstAtMs));
  return parts.join(' · ');
}

function quietText(trans: TranslationBundle, group: TaskGroup): string {
  const parts = [
    group.fromMemory > 0
      ? trans.__('%1 done (%2 from memory)', count(group.done), count(group.fromMemory))
      : trans.__('%1 done', count(group.done)),
    took(trans, group.lastAtMs - group.firstAtMs)
  ];
  if (group.sites.length === 1) {
    parts.push(group.sites[0]);
  } else if (group.sites.length > 1) {
    parts.push(trans.__('%1 sites', count(group.sites.length)));
  }
  if (group.retried > 0) {
    parts.push(trans.__('%1 retried', count(group.retried)));
  }
  return parts.join(', ');
}

function busyText(
  trans: TranslationBundle,
  group: TaskGroup,
  picture: IPicture,
  nowMs: number
): string {
  const parts: string[] = [];
  const waits = group.kernelGone ? '' : waitsText(trans, group, picture);
  const untouched = group.done + group.failed + group.running === 0;
  if (!untouched || group.kernelGone) {
    parts.push(trans.__('%1 of %2', count(group.done), count(group.total)));
  }
  if (group.failed > 0) {
    parts.push(trans.__('%1 failed', count(group.failed)));
  }
  if (group.kernelGone) {
    const lost = group.waiting + group.running;
    parts.push(trans.__('the kernel is gone, %1 will not finish', count(lost)));
  } else {
    if (group.running > 0) {
      parts.push(runningText(trans, group));
    }
    if (group.waiting > group.waitingForFutures) {
      const waiting = count(group.waiting - group.waitingForFutures);
      parts.push(
        group.running > 0
          ? trans.__('%1 waiting', waiting)
          : trans.__('%1 waiting for a pilot', waiting)
      );
    }
    if (waits) {
      parts.push(waits);
    }
  }
  if (group.retried > 0) {
    parts.push(trans.__('%1 retried', count(group.retried)));
  }
  if (!untouched) {
    parts.push(elapsed(trans, (isUnfinished(group) ? nowMs : group.lastAtMs) - group.firstAtMs));
  }
  return parts.join(' · ');
}

/** `10 running on 3 pilots (UCSD, FNAL)` */
function runningText(trans: TranslationBundle, group: TaskGroup): string {
  const running = count(group.running);
  if (group.pilotsNow === 0) {
    return trans.__('%1 running', running);
  }
  const on = trans._n(
    '%2 running on one pilot',
    '%2 running on %3 pilots',
    group.pilotsNow,
    running,
    count(group.pilotsNow)
  );
  const named = group.sites.slice(0, SITES_SHOWN);
  const more = group.sites.length - named.length;
  const sites = more > 0 ? [...named, `+${more}`] : named;
  return sites.length > 0 ? `${on} (${sites.join(', ')})` : on;
}

/** `waits for 3 futures of In [5]`; empty if nothing waits for futures. */
function waitsText(trans: TranslationBundle, group: TaskGroup, picture: IPicture): string {
  if (group.waitingForFutures === 0) {
    return '';
  }
  const cells = cellsOf(group, picture);
  const { futures } = group;
  if (futures === undefined || futures === 0) {
    return cells ? trans.__('waits for futures of %1', cells) : trans.__('waits for futures');
  }
  return cells
    ? trans._n(
        'waits for one future of %2',
        'waits for %3 futures of %2',
        futures,
        cells,
        count(futures)
      )
    : trans._n('waits for one future', 'waits for %2 futures', futures, count(futures));
}

/** The cells that a group waits for, but its own: `In [3], In [5]`. */
function cellsOf(group: TaskGroup, picture: IPicture): string {
  const counts = new Set<number>();
  for (const id of group.waitsFor) {
    const cell = picture.groups.get(id)?.cell;
    const other = cell?.messageId !== group.cell?.messageId;
    if (cell && other && cell.executionCount !== null) {
      counts.add(cell.executionCount);
    }
  }
  return [...counts]
    .sort((a, b) => a - b)
    .map(cellPrompt)
    .join(', ');
}
