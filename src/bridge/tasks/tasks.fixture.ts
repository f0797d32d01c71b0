import {
  ExecutorId,
  METHODS,
  PilotId,
  RunId,
  TaskGroup,
  TaskReport,
  TIMES,
  type GroupId,
  type Result,
  type TaskUpdate
} from '../../protocol';
import { ManualClock } from '../manualClock.fixture';
import { MemoryTaskStore } from '../store/memory.fixture';
import type { IKeeping } from './ledger';
import type { Place } from './running';
import { TaskBook } from '.';

export const RUN = RunId.parse('run-1');
export const HTEX = ExecutorId.parse('htex');
export const P1 = PilotId.parse('p1');
/** Has said where it is: on `n7` of `Uni`. */
export const P2 = PilotId.parse('p2');
export const HERE: Place = { host: 'here', site: null, slot: null };
export const ORIGIN = { pid: 7, notebook: 'pi.ipynb', workingFolder: '/home' };
export const CELL = { messageId: 'm1', cellId: 'c1', executionCount: 3, session: 's' };

/** A task was called in `CELL`, and waits for a pilot. */
export const submitted = (task: number, more: Partial<TaskUpdate> = {}): Partial<TaskUpdate> => ({
  task,
  app: 'pi',
  cell: 0,
  state: 'waiting',
  reason: 'pilot',
  submittedAtMs: 1000 + task,
  ...more
});

/** It was given to the executor, which knows it by another number. */
export const launched = (task: number, executorTask: number): Partial<TaskUpdate> => ({
  task,
  state: 'waiting',
  reason: 'pilot',
  tries: 1,
  executor: HTEX,
  executorTask,
  launchedAtMs: 2000
});

/** It ran for a second. */
export const done = (task: number, pilot: PilotId): Partial<TaskUpdate> => ({
  task,
  state: 'done',
  reason: 'executed',
  pilot,
  worker: 0,
  startedAtMs: 3000,
  endedAtMs: 4000
});

const entered: TaskRoom[] = [];

/** For `afterEach`: ends the books of a test's rooms, which leave no timer behind. */
export function leaveRooms(): void {
  for (const room of entered.splice(0)) {
    room.dispose();
    if (room.clock.pending > 0) {
      throw new Error(`${room.clock.pending} timers are left`);
    }
  }
}

/** A book of tasks with a store in memory, one run that has been opened, and what views have seen. */
export class TaskRoom {
  constructor(private readonly _keeping?: IKeeping) {
    this.book = this._open();
    this.book.opened(RUN, ORIGIN);
    entered.push(this);
  }

  readonly clock = new ManualClock();
  readonly store = new MemoryTaskStore();
  /** Groups as a view has them. */
  groups = new Map<GroupId, TaskGroup>();
  /** Pilots whose rows were to change, oldest first. */
  touched: PilotId[] = [];
  /** Of pilots whose clock is wrong. */
  readonly behindMs = new Map<PilotId, number>();
  /** Warnings and errors of the log. */
  readonly warnings: string[] = [];
  book: TaskBook;

  /** The kernel says something of its tasks. */
  report(...tasks: Partial<TaskUpdate>[]): void {
    this.book.report(TaskReport.parse({ run: RUN, cells: [CELL], tasks }), ORIGIN.pid);
  }

  /** The agent says what runs at its workers, by the executor's numbers. */
  busy(pilot: PilotId, ...ids: number[]): void {
    this.book.running(
      HTEX,
      pilot,
      HERE,
      ids.map((executorTask, worker) => ({ worker, executorTask, startedAtMs: 2500 }))
    );
  }

  /** The only group that there is. */
  one(): TaskGroup {
    const [group] = this.groups.values();
    if (this.groups.size !== 1) {
      throw new Error(`one group was expected, not ${this.groups.size}`);
    }
    return group;
  }

  /** A page of tasks, as a client gets it. */
  list(params: object = {}): Result<'tasks.list'> {
    const { params: asked, result } = METHODS['tasks.list'];
    return result.parse(this.book.list(asked.parse({ limit: 100, ...params })));
  }

  /** The bridge ends, and another one reads what it wrote. */
  restart(): void {
    this.dispose();
    this.book = this._open();
  }

  dispose(): void {
    this.book.dispose();
  }

  private _open(): TaskBook {
    this.groups = new Map();
    const book = new TaskBook({
      clock: this.clock,
      log: {
        info: () => undefined,
        warn: event => void this.warnings.push(event),
        error: (event, error) => void this.warnings.push(`${event} ${String(error)}`)
      },
      times: { ...TIMES },
      changes: {
        put: change => {
          if (change.kind === 'group') {
            this.groups.set(change.value.group, TaskGroup.parse(change.value));
          } else if (change.kind === 'group-gone') {
            this.groups.delete(change.group);
          }
        },
        late: put => put()
      },
      store: this.store,
      placeOf: pilot =>
        pilot === P2
          ? { host: 'there', site: 'Uni', slot: 'n7' }
          : { host: null, site: null, slot: null },
      clockBehindMs: pilot => this.behindMs.get(pilot) ?? 0,
      keeping: this._keeping
    });
    book.onPilotsChanged(pilots => this.touched.push(...pilots));
    return book;
  }
}
