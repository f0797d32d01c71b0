import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PilothouseError } from '../errors';
import { StandIn } from '../schedulers/standIn.fixture';
import { SUBMISSION_POINTS, type SubmissionPoint } from '../tokens';
import { until } from '../until.fixture';
import { ScriptedAgent } from './agent.fixture';
import { PoolRoom } from './pools.fixture';

let room: PoolRoom;
let site: StandIn;
beforeEach(() => {
  site = new StandIn();
});
afterEach(() => room.dispose());

const queued = (count: number) =>
  until(`${count} queued pilots`, () => room.pilots('queued').length === count);

describe('pilots that are handed to a scheduler', () => {
  it('go in one call, from a folder of their own that only their owner can read', async () => {
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(3);
    await queued(3);
    expect(site.calls).toEqual([3]);
    const [submission] = room.store.submissions.submissions();
    expect(submission).toMatchObject({ state: 'known', pool: 'local', host: 'test' });
    expect(submission.pilots).toEqual(room.pilots().map(({ pilot }) => pilot));
    const mode = (...path: string[]): number =>
      statSync(join(submission.folder, ...path)).mode & 0o777;
    expect(readdirSync(submission.folder).sort()).toEqual(['0', '1', '2', 'pilot.sh']);
    expect([mode(), mode('0'), mode('0', 'pilot.json'), mode('pilot.sh')]).toEqual([
      0o700, 0o700, 0o600, 0o700
    ]);
    expect(room.folder(room.pilots()[1].pilot)).toBe(join(submission.folder, '1'));
    const script = readFileSync(join(submission.folder, 'pilot.sh'), 'utf8');
    const agent = /agent-[0-9a-f]{16}\.pyz/.exec(script)?.[0] ?? '';
    expect(statSync(join(submission.folder, '..', agent)).mode & 0o777).toBe(0o600);
    const secret = /"secret":"([0-9a-f]{64})"/.exec(
      readFileSync(join(submission.folder, '0', 'pilot.json'), 'utf8')
    );
    expect(script).not.toContain(secret?.[1]);
  });

  it('leave no secret behind when they have ended, and keep the others’', async () => {
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(2);
    await queued(2);
    const secrets = room.pilots().map(({ pilot }) => join(room.folder(pilot), 'pilot.json'));
    expect(secrets.map(existsSync)).toEqual([true, true]);
    room.setWanted(1);
    await until('an end', () => room.pilots('ended').length === 1);
    await until('its secret’s', () => secrets.filter(existsSync).length === 1);
  });

  it('are split where the site takes no more in one call', async () => {
    site.most = 3;
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(7);
    await queued(7);
    expect(site.calls).toEqual([3, 3, 1]);
    expect(room.store.submissions.submissions()).toHaveLength(3);
  });

  it('are what the preview shows, byte for byte', async () => {
    room = await PoolRoom.open({ standIn: site, environment: { workerInit: 'echo "ä $HOME"' } });
    const plan = await room.pools.handlers['profiles.script']?.(
      { profile: room.profile, pilots: 2 },
      room.kernel()
    );
    expect(plan?.commands).toEqual(['submit --name=pilothouse.SUBMISSION pilot.sh']);
    expect(site.calls).toEqual([]);
    room.setWanted(2);
    await queued(2);
    const [{ folder }] = room.store.submissions.submissions();
    const shown = plan?.files[0].lines.map(({ text }) => `${text}\n`).join('');
    expect(readFileSync(join(folder, 'pilot.sh'), 'utf8')).toBe(shown);
    for (const { path } of plan?.others ?? []) {
      expect(existsSync(join(folder, path))).toBe(true);
    }
  });

  it('that were accepted with a warning show it', async () => {
    site.warnings = 'sbatch: warning: the partition is nearly full';
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(1);
    await queued(1);
    expect(room.pilots()[0].warnings).toBe(site.warnings);
    expect(room.logged).toContain('submission.warnings');
  });

  it('that are refused end with the scheduler’s words, and three refusals stop the pool', async () => {
    site.next = ['refused', 'refused', 'refused', 'refused'];
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(1);
    const stopped = await until('the stop', () => room.pool().stopped);
    expect(stopped).toMatchObject({ code: 'submit_failed', words: 'invalid account' });
    expect(room.pilots('ended')).toHaveLength(3);
    expect(site.calls).toEqual([1, 1, 1]);
    expect(stopped.params).toMatchObject({ cause: 'submit_failed' });
  });

  it('that Pilothouse itself does not hand in are no refusal of the scheduler’s', async () => {
    const problem = new PilothouseError({ code: 'runtime_failed', words: 'no Parsl there' });
    room = await PoolRoom.open({
      standIn: site,
      environment: { sharesFiles: false },
      runtimes: { archive: () => Promise.reject(problem), dispose: () => undefined }
    });
    room.setWanted(1);
    const stopped = await until('the stop', () => room.pool().stopped);
    expect(stopped).toMatchObject({
      code: 'submit_failed',
      params: { cause: 'not_submitted' },
      words: expect.stringContaining('no Parsl there') as string
    });
    expect(site.calls).toEqual([]);
  });
});

describe('what is not submitted', () => {
  it('a profile whose file says what only Pilothouse may, whoever wrote it', async () => {
    site.problems = [{ field: 'scheduler.further', message: 'Line 1: no.', severity: 'error' }];
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(1);
    await until('the stop', () => room.pool().stopped);
    expect(room.pilots('ended')[0].words).toBe('scheduler.further: Line 1: no.');
    expect(site.calls).toEqual([]);
  });

  it('but warnings hold nothing up', async () => {
    site.problems = [{ field: 'pilot.walltime', message: 'None.', severity: 'warning' }];
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(1);
    await queued(1);
  });

  it('where there is no program to submit with: that is a refusal, not a lost reply', async () => {
    site.next = ['no program', 'no program', 'no program'];
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(1);
    await until('the stop', () => room.pool().stopped);
    expect(room.pilots('ended')).toHaveLength(3);
    expect(site.finds).toBe(0);
  });
});

describe('all that pilots have left', () => {
  it('goes with a pool on demand, and nothing of what a person has in the same folder', async () => {
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(1);
    await queued(1);
    const folder = join(room.home, 'site');
    const copy = `agent-${'0'.repeat(16)}.pyz.0123456789ab`;
    const others = ['agent-notes.txt', 'runtime-2.tar.gz', 'runtime-figures'];
    for (const name of [copy, ...others]) {
      writeFileSync(join(folder, name), 'text');
    }
    void room.pools.handlers['pools.down']?.({ pool: 'local', files: true }, room.kernel());
    await until('all to go', () => readdirSync(folder).length <= others.length);
    expect(readdirSync(folder).sort()).toEqual(others);
  });
});

describe('a reply that never comes', () => {
  const times = { submissionSettleMs: 50 };

  it('is settled by asking, however long the scheduler is down, and nothing is submitted twice', async () => {
    site.next = ['taken, no reply'];
    site.downFor = 1;
    room = await PoolRoom.open({ standIn: site, times });
    room.setWanted(3);
    await until('the reason', () => room.pilots()[0]?.cause === 'submission_unknown');
    expect(room.pilots('requested')).toHaveLength(3);
    expect(room.pilots()[0].words).toBe('no answer');
    await queued(3);
    expect(site.finds).toBe(2);
    expect(site.calls).toEqual([3]);
    expect(site.alive).toHaveLength(3);
  });

  it('for what was never taken: submitted again, once', async () => {
    site.next = ['not taken, no reply'];
    room = await PoolRoom.open({ standIn: site, times });
    room.setWanted(2);
    const before = room.pilots().map(({ pilot }) => pilot);
    await queued(2);
    expect(site.calls).toEqual([2, 2]);
    expect(site.alive).toHaveLength(2);
    expect(room.pilots().map(({ pilot }) => pilot)).toEqual(before);
    const kept = room.store.submissions.submissions();
    expect(kept).toHaveLength(1);
    await until('one folder', () => {
      const folders = readdirSync(join(kept[0].folder, '..'));
      return folders.filter(name => !name.startsWith('agent-')).length === 1;
    });
  });

  it('keeps a pilot that was removed meanwhile from living on', async () => {
    site.next = ['taken, no reply'];
    site.downFor = 1;
    room = await PoolRoom.open({ standIn: site, times });
    room.setWanted(1);
    await until('the reason', () => room.pilots()[0]?.cause === 'submission_unknown');
    room.setWanted(0);
    await until('its end', () => room.pilots('ended').length === 1);
    expect(site.removed).toHaveLength(1);
    expect(site.alive).toEqual([]);
  });
});

describe('a bridge that dies', () => {
  const never = new Promise<void>(() => undefined);

  it.each(SUBMISSION_POINTS)(
    'when it has %s: the next one has exactly what was asked for',
    async at => {
      const reached: SubmissionPoint[] = [];
      room = await PoolRoom.open({
        standIn: site,
        reached: point => {
          reached.push(point);
          return point === at ? never : undefined;
        }
      });
      room.setWanted(4);
      const before = room.pilots().map(({ pilot }) => pilot);
      await until('its death', () => reached.includes(at));
      const state = { planned: 'planned', written: 'written', calling: 'called', called: 'called' };
      expect(room.store.submissions.submissions()).toMatchObject([{ state: state[at] }]);
      room.leave();
      room = await PoolRoom.open({
        home: room.home,
        standIn: site,
        times: { submissionSettleMs: 50 }
      });
      await queued(4);
      expect(site.alive).toHaveLength(4);
      expect(room.pilots().map(({ pilot }) => pilot)).toEqual(before);
      expect(site.calls).toEqual(at === 'called' ? [4] : [4]);
      expect(room.store.submissions.submissions()).toMatchObject([{ state: 'known' }]);
      const ids = room.pilots().map(({ schedulerId }) => schedulerId);
      expect(new Set(ids).size).toBe(4);
    }
  );

  it('leaves its pilots to the next, which is told of them by scheduler and agents', async () => {
    room = await PoolRoom.open({ standIn: site });
    room.setWanted(2);
    await queued(2);
    const [one, other] = room.pilots().map(({ pilot }) => pilot);
    const folder = room.folder(one);
    room.leave();
    site.say(other, { state: 'held', words: 'no memory left' });
    room = await PoolRoom.open({ home: room.home, standIn: site });
    await until('the held one', () => room.pilots('held')[0]?.pilot === other);
    room.agents.push(await ScriptedAgent.dial(folder));
    expect(room.pilots('idle')).toMatchObject([{ pilot: one }]);
    expect(site.calls).toEqual([2]);
  });
});
