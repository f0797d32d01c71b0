import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HTCONDOR_WHYS } from '../../../protocol/why/htcondor';
import { holdWhy } from '../../../protocol';
import { readEvents, type ILogEvent } from './eventLog';
import { NEW_HISTORY, reportOf, withEvent } from './history';

/** Logs that HTCondor 23.9.6 wrote. */
const recorded = (name: string): Buffer => readFileSync(join(__dirname, 'recordings', name));
const reportAfter = (events: readonly ILogEvent[], proc = 0, cluster?: number) =>
  reportOf(
    events
      .filter(event => event.proc === proc && (cluster ?? event.cluster) === event.cluster)
      .reduce(withEvent, NEW_HISTORY)
  );
const event = (code: number, text: string, ...body: string[]): ILogEvent => ({
  code,
  cluster: 1,
  proc: 0,
  text,
  body
});
const EXECUTE = event(1, 'Job executing on host: <h>', 'SlotName: slot1_1@vm', 'Machine = "vm"');
const SUBMIT = event(0, 'Job submitted from host: <h>');

const NAMES = [
  'ended-with-ad-information.events',
  'exit-2.events',
  'input-lost.events',
  'suspended.events',
  'vacated-removed.events',
  'vacated-twice.events'
];

describe('readEvents', () => {
  test.each(NAMES)('takes all of %s, and the same in pieces of any size', name => {
    const bytes = recorded(name);
    const { events, taken, strange } = readEvents(bytes);
    expect({ taken, strange }).toEqual({ taken: bytes.length, strange: [] });
    const pieces: ILogEvent[] = [];
    for (let offset = 0, end = 0; offset < bytes.length;) {
      end = Math.min(bytes.length, end + 97);
      const piece = readEvents(bytes.subarray(offset, end));
      pieces.push(...piece.events);
      offset += piece.taken;
    }
    expect(pieces).toEqual(events);
  });

  test.each([
    ['nothing', '', 0, 0],
    ['an event without its end', '012 (1.0.0) 2026-11-21 12:00:00 Job was held.\n\tx\n..', 0, 0],
    ['the end without its line break', '013 (1.0.0) 2026-11-21 12:00:00 Job\n...', 0, 0],
    ['dots in a reason', '012 (1.0.0) 11/21 12:00:00 Job was held.\n\tno ...\n...\n', 1, 0],
    ['other forms of time', '013 (1.0.0) 2026-11-21T12:00:00.123Z Job was released.\n...\n', 1, 0],
    ['line breaks of Windows', '013 (1.0.0) 11/21 12:00:00 Job was released.\r\n...\r\n', 1, 0],
    ['what is no event', 'hello\n...\n013 (1.0.0) 11/21 12:00:00 Released.\n...\n', 1, 1]
  ])('reads %s', (_, text, events, strange) => {
    const read = readEvents(Buffer.from(text));
    expect([read.events.length, read.strange.length]).toEqual([events, strange]);
    expect(read.taken).toBe(events + strange === 0 ? 0 : Buffer.byteLength(text));
  });
});

describe('reportOf', () => {
  test('a job that ended by itself', () => {
    const { events } = readEvents(recorded('exit-2.events'));
    expect(reportAfter(events, 0, 8)).toMatchObject({
      state: 'ended',
      end: null,
      exitCode: 2,
      signal: null,
      words: 'Job terminated of its own accord at 2026-11-21T12:35:04Z with exit-code 2.'
    });
  });

  test('ad information beside each event changes nothing', () => {
    const { events } = readEvents(recorded('ended-with-ad-information.events'));
    const without = events.filter(({ code }) => code !== 28);
    expect(without.length).toBeLessThan(events.length);
    for (const proc of [0, 1]) {
      expect(reportAfter(events, proc)).toEqual(reportAfter(without, proc));
      expect(reportAfter(events, proc)).toMatchObject({ state: 'ended', exitCode: 0 });
    }
  });

  test('a vacated job is queued, runs again, and is removed', () => {
    const { events } = readEvents(recorded('vacated-removed.events'));
    const at = (code: number, which: number): number =>
      [...events.entries()].filter(([, one]) => one.code === code)[which][0] + 1;
    expect(reportAfter(events.slice(0, at(0, 0)))).toMatchObject({ state: 'queued', restarts: 0 });
    expect(reportAfter(events.slice(0, at(1, 0)))).toEqual({
      state: 'running',
      words: 'runs at Trixie, trixie-1, vm',
      why: null,
      restarts: 0,
      slot: 'slot1_3@vm'
    });
    expect(reportAfter(events.slice(0, at(4, 0)))).toMatchObject({
      state: 'queued',
      words: 'Job was evicted.',
      why: { code: 'htcondor.Evicted' },
      restarts: 1,
      slot: null
    });
    expect(reportAfter(events.slice(0, at(1, 1)))).toMatchObject({ state: 'running', restarts: 1 });
    expect(reportAfter(events)).toMatchObject({
      state: 'ended',
      end: 'removed',
      words: 'Job was aborted. via condor_rm (by user pilothouse-tester)'
    });
  });

  test('an input that is not there holds the job: the last word counts', () => {
    const { events } = readEvents(recorded('input-lost.events'));
    const report = reportAfter(events);
    expect(report).toMatchObject({
      state: 'held',
      restarts: 0,
      why: {
        code: 'htcondor.hold.TransferInputError',
        params: { code: 13, subcode: 2, detail: 'There is no such file or folder.' }
      }
    });
    expect(report.words).toMatch(/^Transfer input files failure at .* No such file or directory$/);
  });

  test('a job that the machine pauses', () => {
    const { events } = readEvents(recorded('suspended.events'));
    const own = events.filter(({ cluster }) => cluster === 12);
    const paused = own.findIndex(({ code }) => code === 10) + 1;
    expect(reportAfter(own.slice(0, paused))).toMatchObject({ state: 'suspended', restarts: 1 });
    expect(reportAfter(events, 0, 4)).toMatchObject({ state: 'ended', end: 'removed' });
  });

  test.each([
    ['resumed', [EXECUTE, event(10, 'suspended'), event(11, 'unsuspended')], 'running', 0],
    ['lost', [EXECUTE, event(22, 'Job disconnected')], 'running', 0],
    ['found again', [EXECUTE, event(22, 'x'), event(23, 'Job reconnected')], 'running', 0],
    ['not found again', [EXECUTE, event(22, 'x'), event(24, 'Reconnection failed')], 'queued', 1],
    ['shadow exception', [EXECUTE, event(7, 'Shadow exception!')], 'queued', 1],
    ['error that is no end', [EXECUTE, event(21, 'Error from starter')], 'running', 0],
    ['released', [event(12, 'x', 'mine', 'Code 1 Subcode 0'), event(13, 'released')], 'queued', 0],
    ['events of later versions', [EXECUTE, event(99, 'Something new')], 'running', 0]
  ] as const)('%s', (_, events, state, restarts) => {
    expect(reportAfter([SUBMIT, ...events])).toMatchObject({ state, restarts });
  });

  test('a signal', () => {
    const end = event(5, 'Job terminated.', '(0) Abnormal termination (signal 9)', '(0) No core');
    expect(reportAfter([EXECUTE, end])).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  test('what runs longer than it may is held and then removed: its walltime is over', () => {
    const held = event(12, 'Job was held.', 'exceeded', 'Code 47 Subcode 0');
    const gone = event(9, 'Job was aborted.', 'The job attribute PeriodicRemove …');
    expect(reportAfter([EXECUTE, held, gone])).toMatchObject({ end: 'walltime' });
  });

  test('more memory than was asked for: twice that is offered', () => {
    const size = event(6, 'Image size', '900  -  MemoryUsage of job (MB)');
    const table = event(
      4,
      'Job was evicted.',
      'Memory (MB)          :      900      800       800'
    );
    const held = event(12, 'Job was held.', 'over limit', 'Code 34 Subcode 102');
    expect(reportAfter([EXECUTE, size, table, held])).toMatchObject({
      state: 'held',
      why: {
        code: 'htcondor.hold.OutOfMemory',
        params: { detail: 'It used 900 MiB of 800 MiB.' },
        actions: [{ kind: 'resubmit', memoryMiB: 2048 }, { kind: 'edit' }, {}, { kind: 'remove' }]
      }
    });
  });
});

describe('holdWhy', () => {
  const NOTHING = {
    memoryUsedMiB: null,
    memoryAskedMiB: null,
    diskUsedMiB: null,
    diskAskedMiB: null
  };
  const CODES = [
    1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48
  ];
  test.each(CODES)('has a sentence for code %d', code => {
    const { code: key, actions } = holdWhy(code, 0, 'words', NOTHING);
    expect(HTCONDOR_WHYS[key].says).not.toBe('');
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.length).toBeLessThanOrEqual(5);
  });

  test.each([
    [12, 512, 'The program for this kind of URL ended with exit code 2.'],
    [13, 62, 'The transfer took too long.'],
    [14, 13, 'Permission is denied.'],
    [6, 999, '(error number 999)'],
    [41, 22, 'The resource was down for too long.'],
    [1, 7, '']
  ])('code %d, sub-code %d', (code, subcode, detail) => {
    expect(holdWhy(code, subcode, '', NOTHING).params.detail).toBe(detail);
  });

  test('what no version knew is shown by its words, and can be released', () => {
    const why = holdWhy(999, 0, 'something new', NOTHING);
    expect(why).toMatchObject({ code: 'htcondor.hold.999', words: 'something new' });
    expect(why.actions).toEqual([{ kind: 'release' }, { kind: 'remove' }]);
  });

  test.each([
    [34, 102, 'htcondor.hold.OutOfMemory'],
    [34, 104, 'htcondor.hold.OutOfDisk'],
    [21, 102, 'htcondor.hold.OutOfMemory'],
    [21, 104, 'htcondor.hold.OutOfDisk'],
    [21, 103, 'htcondor.hold.StartdHeldJob'],
    [26, 102, 'htcondor.hold.SystemPolicy']
  ])('code %d with sub-code %d is %s', (code, subcode, key) => {
    expect(holdWhy(code, subcode, 'words', NOTHING).code).toBe(key);
  });

  test('the memory limit in the words is used where nothing else is known', () => {
    const words = 'Job has gone over cgroup memory limit of 128 megabytes. Last measured usage: 3';
    expect(holdWhy(34, 102, words, NOTHING).actions[0]).toEqual({
      kind: 'resubmit',
      memoryMiB: 256
    });
  });
});
