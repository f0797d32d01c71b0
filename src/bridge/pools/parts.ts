import type { IRuntimes } from '../environments';
import type { SchedulerTable } from '../schedulers';
import type { IConnections } from '../ssh/connections';
import type { IPilotStore, IProfiles, ISubmissionStore, ITaskBook } from '../tokens';

/** What pools are made with beside the context. */
export interface IPoolsParts {
  readonly store: IPilotStore;
  readonly submissions: ISubmissionStore;
  readonly profiles: IProfiles;
  readonly tasks: ITaskBook;
  /** Those to submit hosts elsewhere; none: nobody can log in anywhere. */
  readonly connections?: Pick<IConnections, 'of' | 'setPlaces'>;
  /** Others than the real ones, for tests. */
  readonly schedulers?: SchedulerTable;
  readonly runtimes?: IRuntimes;
}
