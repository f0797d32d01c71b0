import type { PilotId } from '../../protocol';
import type { IDisposable } from '../tokens';
import type { Telling } from './telling';
import type { IScheduler } from './tokens';

/** What happens to jobs, told until they have ended or are untracked. */
export interface IWatch extends IDisposable, Pick<IScheduler, 'track' | 'untrack' | 'ask'> {
  readonly telling: Telling;
}

/** What a person may have done to jobs. */
export type Order = 'remove' | 'hold' | 'release';

/** What Slurm and HTCondor each do in their own way. */
export interface IBatchParts extends Pick<
  IScheduler,
  | 'kind'
  | 'plan'
  | 'mostPerSubmission'
  | 'submit'
  | 'find'
  | 'files'
  | 'check'
  | 'limits'
  | 'dryRun'
> {
  readonly watch: IWatch;
  /** Orders jobs; one that has ended already is no error. */
  readonly order: (what: Order, jobs: ReadonlyMap<PilotId, string>) => Promise<void>;
}

/** A scheduler with a queue, of its parts. */
export const batchScheduler = ({ watch, order, ...own }: IBatchParts): IScheduler => ({
  ...own,
  track: (pilot, job, profile) => {
    watch.track(pilot, job, profile);
  },
  untrack: pilot => {
    watch.untrack(pilot);
  },
  ask: () => watch.ask(),
  remove: jobs => order('remove', jobs),
  hold: jobs => order('hold', jobs),
  release: jobs => order('release', jobs),
  onReport: call => watch.telling.onReport(call),
  onTrouble: call => watch.telling.onTrouble(call),
  dispose: () => {
    watch.dispose();
  }
});
