import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PilotId, type LogFile } from '../../protocol';
import { LocalHost } from '../hosts/local';
import { readPilotLog } from './pilotLog';
import { codeOfAsync } from './pools.fixture';

const PILOT = PilotId.parse('p1');

describe('a piece of a pilot’s file', () => {
  let room: string;
  let folder: string;
  beforeEach(() => {
    room = realpathSync(mkdtempSync(join(tmpdir(), 'ph-')));
    folder = join(room, 'p1');
    mkdirSync(folder);
  });
  afterEach(() => rmSync(room, { recursive: true }));

  const read = (
    offset: number,
    bytes: number,
    file: LogFile = 'output',
    worker: number | null = null
  ) =>
    readPilotLog(
      PILOT,
      {
        host: new LocalHost({ machine: 'here', folders: { state: room, runtime: room } }),
        folder,
        names: { output: 'output' },
        agent: null,
        ended: false
      },
      { file, worker },
      offset,
      bytes
    );

  it.each([4, 5, 6, 7, 1000])('never cuts a character, read by %i bytes', async bytes => {
    const text = 'aé€😀'.repeat(50);
    writeFileSync(join(folder, 'output'), text);
    let all = '';
    let offset = 0;
    do {
      const piece = await read(offset, bytes);
      expect(piece.offset).toBe(offset);
      expect(piece.end).toBeGreaterThan(offset);
      all += piece.text;
      offset = piece.end;
    } while (offset < Buffer.byteLength(text));
    expect(all).toBe(text);
    expect(await read(-3, 100)).toMatchObject({ text: '', end: offset });
    expect((await read(-6, 100)).text).toBe('😀');
  });

  it('waits for the rest of a character that is being written', async () => {
    const bytes = Buffer.from('so far 😀');
    writeFileSync(join(folder, 'output'), bytes.subarray(0, -1));
    const piece = await read(0, 100);
    expect(piece).toMatchObject({ text: 'so far ', end: 7, size: 10 });
    appendFileSync(join(folder, 'output'), bytes.subarray(-1));
    expect((await read(piece.end, 100)).text).toBe('😀');
  });

  it('gives what is no UTF-8 too, and comes to an end', async () => {
    writeFileSync(join(folder, 'output'), Buffer.from([0x80, 0x80, 0x80, 0x80, 0xf0]));
    expect(await read(0, 100)).toMatchObject({ offset: 0, end: 4 });
    expect(await read(4, 100)).toMatchObject({ text: '\ufffd', end: 5 });
  });

  it('is of the newest lease in which a worker has printed', async () => {
    const lease = (start: string, atSeconds: number, files: Readonly<Record<string, string>>) => {
      const path = join(folder, 'leases', start);
      mkdirSync(path, { recursive: true });
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(path, name), text);
      }
      utimesSync(path, atSeconds, atSeconds);
    };
    lease('s1', 10, { 'worker-0.out': 'old', 'worker-7.out': 'only then', 'pool.log': 'old' });
    lease('s2', 20, { 'worker-0.out': 'new', 'worker-7.out': '', 'pool.log': 'new' });
    expect(await read(0, 100, 'pool')).toMatchObject({ text: 'new' });
    expect(await read(0, 100, 'worker', 0)).toMatchObject({
      text: 'new',
      path: join(folder, 'leases', 's2', 'worker-0.out')
    });
    expect(await read(0, 100, 'worker', 7)).toMatchObject({ text: 'only then' });
    expect(await codeOfAsync(() => read(0, 100, 'worker', 8))).toBe('no_log');
  });

  it('is none of what a link leads to outside, and never of a pipe', async () => {
    writeFileSync(join(room, 'secret'), 'secret');
    symlinkSync(join(room, 'secret'), join(folder, 'output'));
    expect(await codeOfAsync(() => read(0, 100))).toBe('no_log');
    mkdirSync(join(room, 'elsewhere'));
    writeFileSync(join(room, 'elsewhere', 'pool.out'), 'secret');
    mkdirSync(join(folder, 'leases'));
    symlinkSync(join(room, 'elsewhere'), join(folder, 'leases', 'one'));
    expect(await codeOfAsync(() => read(0, 100, 'pool'))).toBe('no_log');
    rmSync(join(folder, 'output'));
    execFileSync('mkfifo', [join(folder, 'output')]);
    expect(await codeOfAsync(() => read(0, 100))).toBe('no_log');
  });
});
