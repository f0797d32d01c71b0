import { PilotId, PoolName, RunId } from '../../protocol';
import { systemClock } from '../clock';
import type { ILog, IPilotRecord } from '../tokens';
import { openStore } from '.';

/** A process that writes and says what it has written, until it is killed. */
const log: ILog = {
  info: () => undefined,
  warn: event => process.stderr.write(event),
  error: (event, error) => process.stderr.write(`${event} ${String(error)}`)
};
const store = openStore(process.argv[2], systemClock, log);

const record = (id: string, ran: number): IPilotRecord => ({
  pilot: {
    pilot: PilotId.parse(id),
    pool: PoolName.parse('local'),
    attempt: 1,
    state: 'idle',
    sinceMs: 1,
    cause: '',
    words: '',
    why: null,
    warnings: '',
    end: null,
    createdAtMs: 1,
    startedAtMs: null,
    endedAtMs: null,
    endsByMs: null,
    schedulerId: null,
    slot: null,
    host: null,
    site: null,
    cores: null,
    memoryMiB: null,
    gpus: [],
    runtime: {},
    lease: null,
    running: [],
    ran
  },
  folder: '/',
  job: null,
  executable: ''
});

for (let count = Number(store.pilots.value('count') ?? 0) + 1; ; count++) {
  store.pilots.putPilots([record('left', count), record('right', count)]);
  store.tasks.write({
    runs: [],
    groups: [],
    tasks: [{ run: RunId.parse('run'), task: count, position: count, value: '{}' }],
    words: [],
    ran: [],
    forgottenRuns: [],
    forgottenGroups: [],
    forgottenTasks: []
  });
  store.pilots.putValue('count', String(count));
  process.stdout.write(`${count}\n`);
}
