import { join } from 'node:path';
import type { IClock, IDisposable, ILog } from '../tokens';
import { PilotStore } from './pilots';
import { openDatabase } from './sqlite';
import { SubmissionStore } from './submissions';
import { TaskStore } from './tasks';

export type { IStoredTasks, ITaskBatch, ITaskRow, ITaskStore, ITaskWords } from './tasks';

/** The bridge's database. */
export interface IStore extends IDisposable {
  readonly pilots: PilotStore;
  readonly submissions: SubmissionStore;
  readonly tasks: TaskStore;
}

/** Opens `bridge.db` in the state folder, mode 0600. */
export function openStore(stateFolder: string, clock: Pick<IClock, 'now'>, log: ILog): IStore {
  const database = openDatabase(join(stateFolder, 'bridge.db'), clock, log);
  return {
    pilots: new PilotStore(database, log),
    submissions: new SubmissionStore(database, log),
    tasks: new TaskStore(database),
    dispose: () => database.close()
  };
}
