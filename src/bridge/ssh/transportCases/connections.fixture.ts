import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { until } from '../../until.fixture';
import { textOf } from '../login.fixture';
import { dialled, problemOf, says } from '../ssh2/channels.fixture';
import type { ITransportRoom } from './room.fixture';

/** Connections of both directions. */
export function carriesConnections({ folder, login, listening }: ITransportRoom): void {
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
}
