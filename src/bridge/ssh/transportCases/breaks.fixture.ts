import { until } from '../../until.fixture';
import { shellLine } from '../line';
import { textOf } from '../login.fixture';
import { problemOf, says } from '../ssh2/channels.fixture';
import { descendants } from '../sshd.fixture';
import type { IChannel } from '../tokens';
import type { ITransportRoom } from './room.fixture';

/** How it ends. @param silence what it says where the other side is silent */
export function breaks({ login }: ITransportRoom, silence: unknown): void {
  describe('a connection that breaks', () => {
    it('says so once, to all that wait', async () => {
      const { transport, sshd } = await login('MaxSessions 1');
      const lost = jest.fn();
      transport.onLost(lost);
      const program: IChannel = await transport.exec(shellLine('cat'));
      const waiting = problemOf(transport.exec(shellLine('true')));
      const listened = await transport.listen({ host: '127.0.0.1', port: 0 }, () => undefined);
      await sshd.stop();
      expect(await program.ended).toEqual({ exitCode: null, signal: null });
      expect(await waiting).toMatchObject({ code: 'host_lost' });
      expect(await textOf(program.stdout)).toBe('');
      await until('it is told, with the last words', () => lost.mock.calls.length > 0);
      expect(lost.mock.calls).toMatchObject([[{ code: 'host_lost' }]]);
      for (const work of [
        () => transport.exec('true'),
        () => transport.dial({ host: '127.0.0.1', port: 1 }),
        () => transport.listen({ host: '127.0.0.1', port: 0 }, () => undefined)
      ]) {
        expect(await problemOf(work())).toMatchObject({ code: 'host_lost' });
      }
      listened.dispose();
      transport.dispose();
    });

    it('is noticed where the other side is silent', async () => {
      const { transport, sshd } = await login('ClientAliveInterval 0');
      const lost = new Promise(resolve => transport.onLost(resolve));
      const serving = descendants(sshd.pid);
      serving.forEach(pid => process.kill(pid, 'SIGSTOP'));
      expect(await lost).toMatchObject({ code: 'host_lost', data: { words: silence } });
    });

    it('says nothing where it was closed here', async () => {
      const { transport, sshd } = await login('ClientAliveInterval 0');
      const lost = jest.fn();
      transport.onLost(lost);
      transport.onChannels(lost);
      const program = await transport.exec(shellLine('cat'));
      lost.mockClear();
      transport.dispose();
      transport.dispose();
      expect(await program.ended).toEqual({ exitCode: null, signal: null });
      await until('it is closed there', () => descendants(sshd.pid).length === 0);
      expect(lost).not.toHaveBeenCalled();
    });

    it('lives where the machine closes idle channels, which it does', async () => {
      const { transport } = await login('ChannelTimeout session:command=1s');
      const program = await transport.exec(shellLine('cat'));
      expect(await program.ended).toEqual({ exitCode: null, signal: null });
      expect(await says(transport, 'echo on')).toBe('on\n');
    });

    it('is lost where the machine closes idle ones', async () => {
      const { transport } = await login('UnusedConnectionTimeout 1s');
      expect(await new Promise(resolve => transport.onLost(resolve))).toMatchObject({
        code: 'host_lost'
      });
    });
  });
}
