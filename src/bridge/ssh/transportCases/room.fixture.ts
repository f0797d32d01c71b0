import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Person, type TransportOpener } from '../login.fixture';
import { type ISshd, makeKey, startSshd } from '../sshd.fixture';
import { listenHere } from '../ssh2/channels.fixture';
import type { ITransport } from '../tokens';

/** Where cases have their logins and what they talk to; all of a case ends with it. */
export interface ITransportRoom {
  readonly folder: string;
  /** A login at a machine with these lines of sshd_config(5). */
  readonly login: (
    ...lines: string[]
  ) => Promise<{ readonly transport: ITransport; readonly sshd: ISshd }>;
  /** Serves at a port, or a socket. @returns the port */
  readonly listening: (serve: (socket: Socket) => void, at?: number | string) => Promise<number>;
}

/** A room for the cases of the `describe` that it is called in. */
export function transportRoom(opener: TransportOpener): ITransportRoom {
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
  return {
    folder,
    login: async (...lines) => {
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
    },
    listening: async (serve, at = 0) => {
      const { port, stop } = await listenHere(serve, at);
      stops.push(stop);
      return port;
    }
  };
}
