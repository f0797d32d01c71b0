import { until } from '../../until.fixture';
import { shellLine } from '../line';
import { textOf } from '../login.fixture';
import { problemOf, says } from '../ssh2/channels.fixture';
import { MOST_SESSIONS } from '../ssh2/sessions';
import type { ITransportRoom } from './room.fixture';

/** Programs on the other machine, and how many there may be. */
export function runsPrograms({ login }: ITransportRoom): void {
  describe('a program', () => {
    it('has its standard streams and its exit code', async () => {
      const { transport } = await login();
      const program = await transport.exec(shellLine('cat; echo wrong >&2; exit 7'));
      program.stdin.end('right');
      expect([await textOf(program.stdout), await textOf(program.stderr)]).toEqual([
        'right',
        'wrong\n'
      ]);
      expect(await program.ended).toEqual({ exitCode: 7, signal: null });
    });

    it('has its signal', async () => {
      const { transport } = await login();
      const program = await transport.exec(shellLine('kill -TERM $$'));
      expect(await program.ended).toEqual({ exitCode: null, signal: 'SIGTERM' });
    });

    it('passes what is many times its window, both ways at once', async () => {
      const { transport } = await login();
      const program = await transport.exec(shellLine('cat'));
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      let got = 0;
      program.stdout.on('data', (bytes: Buffer) => (got += bytes.length));
      for (let sent = 0; sent < 20; sent += 1) {
        await new Promise(resolve => program.stdin.write(chunk, resolve));
      }
      program.stdin.end();
      await program.ended;
      expect(got).toBe(20 * chunk.length);
    });

    it('that nobody reads does not hold up others, and ends when it is closed', async () => {
      const { transport } = await login();
      const unread = await transport.exec(shellLine('cat /dev/zero'));
      await until('it has begun', () => unread.stdout.readableLength > 0);
      expect(await says(transport, 'echo on')).toBe('on\n');
      unread.close();
      expect(await unread.ended).not.toMatchObject({ exitCode: 0 });
      expect(transport.channels.open).toBe(0);
    });

    it('that is over frees its channel, read or not', async () => {
      const { transport } = await login();
      const unread = await transport.exec(shellLine('head -c 1000000 /dev/zero; echo e >&2'));
      expect(await unread.ended).toEqual({ exitCode: 0, signal: null });
      expect(transport.channels.open).toBe(0);
      expect((await textOf(unread.stdout)).length).toBe(1_000_000);
    });

    it('that reads nothing leaves no write waiting', async () => {
      const { transport } = await login();
      const program = await transport.exec(shellLine('exit 0'));
      const written = new Promise(resolve => {
        program.stdin.write(Buffer.alloc(8 * 1024 * 1024), resolve);
      });
      await program.ended;
      expect(await written).toBeInstanceOf(Error);
    });

    it('ends for the other side when its input does', async () => {
      const { transport } = await login();
      const program = await transport.exec(shellLine('cat >/dev/null; echo read'));
      program.stdin.end();
      expect(await textOf(program.stdout)).toBe('read\n');
    });
  });

  describe('sessions', () => {
    it('are bounded, and taken in turn', async () => {
      const { transport } = await login();
      const began: number[] = [];
      const all = Array.from({ length: 20 }, async (_, n) => {
        const text = await says(transport, `echo ${n}`);
        began.push(n);
        expect(transport.channels.open).toBeLessThanOrEqual(MOST_SESSIONS);
        return text;
      });
      expect(await Promise.all(all)).toEqual(all.map((_, n) => `${n}\n`));
      expect(began).toHaveLength(20);
      await until('all are given back', () => transport.channels.open === 0);
      expect(transport.channels.most).toBe(MOST_SESSIONS);
    });

    it('are fewer where the machine allows fewer, which is learnt', async () => {
      const { transport } = await login('MaxSessions 2');
      const changes: number[] = [];
      transport.onChannels(() => changes.push(transport.channels.most));
      const held = [await transport.exec(shellLine('cat')), await transport.exec(shellLine('cat'))];
      const waiting = Array.from({ length: 4 }, (_, n) => says(transport, `echo ${n}`));
      await until('it is learnt', () => transport.channels.most === 2);
      held.forEach(program => program.stdin.end());
      expect(await Promise.all(waiting)).toEqual(waiting.map((_, n) => `${n}\n`));
      await until('all are given back', () => transport.channels.open === 0);
      expect(transport.channels.most).toBe(2);
      expect(changes).toContain(2);
    });

    it('that none gives back are waited for, not for ever', async () => {
      const { transport } = await login('MaxSessions 1');
      const first = await transport.exec(shellLine('cat'));
      const problem = await problemOf(transport.exec(shellLine('true')));
      expect(problem).toMatchObject({ code: 'channel_refused' });
      expect(problem.params.problem).toContain('3 s');
      first.close();
      await first.ended;
      expect(await says(transport, 'echo again')).toBe('again\n');
    });

    it('where there are none are refused', async () => {
      const { transport } = await login('MaxSessions 0');
      expect(await problemOf(transport.exec(shellLine('true')))).toMatchObject({
        code: 'channel_refused'
      });
    });
  });
}
