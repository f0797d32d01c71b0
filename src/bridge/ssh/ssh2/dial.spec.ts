import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ManualClock } from '../../manualClock.fixture';
import { dialMachine } from './dial';

/** Takes one connection, and is deaf to any further one: its queue is full (listen(2)). */
const DEAF = `import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(0)
print(s.getsockname()[1], flush=True)
sys.stdin.read()`;

describe('a machine that is dialled', () => {
  let deaf: ChildProcess;
  let port: number;
  const clock = new ManualClock();

  beforeEach(async () => {
    deaf = spawn('/usr/bin/python3', ['-c', DEAF], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(deaf.stdout!, 'data')) as [Buffer];
    port = Number(line.toString());
  });
  afterEach(async () => {
    deaf.stdin?.end();
    await once(deaf, 'close');
    expect(clock.pending).toBe(0);
  });

  const dial = (answerMs?: number) =>
    dialMachine('127.0.0.1', port, {
      ...{ clock, ms: 20_000, signal: new AbortController().signal },
      ...(answerMs === undefined ? {} : { answerMs })
    });
  it('has answered by then, or is given up; sooner where that is said', async () => {
    (await dial(2_000)).destroy();
    expect(clock.pending).toBe(0);
    for (const [answerMs, limitMs] of [
      [2_000, 2_000],
      [undefined, 20_000]
    ] as const) {
      const failed = dial(answerMs).then(
        () => 'it answered',
        (error: unknown) => error
      );
      // Its address is known by then, and the first packet sent.
      await new Promise(resolve => setImmediate(resolve));
      clock.advance(limitMs - 1);
      expect(clock.pending).toBeGreaterThan(0);
      clock.advance(1);
      expect(await failed).toMatchObject({
        code: 'host_unreachable',
        data: {
          params: { answered: false },
          words: `it does not answer at port ${port} for ${limitMs / 1000} s`
        }
      });
    }
  });
});
