import { connect, createServer, type Socket } from 'node:net';
import type { PilothouseError } from '../../errors';
import { shellLine } from '../line';
import { textOf } from '../login.fixture';
import type { ITransport } from '../tokens';

export const says = async (transport: ITransport, script: string): Promise<string> => {
  const program = await transport.exec(shellLine(script));
  program.stderr.resume();
  return textOf(program.stdout);
};

export const problemOf = async (work: Promise<unknown>): Promise<PilothouseError['data']> =>
  work.then(
    () => {
      throw new Error('it did what was to be refused');
    },
    (error: unknown) => (error as PilothouseError).data
  );

/** What is said to who dials a port and says hello. */
export const dialled = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end('hello'));
    socket.on('error', reject);
    textOf(socket).then(resolve, reject);
  });

/** Serves at a port, 0 for any, or a socket. */
export async function listenHere(
  serve: (socket: Socket) => void,
  at: number | string
): Promise<{ readonly port: number; readonly stop: () => void }> {
  const server = createServer({ allowHalfOpen: true }, serve);
  const sockets = new Set<Socket>();
  server.on('connection', socket => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>(resolve => server.listen(at, () => resolve()));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    stop: () => {
      sockets.forEach(socket => socket.destroy());
      server.close();
    }
  };
}
