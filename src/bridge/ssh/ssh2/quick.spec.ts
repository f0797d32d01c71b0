import { KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientChannel, type Connection, Server } from 'ssh2';
import { makeKey } from '../sshd.fixture';
import { gatherWrites, quicken } from './quick';

const folder = mkdtempSync(join(tmpdir(), 'ph-quick-'));
const stops: (() => void)[] = [];
beforeAll(() => void makeKey(join(folder, 'host')));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => stops.splice(0).forEach(stop => stop()));

/** Has keys exchanged anew: either side may ask for it, and sshd does. */
let rekey: (done?: () => void) => void = () => undefined;

/** A machine that says back what it is told. */
async function echoing(): Promise<number> {
  const hostKeys = [readFileSync(join(folder, 'host'))];
  const server = new Server({ hostKeys }, (connection: Connection) => {
    rekey = done => connection.rekey(done);
    connection
      .on('error', () => undefined)
      .on('authentication', ctx => ctx.accept())
      .on('session', accept =>
        accept().on('exec', (accept2: () => ClientChannel) => {
          const channel = accept2();
          channel.pipe(channel);
        })
      );
  });
  stops.push(() => server.close());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

async function loggedIn(cipher: string): Promise<Client> {
  const client = new Client();
  const sock = connect(await echoing(), '127.0.0.1');
  stops.push(() => client.end());
  await new Promise<void>((resolve, reject) => {
    client.on('ready', resolve).on('error', reject);
    client.connect({ sock, username: 'x', algorithms: { cipher: [cipher] } as object });
  });
  gatherWrites(sock);
  quicken(client);
  client.on('handshake', () => quicken(client));
  return client;
}

const channelOf = (client: Client): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec('echo', (error, channel) => {
      if (error === undefined) {
        resolve(channel);
      } else {
        reject(error);
      }
    });
  });

/** What comes back, while `between` is done in the middle of it. */
async function echoed(client: Client, sent: Buffer, between: () => void): Promise<Buffer> {
  const channel = await channelOf(client);
  const got: Buffer[] = [];
  let length = 0;
  channel.write(sent);
  for await (const piece of channel as AsyncIterable<Buffer>) {
    if (length < sent.length / 2 && length + piece.length >= sent.length / 2) {
      between();
    }
    got.push(piece);
    length += piece.length;
    if (length >= sent.length) {
      channel.end();
      break;
    }
  }
  return Buffer.concat(got);
}

interface IKeys {
  _protocol: { _cipher: { _encKey?: unknown }; _decipher: { _decipherKey?: unknown } };
}
const keysOf = (client: Client): unknown[] => {
  const { _cipher, _decipher } = (client as unknown as IKeys)._protocol;
  return [_cipher._encKey, _decipher._decipherKey];
};

describe('ssh2 with what makes it quick', () => {
  it('has its keys where they are looked for, also after they were exchanged anew', async () => {
    const client = await loggedIn('aes128-gcm@openssh.com');
    const before = keysOf(client);
    await new Promise<void>(resolve => rekey(resolve));
    const after = keysOf(client);
    expect([...before, ...after].every(key => key instanceof KeyObject)).toBe(true);
    expect(after[0]).not.toBe(before[0]);
  });

  it.each(['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr'])(
    'carries every byte, by %s, while keys are exchanged anew',
    async cipher => {
      const client = await loggedIn(cipher);
      for (const bytes of [1, 16_384, 32_768, 32_769, 8_000_001]) {
        const sent = randomBytes(bytes);
        const got = await echoed(client, sent, () => rekey());
        expect(got.equals(sent)).toBe(true);
      }
    },
    60_000
  );
});

describe('what is written to a socket', () => {
  it('in one turn goes by one call', async () => {
    const calls: number[] = [];
    const socket = new Writable({
      write: (_chunk, _, done) => {
        calls.push(1);
        done();
      },
      writev: (chunks, done) => {
        calls.push(chunks.length);
        done();
      }
    });
    const gather = gatherWrites(Object.assign(new PassThrough(), socketOf(socket)));
    for (const count of [3, 2]) {
      for (let number = 0; number < count; number += 1) {
        gather();
        socket.write('x');
      }
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(calls).toEqual([3, 2]);
  });
});

const socketOf = (stream: Writable): Pick<Writable, 'cork' | 'uncork'> => ({
  cork: () => stream.cork(),
  uncork: () => stream.uncork()
});
