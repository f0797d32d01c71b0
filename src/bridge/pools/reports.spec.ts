import type { PilotId } from '../../protocol';
import { StandIn, whyOf } from '../schedulers/standIn.fixture';
import { until } from '../until.fixture';
import { ScriptedAgent } from './agent.fixture';
import { PoolRoom } from './pools.fixture';

let room: PoolRoom;
let site: StandIn;
const open = async (
  count: number,
  given: ConstructorParameters<typeof PoolRoom>[0] = {}
): Promise<PilotId[]> => {
  site = new StandIn();
  room = await PoolRoom.open({ standIn: site, ...given });
  room.setWanted(count);
  await until('queued pilots', () => room.pilots('queued').length === count);
  return room.pilots().map(({ pilot }) => pilot);
};
const dial = async (
  pilot: PilotId,
  hello: Parameters<typeof ScriptedAgent.dial>[1] = {}
): Promise<ScriptedAgent> => {
  const agent = await ScriptedAgent.dial(room.folder(pilot), hello);
  agent.obeys = false;
  room.agents.push(agent);
  return agent;
};
const pilotOf = (pilot: PilotId) => room.pilots().find(each => each.pilot === pilot);
afterEach(() => room.dispose());

describe('what a scheduler says', () => {
  it('of a job that waits is shown with its reason, and said again changes nothing', async () => {
    const [pilot] = await open(1);
    const why = whyOf('slurm.Priority');
    site.say(pilot, { state: 'queued', words: 'Priority', why });
    expect(pilotOf(pilot)).toMatchObject({ state: 'queued', words: 'Priority', why });
    const writes = jest.spyOn(room.store.pilots, 'putPilots');
    const shown = room.changes.length;
    site.say(pilot, { state: 'queued', words: 'Priority', why: whyOf('slurm.Priority') });
    expect(writes).not.toHaveBeenCalled();
    expect(room.changes).toHaveLength(shown);
  });

  it('of a job that runs names its slot; late news do not undo what its agent has said', async () => {
    const [pilot] = await open(1);
    await dial(pilot);
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle' });
    site.say(pilot, { state: 'queued', words: 'Priority' });
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle', attempt: 1 });
    site.say(pilot, { state: 'running', words: '', slot: 'n3' });
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle', slot: 'n3' });
  });

  it('asked after its agent had spoken: a job that waits was taken off its machine', async () => {
    const [pilot] = await open(1);
    await dial(pilot);
    const waits = { state: 'queued', words: 'BeginTime' } as const;
    site.say(pilot, { ...waits, askedAtMs: Date.now() - 60_000 });
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle', attempt: 1 });
    site.say(pilot, { ...waits, askedAtMs: Date.now() + 60_000 });
    expect(pilotOf(pilot)).toMatchObject({ state: 'queued', attempt: 2 });
    site.say(pilot, { ...waits, askedAtMs: Date.now() + 61_000 });
    expect(pilotOf(pilot)).toMatchObject({ state: 'queued', attempt: 2 });
  });

  it('is waited for where others end a job: only then is another one asked for', async () => {
    const [pilot] = await open(1);
    const agent = await dial(pilot);
    agent.say('agent.ending', { reason: 'removed', words: 'SIGTERM' });
    await until('its word', () => pilotOf(pilot)?.state === 'draining');
    agent.cut();
    room.setWanted(1);
    expect(room.pilots()).toHaveLength(1);
    site.say(pilot, { state: 'queued', words: 'evicted', restarts: 1 });
    expect(pilotOf(pilot)).toMatchObject({ state: 'queued', attempt: 2 });
    expect(room.pilots()).toHaveLength(1);
    const ended = { state: 'ended', exitCode: null, signal: null, words: 'CANCELLED' } as const;
    site.say(pilot, { ...ended, end: 'removed' });
    await until('another one', () => room.pilots().length === 2);
  });

  it('is asked for once more where an agent has gone as it was told: it is not lost', async () => {
    const [pilot] = await open(1, { times: { agentSilenceMs: 50 } });
    const agent = await dial(pilot);
    room.setWanted(0);
    agent.say('agent.ending', { reason: 'removed', words: 'told to end' });
    await until('its word', () => pilotOf(pilot)?.words === 'told to end');
    const before = site.asks;
    agent.cut();
    await until('the question', () => site.asks > before);
    expect(pilotOf(pilot)).toMatchObject({ state: 'draining', words: 'told to end' });
  });

  it('is left to end by itself where its agent, having said that it ends, finds home again', async () => {
    const [pilot] = await open(1);
    const agent = await dial(pilot);
    agent.say('agent.ending', { reason: 'removed', words: 'SIGTERM' });
    await until('its word', () => pilotOf(pilot)?.state === 'draining');
    agent.cut();
    const again = await dial(pilot);
    again.say('agent.ending', { reason: 'removed', words: 'again' });
    await until('its word', () => pilotOf(pilot)?.words === 'again');
    expect(again.heard).toEqual([]);
    room.setWanted(1);
    expect(room.pilots()).toHaveLength(1);
  });

  it('ends a pilot by its verdict', async () => {
    const [pilot] = await open(1);
    const ended = { state: 'ended', exitCode: null, signal: null, words: 'TIMEOUT' } as const;
    site.say(pilot, { ...ended, end: 'walltime', why: whyOf('slurm.TIMEOUT') });
    await until('its end', () => pilotOf(pilot)?.state === 'ended');
    expect(pilotOf(pilot)).toMatchObject({ end: 'walltime', words: 'TIMEOUT' });
    expect(pilotOf(pilot)?.why).toMatchObject({ code: 'slurm.TIMEOUT' });
  });

  it('not to know a job counts only when its agent does not speak', async () => {
    const [pilot] = await open(1, { times: { agentSilenceMs: 50 } });
    const agent = await dial(pilot);
    site.say(pilot, { state: 'unknown', words: 'no such job' });
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle' });
    room.setWanted(0);
    room.setWanted(null);
    agent.cut();
    await until('its end', () => pilotOf(pilot)?.state === 'ended');
    expect(pilotOf(pilot)).toMatchObject({
      cause: expect.stringMatching(/gone|scaled_in/) as string
    });
  });

  it('of itself, that it is out of order, stands at the pool until it is well', async () => {
    await open(1);
    site.trouble({ code: 'command_hangs', words: 'slurm_load_jobs: Socket timed out' });
    expect(room.pool().schedulerTrouble).toMatchObject({
      code: 'command_hangs',
      words: 'slurm_load_jobs: Socket timed out'
    });
    site.trouble(null);
    expect(room.pool().schedulerTrouble).toBeNull();
  });
});

describe('a hold', () => {
  const held = (code: string) =>
    ({ state: 'held', words: 'memory usage exceeded', why: whyOf(code) }) as const;

  it('is no failure: the pilot is there, with the reason, and no other is asked for', async () => {
    const [pilot] = await open(1);
    site.say(pilot, held('htcondor.hold.JobOutOfResources'));
    expect(pilotOf(pilot)).toMatchObject({ state: 'held', words: 'memory usage exceeded' });
    expect(room.pool()).toMatchObject({ stopped: null, counts: { held: 1 } });
    room.setWanted(1);
    expect(site.calls).toEqual([1]);
    site.say(pilot, { state: 'queued', words: '' });
    expect(pilotOf(pilot)).toMatchObject({ state: 'queued', attempt: 1, why: null });
  });

  it('three times for one reason before a first task stops the asking', async () => {
    const [one, two, three] = await open(3);
    site.say(one, held('a'));
    site.say(two, held('b'));
    site.say(three, held('b'));
    expect(room.pool().stopped).toBeNull();
    site.say(one, { state: 'queued', words: '' });
    site.say(one, held('b'));
    expect(room.pool().stopped).toMatchObject({ failures: 3, words: 'memory usage exceeded' });
  });

  it('by a person here is none of them, and is taken back by the same', async () => {
    const pilots = await open(3);
    const kernel = room.kernel();
    await room.pools.handlers['pilots.hold']?.({ pilots }, kernel);
    await until('three held', () => room.pilots('held').length === 3);
    expect(room.pool().stopped).toBeNull();
    await room.pools.handlers['pilots.release']?.({ pilots }, kernel);
    await until('three queued', () => room.pilots('queued').length === 3);
  });

  it('ends by asking anew with more memory', async () => {
    const [pilot] = await open(1);
    site.say(pilot, held('a'));
    const answer = await room.pools.handlers['pools.resubmit']?.(
      { pool: 'local', memoryMiB: 4096 },
      room.kernel()
    );
    expect(answer).toEqual({ removed: 1 });
    await until('another', () => room.pilots('queued').length === 1);
    expect(pilotOf(pilot)).toMatchObject({ state: 'ended', end: 'removed' });
    expect(room.store.submissions.submissions().at(-1)?.profile.pilot.memoryMiB).toBe(4096);
  });
});

describe('a job that is started again', () => {
  it('as its scheduler says: another attempt, and the older agent is cut off', async () => {
    const [pilot] = await open(1);
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.ask(kernel, 'e1', 'l1');
    const agent = await dial(pilot);
    agent.obeys = true;
    await until('the lease', () => kernel.lease('l1')?.pilot === pilot);
    site.say(pilot, { state: 'queued', words: 'preempted', restarts: 1 });
    expect(pilotOf(pilot)).toMatchObject({ state: 'queued', attempt: 2, lease: null });
    await until('the cut', () => agent.closed);
    expect(kernel.lease('l1')).toMatchObject({ state: 'ended', cause: 'pilot_gone' });
    const late = await dial(pilot, { restarts: 0 });
    expect(late.welcome).toMatchObject({ welcome: false });
    expect(late.welcome?.reason).toContain('attempt 1 is over');
    const next = await dial(pilot, { restarts: 1 });
    expect(next.welcome).toMatchObject({ welcome: true });
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle', attempt: 2 });
  });

  it('as its agent says before the scheduler does', async () => {
    const [pilot] = await open(1);
    const older = await dial(pilot);
    const newer = await dial(pilot, { restarts: 2, host: 'node-2' });
    expect(newer.welcome).toMatchObject({ welcome: true });
    await until('the cut', () => older.closed);
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle', attempt: 3, host: 'node-2' });
    site.say(pilot, { state: 'running', words: '', restarts: 2 });
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle', attempt: 3 });
    expect(newer.closed).toBe(false);
  });

  it('after it was taken off its machine, as far as the scheduler tells no number', async () => {
    const [pilot] = await open(1);
    site.say(pilot, { state: 'running', words: '' });
    const agent = await dial(pilot);
    agent.say('agent.ending', { reason: 'removed', words: 'SIGTERM' });
    await until('its last words', () => pilotOf(pilot)?.state === 'draining');
    site.say(pilot, { state: 'queued', words: 'evicted' });
    expect(pilotOf(pilot)).toMatchObject({ state: 'queued', attempt: 2, words: 'evicted' });
    const next = await dial(pilot, { restarts: 1 });
    expect(next.welcome).toMatchObject({ welcome: true });
    expect(pilotOf(pilot)).toMatchObject({ state: 'idle', attempt: 2 });
  });
});
