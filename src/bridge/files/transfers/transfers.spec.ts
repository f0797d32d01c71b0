import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Change, Transfer } from '../../../protocol';
import { errorOf, newHome } from '../../hosts/conformance.fixture';
import { modeOf } from '../../hosts/hostUnderTest.fixture';
import { ShellTransport } from '../../ssh/connections/transport.fixture';
import { until } from '../../until.fixture';
import { CONTEXT, elsewhere, here, type IWhere } from '../where.fixture';
import { Transfers } from '.';
import { senderOf } from './put';

jest.setTimeout(120_000);

const POOL = 'campus';
const SIZE = 3_000_000;
/** More than goes through between two looks. */
const LARGE = 200_000_000;

let own: string;
let told: Transfer[];
let gone: string[];
let transfers: Transfers;
beforeEach(() => {
  own = newHome();
  told = [];
  gone = [];
  const put = (change: Change): void => {
    if (change.kind === 'transfer') {
      told.push(change.value);
    } else if (change.kind === 'transfer-gone') {
      gone.push(change.transfer);
    }
  };
  transfers = new Transfers({ ...CONTEXT, changes: { put, late: () => undefined } });
});
afterEach(async () => {
  transfers.dispose();
  await until('nothing goes', () => transfers.going === 0);
  rmSync(own, { recursive: true, force: true });
});

async function ended(id: string): Promise<Transfer> {
  const found = (): Transfer | undefined =>
    told.find(({ transfer, state }) => transfer === id && state !== 'going');
  await until('it has ended', () => found() !== undefined, 100_000);
  return found()!;
}

/** Where the bytes of a file are gathered; `from`: the file of this machine that is brought there. */
const partOf = (path: string, from: string | null): string =>
  join(
    dirname(path),
    `.${basename(path)}${from === null ? '' : `.${senderOf(from)}`}.pilothouse-part`
  );

describe.each([
  ['another machine', elsewhere],
  ['this machine', here]
])('%s', (_, make) => {
  let where: IWhere;
  let local: string;
  let remote: string;
  const bytes = Buffer.from(Array.from({ length: SIZE }, (_, n) => n % 251));
  beforeEach(() => {
    where = make();
    local = join(own, "it's\nlocal");
    remote = join(where.folder, '-remote\n ü');
  });
  afterEach(() => {
    where.close();
  });
  const carry = (direction: 'put' | 'get'): Promise<Transfer> =>
    ended(transfers.begin(where.account, { pool: POOL, direction, local, remote }).transfer);
  const part = (path: string): string => partOf(path, path === local ? null : local);

  it('a file gets there and back', async () => {
    writeFileSync(local, bytes, { mode: 0o755 });
    expect(await carry('put')).toMatchObject({
      state: 'done',
      bytes: SIZE,
      size: SIZE,
      error: null
    });
    expect(readFileSync(remote).equals(bytes)).toBe(true);
    expect(modeOf(remote)).toBe(0o700);
    rmSync(local);
    expect(await carry('get')).toMatchObject({ state: 'done', bytes: SIZE, size: SIZE });
    expect(readFileSync(local).equals(bytes)).toBe(true);
    expect([readdirSync(own).length, readdirSync(where.folder).length]).toEqual([1, 1]);
  });

  it('an empty one, too, and one with a name as long as names can be', async () => {
    remote = join(where.folder, 'x'.repeat(255));
    local = join(own, 'y'.repeat(255));
    writeFileSync(local, '');
    expect((await carry('put')).state).toBe('done');
    writeFileSync(remote, 'there');
    expect((await carry('get')).state).toBe('done');
    expect(readFileSync(local, 'utf8')).toBe('there');
  });

  it('takes the place of what links lead to, with its mode', async () => {
    writeFileSync(local, bytes);
    writeFileSync(join(where.folder, 'file'), 'old', { mode: 0o640 });
    symlinkSync('file', remote);
    expect((await carry('put')).state).toBe('done');
    expect(statSync(join(where.folder, 'file')).size).toBe(SIZE);
    expect(modeOf(remote)).toBe(0o640);
    local = join(own, 'link');
    writeFileSync(join(own, 'target'), 'old', { mode: 0o644 });
    symlinkSync('target', local);
    expect((await carry('get')).state).toBe('done');
    expect(statSync(join(own, 'target')).size).toBe(SIZE);
    expect(modeOf(local)).toBe(0o644);
  });

  it.each(['put', 'get'] as const)('%s goes on from what an earlier one has left', async how => {
    const [from, to] = how === 'put' ? [local, remote] : [remote, local];
    writeFileSync(from, bytes);
    writeFileSync(part(to), bytes.subarray(0, 1_234_567));
    const before = statSync(part(to)).ino;
    expect((await carry(how)).state).toBe('done');
    expect(readFileSync(to).equals(bytes)).toBe(true);
    expect(statSync(to).ino).toBe(before);
  });

  it.each(['put', 'get'] as const)('%s begins anew where that is something else', async how => {
    const [from, to] = how === 'put' ? [local, remote] : [remote, local];
    writeFileSync(from, bytes);
    for (const left of [Buffer.from('else'), Buffer.concat([bytes, bytes])]) {
      writeFileSync(part(to), left);
      expect((await carry(how)).state).toBe('done');
      expect(readFileSync(to).equals(bytes)).toBe(true);
    }
  });

  it.each(['put', 'get'] as const)(
    '%s gives nothing to another user who made the part',
    async how => {
      const [from, to] = how === 'put' ? [local, remote] : [remote, local];
      writeFileSync(from, bytes);
      writeFileSync(part(to), bytes.subarray(0, 1), { mode: 0o666 });
      chownSync(part(to), 65_534, 65_534);
      linkSync(part(to), join(own, 'theirs'));
      expect((await carry(how)).state).toBe('done');
      expect(readFileSync(to).equals(bytes)).toBe(true);
      expect([statSync(to).uid, statSync(join(own, 'theirs')).size]).toEqual([0, 1]);
    }
  );

  it('two files that are put in one place at once are not mixed', async () => {
    // As another machine's would be, which has the same beginning.
    const others = partOf(remote, '/its/own');
    writeFileSync(local, bytes);
    writeFileSync(others, bytes.subarray(0, 1_000_000));
    expect((await carry('put')).state).toBe('done');
    expect(readFileSync(remote).equals(bytes)).toBe(true);
    expect(statSync(others).size).toBe(1_000_000);
  });

  it.each(['put', 'get'] as const)('%s that is cancelled leaves what was there', async how => {
    const [from, to] = how === 'put' ? [local, remote] : [remote, local];
    writeFileSync(from, '');
    truncateSync(from, LARGE);
    writeFileSync(to, 'old');
    const { transfer } = transfers.begin(where.account, {
      pool: POOL,
      direction: how,
      local,
      remote
    });
    await until('it goes', () => transfers.all.some(({ bytes }) => bytes > 0));
    transfers.cancel(transfer);
    const end = await ended(transfer);
    expect([end.state, end.error, end.bytes < LARGE]).toEqual(['cancelled', null, true]);
    expect(readFileSync(to, 'utf8')).toBe('old');
    transfers.cancel(transfer);
  });

  it('a file that grows while it is read comes as it was', async () => {
    writeFileSync(remote, '');
    truncateSync(remote, LARGE);
    const { transfer } = transfers.begin(where.account, {
      pool: POOL,
      direction: 'get',
      local,
      remote
    });
    await until('it goes', () => transfers.all.some(({ bytes }) => bytes > 0));
    appendFileSync(remote, 'more');
    expect(await ended(transfer)).toMatchObject({ state: 'done', bytes: LARGE });
    expect(statSync(local).size).toBe(LARGE);
  });

  it('one that is written anew meanwhile does not come', async () => {
    writeFileSync(remote, '');
    truncateSync(remote, LARGE);
    const { transfer } = transfers.begin(where.account, {
      pool: POOL,
      direction: 'get',
      local,
      remote
    });
    await until('it goes', () => transfers.all.some(({ bytes }) => bytes > 0));
    writeFileSync(remote, 'short');
    expect((await ended(transfer)).error?.code).toBe('file_changed');
    expect(existsSync(local)).toBe(false);
  });

  it('says what is in the way', async () => {
    const problem = async (how: 'put' | 'get') => {
      const { error } = await carry(how);
      return [error?.code, error?.params];
    };
    const none = (path: string, text: string) => ['file_failed', { path, problem: text }];
    expect(await problem('put')).toEqual(none(local, 'no such file or directory'));
    expect(await problem('get')).toEqual(none(remote, 'No such file or directory'));
    mkdirSync(local);
    expect(await problem('put')).toEqual(none(local, 'it is a folder'));
    expect(await problem('get')).toEqual(none(local, 'a folder is there'));
    const work = () =>
      transfers.begin(where.account, { pool: POOL, direction: 'put', local: 'x', remote });
    expect((await errorOf(Promise.resolve().then(work)))[0]).toBe('file_failed');
  });

  it.each(['put', 'get'] as const)('%s to a full disk says so, and goes on later', async how => {
    const disk = join(own, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      const to = join(disk, 'file');
      [local, remote] = how === 'put' ? [local, to] : [to, remote];
      const from = how === 'put' ? local : remote;
      writeFileSync(from, bytes);
      const { state, error } = await carry(how);
      expect([state, error?.code, error?.params.path]).toEqual(['failed', 'file_failed', to]);
      expect(error?.params.problem).toMatch(/^no space left on device$/i);
      expect(existsSync(to)).toBe(false);
      execFileSync('mount', ['-o', 'remount,size=8m', disk]);
      expect((await carry(how)).state).toBe('done');
      expect(readFileSync(to).equals(bytes)).toBe(true);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

it.each(['put', 'get'] as const)('%s: a connection that is cut is gone on after', async how => {
  const where = elsewhere();
  const local = join(own, 'local');
  const remote = join(where.folder, 'remote');
  const [from, to] = how === 'put' ? [local, remote] : [remote, local];
  const part = partOf(to, how === 'put' ? local : null);
  writeFileSync(from, '');
  truncateSync(from, LARGE);
  const { transfer } = transfers.begin(where.account, {
    pool: POOL,
    direction: how,
    local,
    remote
  });
  await until('it goes', () => existsSync(part) && statSync(part).size > 0);
  where.transport?.cut();
  where.link?.connect(null);
  expect(await ended(transfer)).toMatchObject({ state: 'failed', error: { code: 'host_lost' } });
  expect(existsSync(to)).toBe(false);
  await where.transport?.idle();
  const again = transfers.begin(where.account, { pool: POOL, direction: how, local, remote });
  expect((await ended(again.transfer)).error?.code).toBe('login_needed');
  const before = statSync(part).ino;
  where.link?.connect(new ShellTransport());
  const third = transfers.begin(where.account, { pool: POOL, direction: how, local, remote });
  expect(await ended(third.transfer)).toMatchObject({ state: 'done', size: LARGE });
  expect([statSync(to).ino, statSync(to).size]).toEqual([before, LARGE]);
  where.close();
});

it('a few go at once, others wait, and old ones are forgotten', async () => {
  const where = elsewhere();
  const local = join(own, 'local');
  writeFileSync(local, 'x');
  const begin = (n: number): Transfer =>
    transfers.begin(where.account, {
      pool: POOL,
      ...{ direction: 'put', local },
      remote: join(where.folder, String(n))
    });
  const begun = Array.from({ length: 60 }, (_, n) => begin(n));
  expect((await errorOf(Promise.resolve().then(() => begin(0))))[0]).toBe('file_failed');
  transfers.cancel(begun[59].transfer);
  expect((await ended(begun[59].transfer)).state).toBe('cancelled');
  await until('all have ended', () => transfers.going === 0);
  expect(readdirSync(where.folder)).toHaveLength(59);
  expect([transfers.all.length, gone.length]).toEqual([50, 10]);
  transfers.cancel(begun[58].transfer);
  expect([transfers.all.length, gone.at(-1)]).toEqual([49, begun[58].transfer]);
  where.close();
});
