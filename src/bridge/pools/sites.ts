import type { HostId, Pool, PoolName, Profile, SubmitHost } from '../../protocol';
import { Hosts, onceConnected, targetOf, type IHost } from '../hosts';
import { Schedulers, type IScheduler, type SchedulerTable } from '../schedulers';
import type { IConnection, IConnections } from '../ssh/connections';
import type { SshTarget } from '../ssh/tokens';
import type { IBridgeContext, IDisposable } from '../tokens';

/** Where a profile's pilots are submitted. */
export interface ISite {
  readonly host: IHost;
  readonly scheduler: IScheduler;
}

/** Submit hosts with their schedulers, as profiles name them. */
export class Sites implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _connections: Pick<IConnections, 'of' | 'setPlaces'>,
    table?: SchedulerTable
  ) {
    this._hosts = new Hosts(_context, _connections);
    this.schedulers = new Schedulers(_context, table);
  }

  readonly schedulers: Schedulers;

  /** @throws PilothouseError submit_failed (no such scheduler) */
  of(profile: Pick<Profile, 'submitHost' | 'scheduler'>): ISite {
    const host = this._hosts.get(profile);
    return { host, scheduler: this.schedulers.get(profile.scheduler.kind, host) };
  }

  /** The connection to a submit host; null: it is this machine. */
  connection(submitHost: SubmitHost): IConnection | null {
    return this._hosts.connection(submitHost);
  }

  /** The same by its id. */
  hostOf({ submitHost }: Pick<Profile, 'submitHost'>): HostId | null {
    return this.connection(submitHost)?.host ?? null;
  }

  /** Which profiles each place uses now: that of its own, and those of its living pilots. */
  setPlaces(places: ReadonlyMap<PoolName, readonly Profile[]>): void {
    const targets = new Map<PoolName, SshTarget[]>();
    for (const [pool, profiles] of places) {
      const own = new Map<HostId, SshTarget>();
      for (const { submitHost } of profiles) {
        const target = targetOf(submitHost, this._context.machine);
        if (target !== null) {
          own.set(this._connections.of(target).host, target);
        }
      }
      targets.set(pool, [...own.values()]);
    }
    this._connections.setPlaces(targets);
  }

  /**
   * Removes files: at once, or when somebody is logged in to their host again.
   * What cannot be removed is noted in the log, and left.
   */
  clean(profile: Pick<Profile, 'submitHost'>, paths: readonly string[], event: string): void {
    if (paths.length === 0) {
      return;
    }
    const host = this._hosts.get(profile);
    if (host.connected) {
      this._remove(host, paths, event);
      return;
    }
    const left = this._left.get(host) ?? new Set<string>();
    for (const path of paths) {
      left.add(path);
    }
    if (!this._left.has(host)) {
      this._left.set(host, left);
      onceConnected(host, () => {
        this._left.delete(host);
        this._remove(host, [...left], event);
      });
    }
  }

  /** Notes what a scheduler's adapter says of it. */
  troubled(scheduler: IScheduler, trouble: Pool['schedulerTrouble']): void {
    if (trouble === null) {
      this._troubles.delete(scheduler);
    } else {
      this._troubles.set(scheduler, trouble);
    }
  }

  /** Whether a profile's scheduler is out of order; null also where nobody has asked it yet. */
  troubleOf(profile: Profile): Pool['schedulerTrouble'] {
    for (const [scheduler, trouble] of this._troubles) {
      if (scheduler.kind === profile.scheduler.kind && this.of(profile).scheduler === scheduler) {
        return trouble;
      }
    }
    return null;
  }

  dispose(): void {
    this.schedulers.dispose();
    this._hosts.dispose();
  }

  private _remove(host: IHost, paths: readonly string[], event: string): void {
    host.remove(paths).catch((error: unknown) => {
      this._context.log.error(event, error, { host: host.name, paths: paths.slice(0, 10) });
    });
  }

  private readonly _hosts: Hosts;
  private readonly _left = new Map<IHost, Set<string>>();
  private readonly _troubles = new Map<IScheduler, NonNullable<Pool['schedulerTrouble']>>();
}
