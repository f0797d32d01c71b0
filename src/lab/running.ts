import type { IRunningSessions } from '@jupyterlab/running';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { runningIcon } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { Pilot, Pool } from '../protocol';
import { pilothouseIcon } from './icons';
import { livePilots, poolsOf } from './model';
import { CommandIDs } from './tokens';
import type { ISurroundings } from './views';
import { age, count, pilotCounts, pilotState, wordOfPilot } from './words';

/** The list of what runs is drawn at most this often. */
const EVERY_MS = 1000;
/** JupyterLab draws every item, shown or not; thousands block the page for minutes. */
const PILOTS_SHOWN = 50;

/** JupyterLab's list of what runs: pools, their pilots, and the apps on them. */
export class RunningPilots implements IRunningSessions.IManager, IDisposable {
  constructor(private readonly _surroundings: ISurroundings) {
    const { model, trans } = _surroundings;
    this.name = trans.__('Pilots');
    this.shutdownLabel = trans.__('Remove');
    this.shutdownAllLabel = trans.__('End all pilots');
    this.shutdownAllConfirmationText = trans.__(
      'End all pilots of all places? Tasks that run on them are not finished.'
    );
    model.changed.connect(this._onChanged, this);
    model.connectionChanged.connect(this._onChanged, this);
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly supportsMultipleViews = true;

  get runningChanged(): ISignal<this, void> {
    return this._runningChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._pause?.dispose();
    const { model } = this._surroundings;
    model.changed.disconnect(this._onChanged, this);
    model.connectionChanged.disconnect(this._onChanged, this);
    Signal.clearData(this);
  }

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

  refreshRunning(): void {
    this._runningChanged.emit();
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

  private _onChanged(): void {
    this._pause ??= this._surroundings.clock.after(EVERY_MS, () => {
      this._pause = null;
      this._runningChanged.emit();
    });
  }

  private readonly _runningChanged = new Signal<this, void>(this);
  private _pause: IDisposable | null = null;
  private _isDisposed = false;
}
