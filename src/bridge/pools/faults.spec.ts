import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LeaseId } from '../../protocol';
import { until } from '../until.fixture';
import { ScriptedAgent } from './agent.fixture';
import type { TestKernel } from './pools.fixture';
import { codeOf, codeOfAsync, PoolRoom } from './pools.fixture';

let room: PoolRoom;
afterEach(() => room.dispose());

describe('pilots that fail', () => {
  it('three in a row for one cause stop the pool, with the script’s last words', async () => {
    room = await PoolRoom.open({ environment: { workerInit: 'echo no such module; false' } });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    const stopped = await until('the stop', () => room.pool().stopped);
    expect(stopped).toMatchObject({ code: 'pool_stopped', failures: 3 });
    expect(stopped.params).toMatchObject({ cause: 'worker_init_failed' });
    expect(stopped.words).toContain('no such module');
    expect(room.pilots('ended')).toHaveLength(3);
    await until('the reason', () => kernel.lease('l1')?.cause === 'pool_stopped');
    expect(kernel.lease('l1')).toMatchObject({ state: 'asked' });
    expect(kernel.lease('l1')?.words).toContain('no such module');

    room.profile = {
      ...room.profile,
      environment: { ...room.profile.environment, workerInit: '' }
    };
    void room.pools.handlers['pools.resume']?.({ pool: 'local' }, kernel);
    await room.staff(1);
    await room.register(kernel, 'l1');
    expect(room.pool()).toMatchObject({ stopped: null, waitingWhy: null });
  });

  it('a missing Python is said as such', async () => {
    room = await PoolRoom.open({ environment: { python: '/nowhere/python' } });
    room.setWanted(1);
    const stopped = await until('the stop', () => room.pool().stopped);
    expect(stopped.code).toBe('python_missing');
    expect(stopped.words).toContain('/nowhere/python');
  });

  it('starts again by itself when the profile is corrected', async () => {
    room = await PoolRoom.open({ environment: { workerInit: 'exit 7' } });
    room.setWanted(1);
    await until('the stop', () => room.pool().stopped);
    room.profile = {
      ...room.profile,
      environment: { ...room.profile.environment, workerInit: '' }
    };
    await until('a new pilot', () => room.pilots('starting').length === 1);
  });
});

describe('contact', () => {
  it('lost and found again leaves the lease alone', async () => {
    room = await PoolRoom.open({ times: { agentSilenceMs: 100 } });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    const [agent] = await room.staff(1);
    const { start } = await room.register(kernel, 'l1');
    agent.cut();
    await until('a lost pilot', () => room.pilots('lost').length === 1);
    expect(kernel.lease('l1')).toMatchObject({ state: 'registered' });
    const pools = [
      {
        lease: 'l1' as never,
        start: start ?? ('' as never),
        state: 'running' as const,
        exitCode: null,
        tunnel: null,
        words: ''
      }
    ];
    room.agents.push(await ScriptedAgent.dial(room.folder(room.pilots()[0].pilot), { pools }));
    await until('a leased pilot', () => room.pilots('leased').length === 1);
    expect(kernel.lease('l1')).toMatchObject({ state: 'registered', start });
  });

  it('lost for too long ends pilot and lease', async () => {
    room = await PoolRoom.open({
      times: { agentSilenceMs: 50 },
      scaling: { noContactSeconds: 0.1 }
    });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    const [agent] = await room.staff(1);
    await room.register(kernel, 'l1');
    agent.cut();
    await until('the end', () => kernel.lease('l1')?.state === 'ended');
    expect(room.pilots('ended')[0]).toMatchObject({ end: 'no_contact' });
  });

  it('an ended pilot’s agent is turned away with the reason', async () => {
    room = await PoolRoom.open();
    room.setWanted(1);
    const [agent] = await room.staff(1);
    const [{ pilot }] = room.pilots();
    const file = join(room.folder(pilot), 'pilot.json');
    const secret = readFileSync(file);
    void room.pools.handlers['pilots.remove']?.({ pilot }, room.kernel());
    await until('the end', () => room.pilots('ended').length === 1);
    await until('the cut', () => agent.closed);
    await until('its secret to go', () => !existsSync(file));
    // An agent that has read it before.
    writeFileSync(file, secret);
    const late = await ScriptedAgent.dial(room.folder(pilot));
    expect(late.welcome).toMatchObject({ welcome: false });
    expect(late.welcome?.reason).toContain('ended');
  });
});

describe('a new bridge', () => {
  const runningPool = async (agent: ScriptedAgent) => {
    const { lease, start } = await until('the order', () => agent.told('pool.start').at(0));
    return [{ lease, start, state: 'running' as const, exitCode: null, tunnel: null, words: '' }];
  };

  const openAgain = (kernel: TestKernel): void => {
    room.open(kernel, 'e1', 1, { leases: [{ lease: LeaseId.parse('l1'), command: ['pool'] }] });
  };

  it.each(['kernel first', 'agent first'])(
    'gives a kernel its running pool back, %s',
    async order => {
      room = await PoolRoom.open();
      const before = room.kernel();
      room.open(before, 'e1', 1);
      room.ask(before, 'e1', 'l1');
      const [agent] = await room.staff(1);
      const { start } = await room.register(before, 'l1');
      const { pilot } = room.pilots()[0];
      const pools = await runningPool(agent);
      room.leave();
      room = await PoolRoom.open({ home: room.home });
      const kernel = room.kernel();
      const dial = async (): Promise<void> => {
        room.agents.push(await ScriptedAgent.dial(room.folder(pilot), { pools }));
      };
      const open = (): void => {
        openAgain(kernel);
        room.pools.registered(kernel, LeaseId.parse('l1'), start ?? '');
      };
      if (order === 'kernel first') {
        open();
        await dial();
      } else {
        await dial();
        open();
      }
      await until('its lease', () => kernel.lease('l1')?.state === 'registered');
      expect(kernel.lease('l1')).toMatchObject({ start, pilot });
      expect(room.pilots('leased')[0].lease).toMatchObject({ lease: 'l1', state: 'registered' });
      expect(room.agents.at(-1)?.told('pool.stop')).toEqual([]);
      expect(room.pilots()).toHaveLength(1);
    }
  );

  it('starts a pool anew that runs and has not reached its kernel', async () => {
    room = await PoolRoom.open();
    const before = room.kernel();
    room.open(before, 'e1', 1);
    room.ask(before, 'e1', 'l1');
    const [agent] = await room.staff(1);
    const pools = await runningPool(agent);
    const { pilot } = room.pilots()[0];
    room.leave();
    room = await PoolRoom.open({ home: room.home, times: { registerWithinMs: 300 } });
    const kernel = room.kernel();
    openAgain(kernel);
    const again = await ScriptedAgent.dial(room.folder(pilot), { pools });
    room.agents.push(again);
    await until('the order to stop', () => again.told('pool.stop').length === 1);
    expect(kernel.lease('l1')?.state).toBe('starting');
    again.say('agent.pool', { ...pools[0], state: 'ended' });
    await until('a new start', () => again.told('pool.start').length === 1);
    expect(kernel.lease('l1')?.start).not.toBe(pools[0].start);
  });

  it('stops a pool that nobody claims', async () => {
    room = await PoolRoom.open();
    const before = room.kernel();
    room.open(before, 'e1', 1);
    room.ask(before, 'e1', 'l1');
    const [agent] = await room.staff(1);
    await room.register(before, 'l1');
    const { pilot } = room.pilots()[0];
    const pools = await runningPool(agent);
    room.leave();
    room = await PoolRoom.open({ home: room.home, times: { reunionMs: 400 } });
    const again = await ScriptedAgent.dial(room.folder(pilot), { pools });
    room.agents.push(again);
    expect(room.pilots('leased')).toHaveLength(1);
    await until('the order to stop', () => again.told('pool.stop').length === 1);
    again.say('agent.pool', { ...pools[0], state: 'ended' });
    await until('an idle pilot', () => room.pilots('idle').length === 1);
  });

  it('notices that a pilot has ended meanwhile', async () => {
    room = await PoolRoom.open();
    room.setWanted(1);
    await room.staff(1);
    const [{ schedulerId, pilot }] = room.pilots();
    const exit = join(room.folder(pilot), 'exit');
    room.leave();
    process.kill(-Number(schedulerId), 'SIGKILL');
    expect(existsSync(exit)).toBe(false);
    room = await PoolRoom.open({ home: room.home });
    await until('its end', () => room.pilots('ended')[0]?.pilot === pilot);
    expect(room.pilots('ended')[0]).toMatchObject({ end: 'failed', cause: 'gone' });
  });
});

describe('what a person does with a pilot', () => {
  it('draining a leased one lets its kernel finish first', async () => {
    room = await PoolRoom.open();
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.setWanted(1);
    room.ask(kernel, 'e1', 'l1');
    await room.staff(1);
    await room.register(kernel, 'l1');
    const { pilot } = room.pilots()[0];
    void room.pools.handlers['pilots.drain']?.({ pilot }, kernel);
    expect(room.pool().wanted.typed).toBe(0);
    expect(kernel.heard.filter(({ method }) => method === 'leases.drain')).toHaveLength(1);
    expect(room.pilots()[0]).toMatchObject({ state: 'draining' });
    room.giveBack(kernel, 'e1', 'l1');
    await until('its end', () => room.pilots('ended')[0]?.end === 'scaled_in');
  });

  it('reading its log gives a piece and no other file; its files are private', async () => {
    room = await PoolRoom.open({ environment: { workerInit: 'echo hello from init' } });
    room.setWanted(1);
    await room.staff(1);
    const { pilot } = room.pilots()[0];
    const read = (offset: number, bytes: number) =>
      room.pools.handlers['pilots.log']?.({ pilot, file: 'output', offset, bytes }, room.kernel());
    const output = join(room.folder(pilot), 'output');
    await until('its greeting', () => readFileSync(output, 'utf8').includes('hello from init'));
    expect(await read(0, 10_000)).toMatchObject({
      offset: 0,
      text: expect.stringContaining('hello from init') as string
    });
    expect((await read(-5, 3))?.text).toMatch(/^.{3}$/s);
    const pool = () =>
      room.pools.handlers['pilots.log']?.(
        { pilot, file: 'pool', offset: 0, bytes: 1 },
        room.kernel()
      );
    expect(await codeOfAsync(pool)).toBe('no_log');
    const mode = (path: string): number => statSync(path).mode & 0o777;
    expect(mode(room.folder(pilot))).toBe(0o700);
    expect(mode(join(room.folder(pilot), 'pilot.json'))).toBe(0o600);
    expect(mode(join(room.folder(pilot), 'output'))).toBe(0o600);
  });

  it('an idle pilot that nobody wants ends by itself', async () => {
    room = await PoolRoom.open({ scaling: { idleSeconds: 1 } });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    const [agent] = await room.staff(1);
    void room.pools.handlers['executors.close']?.({ executor: 'e1' as never }, kernel);
    await until('its end', () => room.pilots('ended')[0]?.end === 'idle_timeout');
    expect(agent.told('pilot.end')).toEqual([{ reason: 'idle_timeout' }]);
  });
});

describe('a disk that takes nothing', () => {
  it('stops the asking and says so; what happens meanwhile is on record once there is room', async () => {
    room = await PoolRoom.open();
    room.setWanted(1);
    const [agent] = await room.staff(1);
    await until('an idle pilot', () => room.pilots('idle').length === 1);
    const full = jest.spyOn(room.store.pilots, 'putPilots').mockImplementation(() => {
      throw new Error('database or disk is full');
    });
    room.setWanted(2);
    const stopped = await until('the stop', () => room.pool().stopped);
    expect(stopped.code).toBe('submit_failed');
    expect(stopped.words).toContain('database or disk is full');
    expect(room.pilots()).toHaveLength(1);
    agent.say('agent.ending', { reason: 'removed', words: 'a person said so' });
    await until('the end of it', () => room.pilots('draining').length === 1);
    full.mockRestore();
    await until('the record', () => room.store.pilots.pilots()[0].pilot.state === 'draining');
    void room.pools.handlers['pools.resume']?.({ pool: 'local' }, room.kernel());
    await until('the others', () => room.pilots('requested', 'queued', 'starting').length > 0);
  });

  it('refuses a number that it cannot keep', async () => {
    room = await PoolRoom.open();
    const full = jest.spyOn(room.store.pilots, 'putTyped').mockImplementation(() => {
      throw new Error('database or disk is full');
    });
    expect(codeOf(() => room.setWanted(2))).toContain('full');
    expect(room.pool().wanted).toMatchObject({ count: 0, typed: null });
    full.mockRestore();
  });
});
