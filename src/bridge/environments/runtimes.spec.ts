import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TIMES } from '../../protocol';
import { systemClock } from '../clock';
import { PilothouseError } from '../errors';
import type { IBridgeContext } from '../tokens';
import { createRuntimes } from './runtimes';
import type { IRuntimes } from './tokens';

/** The Python of this checkout, which has Parsl. */
const PYTHON = execFileSync('python', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8'
}).trim();

let state: string;
let runtimes: IRuntimes;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'ph-'));
  const context: IBridgeContext = {
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    times: TIMES,
    changes: { put: () => undefined, late: () => undefined },
    folders: { state, runtime: state },
    machine: 'here',
    agentFile: '',
    python: PYTHON
  };
  runtimes = createRuntimes(context);
});
afterEach(() => {
  runtimes.dispose();
  rmSync(state, { recursive: true });
});

const program = (text: string): string => {
  const path = join(state, 'python');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o700);
  return path;
};

it('packs a kernel’s Parsl once, however often it is asked, and for oneself alone', async () => {
  const [one, other] = await Promise.all([
    runtimes.archive(PYTHON, false),
    runtimes.archive(PYTHON, false)
  ]);
  expect(other).toBe(one);
  expect(one).toMatchObject({ carriesPython: false, architecture: expect.any(String) as string });
  expect(one.path).toBe(join(state, 'runtimes', `runtime-${one.hash}.tar.gz`));
  const { mode, size, ino } = statSync(one.path);
  expect(mode & 0o777).toBe(0o600);
  expect(size).toBe(one.bytes);
  expect(statSync(join(state, 'runtimes')).mode & 0o777).toBe(0o700);
  expect(await runtimes.archive(PYTHON, false)).toEqual(one);
  expect(statSync(one.path).ino).toBe(ino);
}, 60_000);

it('removes what nobody has asked for in a month', async () => {
  mkdirSync(join(state, 'runtimes'));
  const old = join(state, 'runtimes', `runtime-${'0'.repeat(32)}.tar.gz`);
  writeFileSync(old, '');
  utimesSync(old, 0, 0);
  const made = await runtimes.archive(PYTHON, false);
  expect(readdirSync(join(state, 'runtimes')).filter(name => name.endsWith('.gz'))).toEqual([
    made.name
  ]);
}, 60_000);

it.each([
  ['/no/python', /cannot be run/, /^$/],
  ['echo of no use >&2; exit 3', /exit code 3/, /^of no use$/],
  ['echo "{}"', /cannot be read/, /^{}$/],
  ['kill -9 $$', /SIGKILL/, /^$/]
])('says why with %s', async (text, problem, words) => {
  const python = text.startsWith('/') ? text : program(text);
  const error: unknown = await runtimes.archive(python, true).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PilothouseError);
  const { data } = error as PilothouseError;
  expect(data).toMatchObject({ code: 'runtime_failed', machine: 'here', params: { python } });
  expect(data.params.problem).toMatch(problem);
  expect(data.words).toMatch(words);
});
