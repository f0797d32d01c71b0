import { RunId } from '../../protocol';
import { systemClock } from '../clock';
import { aPilot } from '../entities.fixture';
import type { ILog, IPilotRecord } from '../tokens';
import { NOTHING } from './memory.fixture';
import { openStore } from '.';

/** A process that writes and says what it has written, until it is killed. */
const log: ILog = {
  info: () => undefined,
  warn: event => process.stderr.write(event),
  error: (event, error) => process.stderr.write(`${event} ${String(error)}`)
};
const store = openStore(process.argv[2], systemClock, log);

const record = (id: string, ran: number): IPilotRecord => ({
  pilot: aPilot(id, { ran }),
  folder: '/',
  job: null,
  executable: ''
});

for (let count = Number(store.pilots.value('count') ?? 0) + 1; ; count++) {
  store.pilots.putPilots([record('left', count), record('right', count)]);
  store.tasks.write({
    ...NOTHING,
    tasks: [{ run: RunId.parse('run'), task: count, position: count, value: '{}' }]
  });
  store.pilots.putValue('count', String(count));
  process.stdout.write(`${count}\n`);
}
