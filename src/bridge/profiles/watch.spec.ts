import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../clock';
import { ManualClock } from '../manualClock.fixture';
import type { ILog } from '../tokens';
import { FolderWatch } from './watch';

const LIMIT_MS = 10_000;

describe('the watch on folders of profiles', () => {
  let home: string;
  let calls: number;
  let watch: FolderWatch | null;
  const warnings: string[] = [];
  const log: ILog = {
    info: () => undefined,
    warn: event => void warnings.push(event),
    error: () => undefined
  };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ph-'));
    calls = 0;
  });

  afterEach(() => {
    watch?.dispose();
    rmSync(home, { recursive: true, force: true });
    expect(warnings).toEqual([]);
  });

  const open = (clock: typeof systemClock, ...names: string[]): void => {
    const folders = names.map(name => join(home, name));
    watch = new FolderWatch({
      clock,
      log,
      folders,
      changed: () => {
        calls++;
      }
    });
  };
  const called = async (work: () => void): Promise<void> => {
    const before = calls;
    work();
    const untilMs = Date.now() + LIMIT_MS;
    while (calls === before) {
      if (Date.now() > untilMs) {
        throw new Error('nobody was told');
      }
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  };

  it('tells of a file that is written, renamed, removed', async () => {
    mkdirSync(join(home, 'user'));
    open(systemClock, 'user', 'is-not-there');
    const [one, other] = ['one.json', 'other.json'].map(name => join(home, 'user', name));
    await called(() => writeFileSync(one, '{}'));
    await called(() => writeFileSync(one, '{"name": "one"}'));
    await called(() => renameSync(one, other));
    await called(() => rmSync(other));
  });

  it('finds a folder that comes later, and another one in its place', async () => {
    open(systemClock, 'user');
    const folder = join(home, 'user');
    await called(() => mkdirSync(folder));
    await called(() => writeFileSync(join(folder, 'one.json'), '{}'));
    await called(() => {
      renameSync(folder, join(home, 'old'));
      mkdirSync(folder);
    });
    await called(() => writeFileSync(join(folder, 'two.json'), '{}'));
  });

  it('says nothing while nothing happens, and leaves no timer', () => {
    const clock = new ManualClock();
    mkdirSync(join(home, 'user'));
    open(clock, 'user', 'is-not-there');
    clock.advance(60_000);
    expect(calls).toBe(0);
    watch?.dispose();
    expect(clock.pending).toBe(0);
  });
});
