import { PilotId } from '../../protocol';
import { until } from '../until.fixture';
import type { ScriptedAgent } from './agent.fixture';
import { codeOfAsync, PoolRoom } from './pools.fixture';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('logs on a pilot’s own machine', () => {
  let room: PoolRoom;
  let agent: ScriptedAgent;
  let pilot: PilotId;

  beforeEach(async () => {
    room = await PoolRoom.open({ times: { agentAnswerMs: 300 } });
    room.setWanted(1);
    [agent] = await room.staff(1);
    agent.obeys = false;
    pilot = PilotId.parse(room.pilots('idle')[0].pilot);
  });
  afterEach(() => room.dispose());

  const files = async () => {
    const answer = await room.pools.handlers['pilots.files']?.({ pilot }, room.kernel());
    return answer ?? { files: [], trouble: null, keepDays: null };
  };
  const read = (worker: number, offset = 0) =>
    room.pools.handlers['pilots.log']?.(
      { pilot, file: 'worker', worker, offset, bytes: 100 },
      room.kernel()
    );

  /** Has the agent answer each question of a kind, once it has been asked. */
  async function answers(
    ...said: (readonly [
      'logs.list' | 'logs.read',
      Parameters<typeof agent.say<'agent.log'>>[1]['answer']
    ])[]
  ): Promise<void> {
    for (const [method, answer] of said) {
      const before = done[method] ?? 0;
      const asked = await until(method, () => agent.told(method).at(before));
      done[method] = before + 1;
      agent.say('agent.log', { id: asked.id, answer });
    }
  }
  let done: Partial<Record<'logs.list' | 'logs.read', number>>;
  beforeEach(() => {
    done = {};
  });
  const leases = {
    kind: 'leases' as const,
    folder: '/scratch/dir_7',
    leases: [
      {
        start: 's1' as never,
        modifiedAtMs: 5,
        files: [
          { name: 'pool.log', size: 3, modifiedAtMs: 1 },
          { name: 'worker-3.out', size: 6, modifiedAtMs: 2 }
        ]
      }
    ]
  };

  it('are listed and read by its agent', async () => {
    const listed = files();
    await answers(['logs.list', leases]);
    expect(await listed).toMatchObject({
      files: expect.arrayContaining([
        { file: 'pool', worker: null, path: 'node-1:/scratch/dir_7/leases/s1/pool.log', size: 3 },
        {
          file: 'worker',
          worker: 3,
          path: 'node-1:/scratch/dir_7/leases/s1/worker-3.out',
          size: 6
        }
      ]) as unknown,
      trouble: null,
      keepDays: 14
    });
    const piece = read(3, -3);
    await answers(
      ['logs.list', leases],
      ['logs.read', { kind: 'piece', content: base64('lo\n'), offset: 3, size: 6 }]
    );
    expect(agent.told('logs.read')).toMatchObject([
      { start: 's1', name: 'worker-3.out', offset: -3, bytes: 100 }
    ]);
    expect(await piece).toEqual({
      path: 'node-1:/scratch/dir_7/leases/s1/worker-3.out',
      text: 'lo\n',
      offset: 3,
      end: 6,
      size: 6
    });
  });

  it('are none where a worker has printed nothing', async () => {
    const code = codeOfAsync(() => read(4));
    await answers(['logs.list', leases], ['logs.list', leases]);
    expect(await code).toBe('no_log');
  });

  it('are not waited for longer than a while; what there is beside is listed', async () => {
    expect(await codeOfAsync(() => read(3))).toBe('agent_unreachable');
    const { files: listed, trouble } = await files();
    expect(listed.map(({ file }) => file)).toEqual(expect.arrayContaining(['output', 'script']));
    expect(trouble).toMatchObject({
      code: 'agent_unreachable',
      params: { pilot, problem: 'no answer within 0.3 s' },
      machine: 'node-1'
    });
    // An answer that comes too late is none.
    agent.say('agent.log', { id: agent.told('logs.list')[0].id, answer: leases });
    expect(room.pilots('idle')).toHaveLength(1);
  });

  it('are as far as the agent: a cut ends the waiting', async () => {
    const code = codeOfAsync(() => read(3));
    await until('the question', () => agent.told('logs.list').at(0));
    agent.cut();
    expect(await code).toBe('agent_unreachable');
    const { trouble } = await files();
    expect(trouble?.code).toBe('agent_unreachable');
  });

  it('are told by no other agent', async () => {
    room.setWanted(2);
    const [other] = await room.staff(1);
    const code = codeOfAsync(() => read(3));
    const asked = await until('the question', () => agent.told('logs.list').at(0));
    other.say('agent.log', { id: asked.id, answer: leases });
    expect(await code).toBe('agent_unreachable');
    expect(agent.told('logs.read')).toEqual([]);
  });

  it('are told with what the agent could not do', async () => {
    const code = codeOfAsync(() => read(3));
    await answers(['logs.list', leases], ['logs.read', { kind: 'failed', problem: 'EIO' }]);
    expect(await code).toBe('file_failed');
    const other = codeOfAsync(() => read(3));
    await answers(['logs.list', { kind: 'none' }]);
    expect(await other).toBe('file_failed');
  });
});
