import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PilothouseError } from '../../errors';
import { LocalHost } from '.';

let home: string;
let host: LocalHost;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ph-'));
  host = new LocalHost({ machine: 'here', folders: { state: home, runtime: home } });
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const modeOf = (path: string): number => statSync(path).mode & 0o7777;
const problemOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
  } catch (error) {
    return error instanceof PilothouseError ? error.data.params : error;
  }
  return 'no problem';
};
/** A folder that all can write to, as people make them for their group. */
const openFolder = (): string => {
  const folder = join(home, 'group');
  mkdirSync(folder);
  chmodSync(folder, 0o2777);
  return folder;
};

describe('the folder for what is submitted', () => {
  it('is made private, with those above it', async () => {
    const folder = join(home, 'a', 'b');
    expect(await host.folder(folder)).toBe(folder);
    expect([modeOf(folder), modeOf(join(home, 'a'))]).toEqual([0o700, 0o700]);
  });

  it('is closed to others while it is empty', async () => {
    const folder = openFolder();
    await host.folder(folder);
    expect(modeOf(folder) & 0o077).toBe(0);
  });

  it('that others use is left to them, and refused', async () => {
    const folder = openFolder();
    writeFileSync(join(folder, 'theirs'), '');
    expect(await problemOf(host.folder(folder))).toEqual({
      path: folder,
      problem: expect.stringMatching(/others can enter it \(mode 2777\): .* chmod 700$/) as string
    });
    expect(modeOf(folder)).toBe(0o2777);
  });

  it('that is private stays as it is, with what is in it', async () => {
    const folder = join(home, 'own');
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'mine'), '');
    symlinkSync(folder, join(home, 'link'));
    expect(await host.folder(join(home, 'link'))).toBe(folder);
    expect(readdirSync(folder)).toEqual(['mine']);
  });
});

describe('a file that is brought there', () => {
  const bring = async (planted: number | null): Promise<[boolean, string, number]> => {
    const [local, there] = [join(home, 'agent'), join(home, 'agent-0.pyz')];
    writeFileSync(local, 'ours!');
    if (planted !== null) {
      writeFileSync(there, 'other');
      chmodSync(there, planted);
    }
    const { sent } = await host.putFile(local, there);
    return [sent, readFileSync(there, 'utf8'), modeOf(there)];
  };

  it('is there whole, for its owner', async () => {
    expect(await bring(null)).toEqual([true, 'ours!', 0o600]);
  });

  it('is not sent again where one of its size is', async () => {
    expect(await bring(0o600)).toEqual([false, 'other', 0o600]);
  });

  it('takes the place of one that others can write to', async () => {
    expect(await bring(0o666)).toEqual([true, 'ours!', 0o600]);
  });
});

it('a command has ended when it has, whatever it leaves running with its output', async () => {
  const argv = ['sh', '-c', 'sleep 300 & echo $!; exit 3'];
  const { exitCode, stdout } = await host.run({ argv, timeoutMs: 60_000 });
  process.kill(Number(stdout));
  expect(exitCode).toBe(3);
});

it('what a command prints is there to its end, however much', async () => {
  const argv = ['sh', '-c', 'head -c 20000000 /dev/zero | tr "\\0" x; echo end'];
  const { stdout } = await host.run({ argv, timeoutMs: 60_000 });
  expect([stdout.length, stdout.slice(-4)]).toEqual([20_000_004, 'end\n']);
});

it('what it printed is read, too, where the bridge was busy when it ended', async () => {
  const argv = ['sh', '-c', 'printf %060000d 1'];
  const run = host.run({ argv, timeoutMs: 60_000 });
  const hold = (): void => {
    // Longer than anybody waits for pipes.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  };
  const timer = setInterval(hold, 1);
  const { stdout } = await run;
  clearInterval(timer);
  expect(stdout).toHaveLength(60_000);
});

it('a folder that is gone is told, and not that there is no program', async () => {
  const folder = join(home, 'gone');
  const run = host.run({ argv: ['true'], folder, timeoutMs: 5000 });
  expect(await problemOf(run)).toEqual({
    path: folder,
    problem: 'true was to be run there, and it is gone'
  });
});
