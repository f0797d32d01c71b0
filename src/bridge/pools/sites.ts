import type { Pool, Profile } from '../../protocol';
import { Hosts, type IHost } from '../hosts';
import { Schedulers, type IScheduler, type SchedulerTable } from '../schedulers';
import type { IBridgeContext, IDisposable } from '../tokens';

/** Where a profile's pilots are submitted. */
export interface ISite {
  readonly host: IHost;
  readonly scheduler: IScheduler;
}

/** Submit hosts with their schedulers, as profiles name them. */
export class Sites implements IDisposable {
  constructor(context: IBridgeContext, table?: SchedulerTable) {
    this._hosts = new Hosts(context);
    this.schedulers = new Schedulers(context, table);
  }

  readonly schedulers: Schedulers;

  /** @throws PilothouseError host_unreachable, submit_failed (no such scheduler) */
  of(profile: Pick<Profile, 'submitHost' | 'scheduler'>): ISite {
    const host = this._hosts.get(profile);
    return { host, scheduler: this.schedulers.get(profile.scheduler.kind, host) };
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

  private readonly _hosts: Hosts;
  private readonly _troubles = new Map<IScheduler, NonNullable<Pool['schedulerTrouble']>>();
}
