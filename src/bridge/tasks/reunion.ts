import type { ExecutorId, PilotId } from '../../protocol';
import type { ITaskRecord } from './records';

/** What ran on one pilot for one executor when the bridge before this one ended. */
export interface IRestoredList {
  readonly executor: ExecutorId;
  readonly pilot: PilotId;
  readonly host: string | null;
  readonly site: string | null;
  readonly slot: string | null;
  readonly busy: { executorTask: number; worker: number; startedAtMs: number }[];
}

/** What ran before this bridge, until its agents have said otherwise. */
export class Reunion {
  constructor(running: readonly ITaskRecord[]) {
    for (const record of running) {
      const { executor, executorTask, pilot, host, site, slot, worker, startedAtMs } = record;
      if (executor !== null && executorTask !== null && pilot !== null) {
        const key = keyOf(executor, pilot);
        const list = this._lists.get(key) ?? { executor, pilot, host, site, slot, busy: [] };
        list.busy.push({ executorTask, worker: worker ?? 0, startedAtMs: startedAtMs ?? 0 });
        this._lists.set(key, list);
      }
    }
  }

  /** The agent has come back. */
  confirm(executor: ExecutorId, pilot: PilotId): void {
    this._lists.delete(keyOf(executor, pilot));
  }

  get waiting(): IRestoredList[] {
    return [...this._lists.values()];
  }

  private readonly _lists = new Map<string, IRestoredList>();
}

const keyOf = (executor: ExecutorId, pilot: PilotId): string => `${executor} ${pilot}`;
