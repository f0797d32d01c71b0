import type { PilotId, SchedulerKind } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IHost } from '../hosts';
import type { IBridgeContext, IDisposable } from '../tokens';
import { createScheduler as htcondor } from './htcondor';
import { createScheduler as local } from './local';
import { createScheduler as slurm } from './slurm';
import type { CreateScheduler, IScheduler, ITrouble, JobReport } from './tokens';

export * from './tokens';

/** How each kind is made: a folder each. */
export type SchedulerTable = Readonly<Partial<Record<SchedulerKind, CreateScheduler>>>;
export const SCHEDULERS: SchedulerTable = { local, slurm, htcondor };

/** Who hears what schedulers say by themselves. */
export interface ISchedulerAudience {
  reported(pilot: PilotId, report: JobReport): void;
  troubled(scheduler: IScheduler, trouble: ITrouble | null): void;
}

/** Makes the scheduler of each submit host when it is first wanted, and ends them together. */
export class Schedulers implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _table: SchedulerTable = SCHEDULERS
  ) {}

  /** Set once by whoever wires the parts, before the first is made. */
  audience: ISchedulerAudience | null = null;

  /** @throws PilothouseError submit_failed where there is no such kind */
  get(kind: SchedulerKind, host: IHost): IScheduler {
    const key = `${kind} ${host.name}`;
    const known = this._made.get(key);
    if (known !== undefined) {
      return known;
    }
    const scheduler = this._table[kind]?.(this._context, host);
    if (scheduler === undefined) {
      throw new PilothouseError({
        code: 'submit_failed',
        params: { scheduler: kind },
        machine: host.name,
        words: `There is no scheduler ${kind} here.`
      });
    }
    this._made.set(key, scheduler);
    this._owned.push(
      scheduler.onReport((pilot, report) => this.audience?.reported(pilot, report)),
      scheduler.onTrouble(trouble => this.audience?.troubled(scheduler, trouble))
    );
    return scheduler;
  }

  dispose(): void {
    for (const owned of this._owned.splice(0)) {
      owned.dispose();
    }
    for (const scheduler of this._made.values()) {
      scheduler.dispose();
    }
    this._made.clear();
  }

  private readonly _made = new Map<string, IScheduler>();
  private readonly _owned: IDisposable[] = [];
}
