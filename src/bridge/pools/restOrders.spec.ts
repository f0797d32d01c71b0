import { ExecutorId, type Params } from '../../protocol';
import { until } from '../until.fixture';
import { PoolRoom, type TestKernel } from './pools.fixture';

describe('a pool that was taken down while tasks waited', () => {
  let room: PoolRoom;
  let kernel: TestKernel;
  beforeEach(async () => {
    room = await PoolRoom.open();
    kernel = room.kernel();
    room.open(kernel, 'e1', 1, { unfinished: 5 });
    call('pools.down', { pool: 'local' });
    await until('the end of its pilots', () => room.pools.alive === 0);
  });
  afterEach(() => room.dispose());

  const call = <M extends 'pools.down' | 'pools.resume' | 'executors.ask' | 'executors.close'>(
    method: M,
    params: Params<M>
  ): void => void room.pools.handlers[method]?.(params, kernel);
  const another = async (): Promise<void> => {
    room.leave();
    room = await PoolRoom.open({ home: room.home });
    kernel = room.kernel();
  };
  const opened = (unfinished: number): boolean => {
    room.open(kernel, 'e1', 1, { unfinished });
    const { pools, executors } = room.pools.snapshot();
    const { resting, target } = executors[0];
    expect([target, pools[0].wanted.count]).toEqual(resting ? [0, 0] : [1, 1]);
    return resting;
  };
  const e1 = ExecutorId.parse('e1');

  it('stays down for the next bridges, until a new task', async () => {
    await another();
    expect(opened(5)).toBe(true);
    await another();
    expect(opened(4)).toBe(true);
    expect(room.pool().waitingWhy).toContain('taken down');
    expect(room.pools.alive).toBe(0);
    room.load(kernel, 'e1', 5);
    await until('a pilot', () => room.pools.alive === 1);
    await another();
    expect(opened(5)).toBe(false);
  });

  it('is asked again where there are more tasks than then', async () => {
    await another();
    expect(opened(6)).toBe(false);
    await another();
    expect(opened(5)).toBe(false);
  });

  it.each<[string, () => void]>([
    ['the executor asks', () => call('executors.ask', ask)],
    ['the executor is closed', () => call('executors.close', { executor: e1 })],
    ['a person asks', () => call('pools.resume', { pool: 'local' })],
    ['a person types a number', () => void room.setWanted(null)]
  ])('is asked again by the next bridge once %s', async (_, end) => {
    end();
    await another();
    expect(opened(5)).toBe(false);
  });
  const ask: Params<'executors.ask'> = { executor: e1, ask: { kind: 'blocks', blocks: 1 } };

  it('is asked again where a person asks before its kernel has found the next bridge', async () => {
    await another();
    call('pools.resume', { pool: 'local' });
    expect(opened(5)).toBe(false);
  });

  it('is down also where its order cannot be kept, which is said', async () => {
    expect(opened(6)).toBe(false);
    jest.spyOn(room.store.pilots, 'putRests').mockImplementation(() => {
      throw new Error('database or disk is full');
    });
    call('pools.down', { pool: 'local' });
    await until('the end of its pilots', () => room.pools.alive === 0);
    expect(room.pools.snapshot().executors[0].resting).toBe(true);
    expect(room.logged.filter(line => line.startsWith('pool.rests'))).not.toEqual([]);
  });
});
