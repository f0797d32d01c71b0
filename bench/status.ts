// What a scheduler says of queued jobs, made many more jobs of, and read as the bridge reads it.
//   node status.mjs SITE command JOB      the words of the question for all jobs that JOB is one of
//   node status.mjs SITE answer  < FILE   reads the recorded answer to it
//   node status.mjs htcondor log < FILE   reads a recorded job event log
// Prints JSON: the words, or the states found and the milliseconds of each reading.
import { readFileSync } from 'node:fs';
import { readAds } from '../src/bridge/schedulers/htcondor/ads';
import { readEvents } from '../src/bridge/schedulers/htcondor/eventLog';
import { NEW_HISTORY, reportOf, withEvent } from '../src/bridge/schedulers/htcondor/history';
import { clustersConstraint, jobId } from '../src/bridge/schedulers/htcondor/jobs';
import { QUEUE_ATTRIBUTES, queueRow } from '../src/bridge/schedulers/htcondor/queueRows';
import { parseQueue, queueCommand } from '../src/bridge/schedulers/slurm/queue';
import { reportOfRow } from '../src/bridge/schedulers/slurm/report';

const JOBS = 10_000;
const READINGS = 5;

type Reports = { readonly state: string }[];
interface IRecording {
  command(job: string): readonly string[];
  /** The recording, with its jobs once more in another cluster. */
  copied(text: string, number: number): string;
  joined(copies: readonly string[]): string;
  read(text: string): Reports;
}

const another = (id: string, number: number): string => String(Number(id) + number);
const some = <T>(value: T | null): T[] => (value === null ? [] : [value]);

const squeue: IRecording = {
  command: job => queueCommand([job.split('_')[0]]),
  copied: (text, number) =>
    text
      .slice(number === 0 ? 0 : text.indexOf('\n') + 1)
      .replace(/^(pilothouse\|)(\d+)_/gm, (_, mark: string, id: string) => {
        return `${mark}${another(id, number)}_`;
      }),
  joined: copies => copies.join(''),
  read: text => parseQueue(text).flatMap(row => some(reportOfRow(row)))
};

const condorQ: IRecording = {
  command: job => [
    ...['condor_q', '-json', '-attributes', QUEUE_ATTRIBUTES.join(',')],
    ...['-constraint', clustersConstraint([Number(job.split('.')[0])])]
  ],
  copied: (text, number) =>
    text
      .trim()
      .slice(1, -1)
      .replace(/("ClusterId": *)(\d+)/g, (_, name: string, id: string) => {
        return name + another(id, number);
      }),
  joined: copies => `[${copies.join(',')}]`,
  read: text =>
    readAds(text).flatMap(ad => some(queueRow(ad).history).map(history => reportOf(history)))
};

const eventLog: IRecording = {
  command: () => [],
  copied: (text, number) =>
    text.replace(/^(\d{3} \()(\d+)/gm, (_, code: string, id: string) => {
      return code + another(id, number);
    }),
  joined: copies => copies.join(''),
  read: text => {
    const histories = new Map<string, typeof NEW_HISTORY>();
    for (const event of readEvents(Buffer.from(text)).events) {
      const id = jobId(event);
      histories.set(id, withEvent(histories.get(id) ?? NEW_HISTORY, event));
    }
    return [...histories.values()].map(history => reportOf(history));
  }
};

function counted(reports: Reports): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of reports) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

function readings(recording: IRecording, text: string): unknown {
  const jobs = recording.read(text).length;
  const copies = Array.from({ length: Math.ceil(JOBS / jobs) }, (_, number) =>
    recording.copied(text, number)
  );
  const all = recording.joined(copies);
  const taken: number[] = [];
  let states: Record<string, number> = {};
  for (let reading = 0; reading < READINGS; reading += 1) {
    const began = performance.now();
    const reports = recording.read(all);
    taken.push(performance.now() - began);
    states = counted(reports);
  }
  return { states, taken, bytes: all.length };
}

const [site, what, job] = process.argv.slice(2);
const recording = site === 'slurm' ? squeue : what === 'log' ? eventLog : condorQ;
const answer =
  what === 'command' ? recording.command(job) : readings(recording, readFileSync(0, 'utf8'));
process.stdout.write(`${JSON.stringify(answer)}\n`);
