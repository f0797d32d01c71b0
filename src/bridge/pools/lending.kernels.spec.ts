import { spawn } from 'node:child_process';
import { ExecutorId } from '../../protocol';
import { until } from '../until.fixture';
import { PoolRoom } from './pools.fixture';

let room: PoolRoom;
afterEach(() => room.dispose());

describe('a kernel that asks for leases', () => {
  it('gets new pilots in one submission, then a registered pool on each', async () => {
    room = await PoolRoom.open();
    const kernel = room.kernel();
    room.open(kernel, 'e1', 2);
    expect(kernel.target()).toEqual({ executor: 'e1', target: 2, urgent: false });
    room.ask(kernel, 'e1', 'l1', 'l2');
    expect(kernel.lease('l1')).toMatchObject({ state: 'asked', cause: 'no_pilot_yet' });
    const [agent] = await room.staff(2);
    const change = await room.register(kernel, 'l1');
    await room.register(kernel, 'l2');
    expect(kernel.lease('l1')).toMatchObject({
      state: 'registered',
      host: 'node-1',
      dead: [],
      start: change.start
    });
    expect(agent.told('pool.start')[0]).toMatchObject({ command: ['pool'] });
    expect(room.pilots()).toHaveLength(2);
    expect(room.pilots('leased')[0].lease).toMatchObject({ state: 'registered', executor: 'e1' });
  });

  it('leaves warm pilots to the next kernel when it closes', async () => {
    room = await PoolRoom.open();
    const first = room.kernel();
    room.open(first, 'e1', 1);
    room.ask(first, 'e1', 'l1');
    await room.staff(1);
    await room.register(first, 'l1');
    void room.pools.handlers['executors.close']?.({ executor: 'e1' as never }, first);
    const second = room.kernel();
    room.open(second, 'e2', 1);
    room.ask(second, 'e2', 'l2');
    await room.register(second, 'l2');
    expect(room.pilots()).toHaveLength(1);
  });

  it('shows why it cannot go on, its pilots with others, until it closes', async () => {
    room = await PoolRoom.open();
    const kernel = room.kernel();
    room.open(kernel, 'e1', 2);
    room.ask(kernel, 'e1', 'l1');
    await room.staff(2);
    await room.register(kernel, 'l1');
    const close = room.pools.handlers['executors.close'];
    const executor = ExecutorId.parse('e1');
    const failure = { code: 'interchange_died' as const, params: { exit: -9 } };
    void close?.({ executor, failure }, kernel);
    const [shown] = room.pools.snapshot().executors;
    expect(shown).toMatchObject({ failure, asksFor: 0, target: 0, registered: 0, connected: true });
    expect(kernel.lease('l1')).toMatchObject({ state: 'draining', cause: 'executor_closed' });
    // A number that is typed meanwhile is for others.
    expect(room.setWanted(1).wanted).toMatchObject({ count: 1, asked: 0 });
    expect(kernel.target()?.target).toBe(0);
    const other = room.kernel();
    room.open(other, 'e2', 1);
    expect(other.target()?.target).toBe(1);
    void close?.({ executor }, kernel);
    expect(room.pools.snapshot().executors.map(({ executor: id }) => id)).toEqual(['e2']);
    expect(room.changes).toContainEqual({ kind: 'executor-gone', executor: 'e1' });
  });

  it('is told that a pool died by itself, and its start is dead', async () => {
    room = await PoolRoom.open();
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    const [agent] = await room.staff(1);
    const { start } = await room.register(kernel, 'l1');
    agent.say('agent.pool', {
      lease: 'l1',
      start: start ?? '',
      state: 'ended',
      exitCode: 1,
      words: 'Segmentation fault'
    });
    await until('the end', () => kernel.lease('l1')?.state === 'ended');
    expect(kernel.lease('l1')).toMatchObject({
      cause: 'pool_exited',
      words: 'Segmentation fault',
      dead: [start]
    });
    await until('an idle pilot', () => room.pilots('idle').length === 1);
  });

  it('is told at once of a killed pilot', async () => {
    room = await PoolRoom.open();
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    await room.staff(1);
    const { start } = await room.register(kernel, 'l1');
    const [pilot] = room.pilots('leased');
    process.kill(-Number(pilot.schedulerId), 'SIGKILL');
    await until('the end', () => kernel.lease('l1')?.state === 'ended');
    expect(kernel.lease('l1')).toMatchObject({ cause: 'pilot_gone', dead: [start] });
    expect(room.pilots('ended')[0]).toMatchObject({ end: 'failed', cause: 'signal_SIGKILL' });
    await until('another pilot', () => room.pilots('starting').length === 1);
  });

  it('whose pools never register loses the pilot after three starts, each under its own name', async () => {
    room = await PoolRoom.open({ times: { registerWithinMs: 60 } });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    const [agent] = await room.staff(1);
    await until('the end', () => kernel.lease('l1')?.state === 'ended');
    const starts = agent.told('pool.start').map(({ start }) => start);
    expect(new Set(starts).size).toBe(3);
    expect(kernel.lease('l1')).toMatchObject({ cause: 'never_registered', dead: starts });
    expect(room.pilots('ended')[0]).toMatchObject({ end: 'failed', cause: 'never_registered' });
  });

  it('learns both versions when the pilots do not fit, and is never lent one', async () => {
    room = await PoolRoom.open();
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    const runtime = { executable: '/bin/sh', python: '3.11.7', parsl: '2025.1.6', problem: null };
    await room.staff(1, { runtime });
    const said = await until('words', () => {
      const change = kernel.lease('l1');
      return change?.words !== '' && change;
    });
    const { words } = said;
    expect(words).toContain('2025.1.6');
    expect(words).toContain('2026.10.26');
    expect(words).toContain('pip install');
    expect(room.pool().waitingWhy).toBe(words);
    expect(room.pilots('idle')).toHaveLength(1);
  });

  it('that is killed gives its pilots back, and its tasks are told', async () => {
    room = await PoolRoom.open();
    const child = spawn('sleep', ['300'], { stdio: 'ignore' });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1, { origin: { pid: child.pid ?? 0, workingFolder: '/' } });
    room.ask(kernel, 'e1', 'l1');
    const [agent] = await room.staff(1);
    await room.register(kernel, 'l1');
    child.kill('SIGKILL');
    await until('its death', () => child.signalCode !== null);
    kernel.close();
    await until('an idle pilot', () => room.pilots('idle').length === 1);
    expect(agent.told('pool.stop')).toEqual([{ lease: 'l1' }]);
    expect(room.goneRuns).toEqual(['run-e1']);
    expect(room.pools.snapshot().executors).toEqual([]);
  });

  it('comes back after a cut and finds its leases, and what it missed', async () => {
    room = await PoolRoom.open();
    const before = room.kernel();
    room.open(before, 'e1', 2);
    room.ask(before, 'e1', 'l1', 'l2');
    const [first] = await room.staff(2);
    const { start } = await room.register(before, 'l1');
    await room.register(before, 'l2');
    before.close();
    const lost = first.told('pool.start')[0];
    first.say('agent.pool', { ...lost, state: 'ended', exitCode: 1, words: '' });
    await until('an idle pilot', () => room.pilots('idle').length === 1);
    const after = room.kernel();
    room.open(after, 'e1', 2, {
      leases: ['l1', 'l2'].map(lease => ({ lease: lease as never, command: ['pool'] }))
    });
    const other = lost.lease === 'l1' ? 'l2' : 'l1';
    expect(after.lease(lost.lease)).toMatchObject({ state: 'ended', dead: [lost.start] });
    expect(after.lease(other)).toMatchObject({ state: 'registered' });
    expect(start).not.toBeNull();
    expect(room.goneRuns).toEqual([]);
  });
});

describe('two notebooks on one pool', () => {
  it('divide it when both work', async () => {
    room = await PoolRoom.open({ scaling: { max: 4 } });
    const [one, other] = [room.kernel(), room.kernel()];
    room.open(one, 'e1', 4, { unfinished: 9 });
    expect(one.target()).toMatchObject({ target: 4 });
    room.open(other, 'e2', 4, { unfinished: 9 });
    expect(other.target()).toMatchObject({ target: 2 });
    expect(one.target()).toMatchObject({ target: 2, urgent: false });
  });

  it('the idle one gives its pilots at once to the one that waits', async () => {
    room = await PoolRoom.open({ scaling: { max: 2 } });
    const [idle, busy] = [room.kernel(), room.kernel()];
    room.open(idle, 'e1', 2);
    room.ask(idle, 'e1', 'l1', 'l2');
    await room.staff(2);
    await room.register(idle, 'l1');
    await room.register(idle, 'l2');
    room.open(busy, 'e2', 1, { unfinished: 3 });
    room.ask(busy, 'e2', 'm1');
    expect(idle.target()).toMatchObject({ target: 1, urgent: true });
    room.giveBack(idle, 'e1', 'l2');
    await room.register(busy, 'm1');
    expect(idle.lease('l2')).toMatchObject({ state: 'ended', cause: 'given_back' });
    expect(room.pilots()).toHaveLength(2);
    await until('no more urgency', () => idle.target()?.urgent === false);
  });

  it('taking the pool down leaves no pilot, though tasks wait, until a new task comes', async () => {
    room = await PoolRoom.open();
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1, { unfinished: 3 });
    await room.staff(1);
    void room.pools.handlers['pools.down']?.({ pool: 'local' }, kernel);
    await until('no pilot', () => room.pools.alive === 0);
    await until('the reason', () => room.pool().waitingWhy?.includes('taken down'));
    expect(room.pools.alive).toBe(0);
    room.load(kernel, 'e1', 4);
    await until('a pilot', () => room.pools.alive === 1);
  });

  it('tasks that wait where nobody wants pilots are told so', async () => {
    room = await PoolRoom.open();
    const kernel = room.kernel();
    room.open(kernel, 'e1', 0, { unfinished: 3 });
    await until('the reason', () => room.pool().waitingWhy?.includes('blocks=0'));
    void room.pools.handlers['pools.setWanted']?.({ pool: 'local', count: 0 }, kernel);
    await until('the reason', () => room.pool().waitingWhy?.includes('typed is 0'));
    void room.pools.handlers['pools.setWanted']?.({ pool: 'local', count: 1 }, kernel);
    await until('no reason', () => room.pool().waitingWhy === null);
  });

  it('one without tasks rests after a while, and wakes with the next task', async () => {
    room = await PoolRoom.open({ scaling: { restSeconds: 0.3 } });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    await room.staff(1);
    await room.register(kernel, 'l1');
    await until('rest', () => kernel.target()?.target === 0);
    expect(room.pools.snapshot().executors[0]).toMatchObject({ resting: true });
    room.giveBack(kernel, 'e1', 'l1');
    await until('an idle pilot', () => room.pilots('idle').length === 1);
    room.load(kernel, 'e1', 1);
    await until('a target', () => kernel.target()?.target === 1);
    room.ask(kernel, 'e1', 'l2');
    await room.register(kernel, 'l2');
    expect(room.pilots()).toHaveLength(1);
  });

  it('one that has long had no task rests from its opening on', async () => {
    room = await PoolRoom.open({ scaling: { restSeconds: 60 } });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1, { idleSeconds: 61 });
    await until('a look', () => kernel.target()?.target === 0);
    expect(room.pools.snapshot().executors[0]).toMatchObject({ resting: true });
    expect(room.pilots()).toEqual([]);
    room.load(kernel, 'e1', 1);
    await until('a target', () => kernel.target()?.target === 1);
  });
});
