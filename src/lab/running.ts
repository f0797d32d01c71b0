import type { IRunningSessions } from '@jupyterlab/running';
import { runningIcon } from '@jupyterlab/ui-components';
import type { Pilot, Pool } from '../protocol';
import { pilothouseIcon } from './icons';
import { livePilots, poolsOf } from './model';
import { CommandIDs } from './tokens';
import { RunningList } from './runningList';
import type { ISurroundings } from './views';
import { age, count, pilotCounts, pilotState, wordOfPilot } from './words';

/** JupyterLab draws every item, shown or not; thousands block the page for minutes. */
const PILOTS_SHOWN = 50;

/** JupyterLab's list of what runs: pools, their pilots, and the apps on them. */
export class RunningPilots extends RunningList implements IRunningSessions.IManager {
  constructor(surroundings: ISurroundings) {
    super(surroundings);
    const { trans } = surroundings;
    this.name = trans.__('Pilots');
    this.shutdownLabel = trans.__('Remove');
    this.shutdownAllLabel = trans.__('End all pilots');
    this.shutdownAllConfirmationText = trans.__(
      'End all pilots of all places? Tasks that run on them are not finished.'
    );
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly supportsMultipleViews = true;

  running(options: { mode: 'tree' | 'list' }): IRunningSessions.IRunningItem[] {
    const { picture } = this._surroundings.model;
    const pools = poolsOf(picture);
    if (options.mode === 'list') {
      return pools.flatMap(pool => this._pilotItems(pool));
    }
    return pools
      .filter(pool => livePilots(picture, pool.pool).length > 0)
      .map(pool => this._poolItem(pool));
  }

  shutdownAll(): void {
    for (const pool of this._surroundings.model.picture.pools.keys()) {
      this._execute(CommandIDs.endPilots, { pool });
    }
  }

  private _poolItem(pool: Pool): IRunningSessions.IRunningItem {
    const { trans } = this._surroundings;
    return {
      icon: () => pilothouseIcon,
      label: () => pool.title,
      detail: () => pilotCounts(trans, pool.counts),
      open: () => this._execute(CommandIDs.openPanel, {}),
      shutdown: () => this._execute(CommandIDs.endPilots, { pool: pool.pool }),
      children: this._pilotItems(pool)
    };
  }

  /** A pool's first pilots, and how many there are beside them. */
  private _pilotItems(pool: Pool): IRunningSessions.IRunningItem[] {
    const { model, trans } = this._surroundings;
    const pilots = livePilots(model.picture, pool.pool);
    const items = pilots.slice(0, PILOTS_SHOWN).map(pilot => this._pilotItem(pilot));
    const more = pilots.length - items.length;
    if (more > 0) {
      items.push({
        icon: () => pilothouseIcon,
        label: () => trans.__('%1 more in the panel', count(more)),
        open: () => this._execute(CommandIDs.openPanel, {})
      });
    }
    return items;
  }

  private _pilotItem(pilot: Pilot): IRunningSessions.IRunningItem {
    const { model, trans } = this._surroundings;
    return {
      icon: () => runningIcon,
      label: () => pilot.pilot,
      labelTitle: () => [pilot.site, pilot.host].filter(Boolean).join(' · '),
      detail: () =>
        `${pilotState(trans, wordOfPilot(pilot))} · ${age(trans, model.nowMs() - pilot.createdAtMs)}`,
      open: () => this._execute(CommandIDs.openPanel, {}),
      shutdown: () => this._execute(CommandIDs.removePilot, { pilot: pilot.pilot }),
      children: pilot.running.map(app => ({ icon: () => runningIcon, label: () => app }))
    };
  }

  private _execute(id: string, args: Record<string, string>): void {
    void this._surroundings.commands.execute(id, args);
  }
}
