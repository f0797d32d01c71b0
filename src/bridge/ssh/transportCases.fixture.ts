import { mkdtempSync, rmSync } from 'node:fs';
import { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { shellLine } from './line';
import { Person, textOf, type TransportOpener } from './login.fixture';
import { descendants, type ISshd, makeKey, startSshd } from './sshd.fixture';
import type { IChannel, ITransport } from './tokens';
import { dialled, listenHere, problemOf, says, until } from './ssh2/channels.fixture';
import { MOST_SESSIONS } from './ssh2/sessions';

/**
 * What goes over one login, whichever transport it is: programs, connections of
 * both directions, and their end.
 * @param silence what it says where the other side is silent
 */
export function channelsOf(opener: TransportOpener, silence: unknown): void {
  const folder = mkdtempSync(join(tmpdir(), 'ph-chan-'));
  const stops: (() => void | Promise<void>)[] = [];
  let publicKey: string;
  let usual: ISshd;
  beforeAll(async () => {
    publicKey = makeKey(join(folder, 'key'));
    usual = await startSshd([publicKey]);
  });
  afterAll(async () => {
    await usual.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) {
      await stop();
    }
  });

  /** A login at a machine with these lines of sshd_config(5). */
  const login = async (...lines: string[]): Promise<{ transport: ITransport; sshd: ISshd }> => {
    const sshd = lines.length === 0 ? usual : await startSshd([publicKey], lines);
    if (sshd !== usual) {
      stops.push(() => sshd.stop());
    }
    const who = new Person().knows(sshd.knownLine);
    who.opener = opener;
    who.times = { ...who.times, channelWaitMs: 3000, keepAliveMs: 500 };
    stops.push(() => who.leave());
    const transport = await who.open({ port: sshd.port, keyFile: join(folder, 'key') });
    stops.push(() => transport.dispose());
    return { transport, sshd };
  };
  const listening = async (
    serve: (socket: Socket) => void,
    at: number | string = 0
  ): Promise<number> => {
    const { port, stop } = await listenHere(serve, at);
    stops.push(stop);
    return port;
  };

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

  describe('a connection from the other machine', () => {
    const echo = (socket: Socket): void => void socket.pipe(socket);

    it('goes to a port', async () => {
      const { transport } = await login();
      const connection = await transport.dial({ host: '127.0.0.1', port: await listening(echo) });
      connection.end('there and back');
      expect(await textOf(connection)).toBe('there and back');
    });

    it('goes to a socket', async () => {
      const { transport } = await login();
      const socket = join(folder, 'socket');
      await listening(echo, socket);
      const connection = await transport.dial({ socket });
      connection.end('there and back');
      expect(await textOf(connection)).toBe('there and back');
    });

    it('carries what does not fit into memory at the pace of its reader', async () => {
      const { transport } = await login();
      const size = 32 * 1024 * 1024;
      const port = await listening(socket => void socket.end(Buffer.alloc(size)));
      const connection = await transport.dial({ host: '127.0.0.1', port });
      await until('its buffer is full', () => connection.readableLength > 0);
      expect(connection.readableLength).toBeLessThan(4 * 1024 * 1024);
      let got = 0;
      for await (const chunk of connection) {
        got += (chunk as Buffer).length;
      }
      expect(got).toBe(size);
    });

    it('that is destroyed here is closed there', async () => {
      const { transport } = await login();
      let closed = false;
      const port = await listening(
        socket =>
          void socket
            .resume()
            .on('close', () => (closed = true))
            .on('end', () => socket.end())
      );
      const connection = await transport.dial({ host: '127.0.0.1', port });
      connection.destroy();
      await until('it is closed there', () => closed);
    });

    it('that is closed there ends here', async () => {
      const { transport } = await login();
      const port = await listening(socket => socket.destroy());
      const connection = await transport.dial({ host: '127.0.0.1', port });
      expect(await textOf(connection)).toBe('');
      connection.end();
      await until('it is gone', () => connection.destroyed);
    });

    it('to a port where nobody listens is refused', async () => {
      const { transport } = await login();
      const problem = await problemOf(transport.dial({ host: '127.0.0.1', port: 9 }));
      expect(problem).toMatchObject({
        code: 'channel_refused',
        words: expect.stringContaining('refused') as string
      });
    });

    it('and listening are refused where forwarding is not allowed', async () => {
      const { transport } = await login('AllowTcpForwarding no', 'AllowStreamLocalForwarding no');
      const port = await listening(() => undefined);
      const problems = [
        transport.dial({ host: '127.0.0.1', port }),
        transport.dial({ socket: join(folder, 'none') }),
        transport.listen({ host: '127.0.0.1', port: 0 }, () => undefined)
      ].map(problemOf);
      for (const problem of await Promise.all(problems)) {
        expect(problem).toMatchObject({ code: 'channel_refused' });
      }
      expect(await says(transport, 'echo on')).toBe('on\n');
    });
  });

  describe('listening on the other machine', () => {
    const answer = (connection: Duplex): void => {
      connection.on('data', (chunk: Buffer) => connection.end(`${chunk.toString()} to you`));
    };

    it('hands over who dials there, at any port', async () => {
      const { transport } = await login();
      const one = await transport.listen({ host: '127.0.0.1', port: 0 }, answer);
      const two = await transport.listen({ host: '127.0.0.1', port: 0 }, answer);
      expect(one.port).not.toBe(two.port);
      expect(await Promise.all([dialled(one.port), dialled(two.port)])).toEqual([
        'hello to you',
        'hello to you'
      ]);
    });

    it('ends', async () => {
      const { transport } = await login();
      const port = await transport.listen({ host: '127.0.0.1', port: 0 }, answer);
      port.dispose();
      let problem = '';
      while (!problem.includes('ECONNREFUSED')) {
        // One that is under way as it closes may still be reset.
        problem = await dialled(port.port).then(
          () => '',
          (error: unknown) => String(error)
        );
      }
    });
  });

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
