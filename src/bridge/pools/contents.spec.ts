import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CONTENT_HEADER_BYTES,
  ContentHash,
  LeaseId,
  PoolStartId,
  RunFolderName
} from '../../protocol';
import { until } from '../until.fixture';
import { ScriptedAgent } from './agent.fixture';
import { PoolRoom, type TestKernel } from './pools.fixture';

const FAR = { listenAddress: '127.0.0.1' };
const RUN = RunFolderName.parse(`1795306772-${process.pid}-x-0123456789abcdef`);
const DATA = randomBytes(50_000);
const HASH = ContentHash.parse(createHash('sha256').update(DATA).digest('hex'));

let room: PoolRoom;
afterEach(() => room.dispose());

const folder = (): string => join(room.home, 'runs', RUN, 'content');

interface IScene {
  readonly kernel: TestKernel;
  readonly agent: ScriptedAgent;
  readonly start: PoolStartId;
}

/** A pilot that is lent to an executor that keeps contents. */
async function lent(far: boolean): Promise<IScene> {
  room = await PoolRoom.open(far ? { uplink: FAR } : {});
  mkdirSync(join(folder(), 'results'), { recursive: true });
  writeFileSync(join(folder(), HASH), DATA);
  const kernel = room.kernel();
  const { agent, told } = await room.lend(kernel, { content: RUN }, far);
  await room.register(kernel, 'l1');
  return { kernel, agent, start: told.start };
}

const wants = (agent: ScriptedAgent, start: PoolStartId, transfer = 1): void =>
  agent.say('content.read', { transfer, start, hash: HASH, offset: 0, bytes: DATA.length });

it('a pilot of this machine is told where the folder is', async () => {
  const { agent } = await lent(false);
  expect(agent.told('pool.start')[0].content).toEqual({ folder: folder() });
});

it('one from elsewhere is not, and one of a kernel that keeps none is told so', async () => {
  const { agent } = await lent(true);
  expect(agent.told('pool.start')[0].content).toEqual({ folder: null });
  await room.dispose();
  room = await PoolRoom.open();
  const { told } = await room.lend(room.kernel());
  expect(told.content).toBeNull();
});

it('arguments come and results go, for the pool that the pilot is lent for', async () => {
  const { agent, start } = await lent(true);
  wants(agent, start);
  const frame = await until('the piece', () => agent.pieced.at(0));
  expect(frame.subarray(CONTENT_HEADER_BYTES).equals(DATA)).toBe(true);
  agent.say('content.write', { transfer: 2, start, task: 7, hash: HASH, size: DATA.length });
  await until('its answer', () => agent.told('content.taken').length > 0);
  const head = Buffer.alloc(CONTENT_HEADER_BYTES);
  head.writeUInt32BE(2, 0);
  agent.piece(Buffer.concat([head, DATA]));
  await until('its end', () => agent.told('content.taken').some(({ done }) => done));
  expect(readFileSync(join(folder(), 'results', `${start}-7`)).equals(DATA)).toBe(true);
});

it('another pool’s are not given, nor those of a lease that has ended', async () => {
  const { agent, start, kernel } = await lent(true);
  wants(agent, PoolStartId.parse('p9.other'), 1);
  await until('an answer', () => agent.told('content.failed').length === 1);
  room.giveBack(kernel, 'e1', 'l1');
  await until('the end of its lease', () => kernel.lease('l1')?.state === 'ended');
  wants(agent, start, 2);
  agent.say('content.write', { transfer: 3, start, task: 7, hash: HASH, size: DATA.length });
  await until('answers', () => agent.told('content.failed').length === 3);
  expect(agent.told('content.failed').map(({ later }) => later)).toEqual([false, false, false]);
  expect(agent.pieced).toEqual([]);
  expect(existsSync(join(folder(), 'results', `${start}-7.part`))).toBe(false);
});

it('until its kernel has found a new bridge, a pilot is told to ask again', async () => {
  const { agent, start } = await lent(true);
  const { home } = room;
  room.leave();
  room = await PoolRoom.open({ home, uplink: FAR });
  const pool = { lease: LeaseId.parse('l1'), start, state: 'running' as const };
  const pools = [{ ...pool, exitCode: null, words: '', tunnel: null }];
  const again = await ScriptedAgent.dial(agent.folder, { pools }, true);
  room.agents.push(again);
  wants(again, start, 1);
  const refused = await until('an answer', () => again.told('content.failed').at(0));
  expect(refused.later).toBe(true);
  const kernel = room.kernel();
  room.open(kernel, 'e1', 1, {
    unfinished: 1,
    content: RUN,
    leases: [{ lease: LeaseId.parse('l1'), command: ['pool'] }]
  });
  wants(again, start, 2);
  await until('the piece', () => again.pieced.at(0));
});

it('a piece that is none cuts the agent', async () => {
  const { agent } = await lent(true);
  agent.piece(Buffer.from('short'));
  await until('the cut', () => agent.closed);
});
