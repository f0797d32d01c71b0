import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASK, Control, MasterRefusal } from './control';
import { Proxy } from './proxy';
import { Fields, message, Messages, text, u32 } from './wire';

const HELLO = message(u32(1), u32(4));
const OK = 0x80000001;
const FAILURE = 0x80000003;
const PROXY = 0x8000000f;

describe('messages', () => {
  it('come in pieces', () => {
    const messages = new Messages();
    const bytes = Buffer.concat([message(u32(7), text('a')), message(u32(8))]);
    const found = [...bytes].flatMap(byte => messages.add(Buffer.from([byte])));
    expect(found.map(each => new Fields(each).u32())).toEqual([7, 8]);
  });

  it('that are too long, or too short, are refused', () => {
    expect(() => new Messages().add(u32(1_000_000))).toThrow('1000000 bytes');
    expect(() => new Fields(u32(3)).text()).toThrow('too short');
  });
});

describe('a master', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ph-mux-'));
  const path = join(folder, 'c');
  let server: Server | null = null;
  afterEach(async () => {
    await new Promise(resolve => (server === null ? resolve(null) : server.close(resolve)));
    server = null;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** One that says hello and answers each message so. */
  const master = async (
    answer: (number: number, kind: number, socket: Socket) => Buffer | null,
    hello = HELLO
  ): Promise<Control> => {
    const made = createServer(socket => {
      const messages = new Messages();
      socket.on('error', () => undefined);
      socket.write(hello);
      socket.on('data', chunk => {
        for (const each of messages.add(chunk)) {
          const fields = new Fields(each);
          const kind = fields.u32();
          const said = kind === 1 ? null : answer(fields.u32(), kind, socket);
          if (said !== null) {
            socket.write(said);
          }
        }
      });
    });
    server = made;
    await new Promise<void>(resolve => made.listen(path, resolve));
    return Control.open(path);
  };

  it('that speaks another version is not understood', async () => {
    await expect(master(() => null, message(u32(1), u32(5)))).rejects.toThrow('version 5');
  });

  it('that refuses says why', async () => {
    const control = await master(number => message(u32(FAILURE), u32(number), text('no')));
    await expect(control.terminate()).rejects.toEqual(new MasterRefusal('no'));
    control.close();
  });

  it('answers one question after the other', async () => {
    const control = await master(number => message(u32(OK), u32(number)));
    await Promise.all([control.terminate(), control.terminate()]);
    control.close();
  });

  it('that ends, sends garbage, or answers another question leaves none waiting', async () => {
    for (const [said, problem] of [
      [null, 'closed'],
      [u32(0xffffffff), 'closed'],
      [message(u32(OK), u32(99)), 'another question'],
      [message(u32(OK)), 'too short']
    ] as const) {
      const control = await master((_, _kind, socket) => {
        if (said === null) {
          socket.destroy();
        }
        return said;
      });
      await expect(control.terminate()).rejects.toThrow(problem);
      control.close();
      await new Promise(resolve => server?.close(resolve));
      server = null;
    }
  });

  it.each([
    ['nothing', Buffer.from([0, 91])],
    ['half of an answer', Buffer.concat([Buffer.from([0, 91]), u32(1), u32(0)])],
    ['half of a refusal', Buffer.concat([Buffer.from([0, 92]), u32(1)])],
    ['another answer', Buffer.concat([Buffer.from([0, 94]), u32(1), text('x')])]
  ])('that says %s for a channel is given up', async (_, garbage) => {
    let ended = false;
    const control = await master((number, kind) =>
      kind === ASK.proxy ? message(u32(PROXY), u32(number)) : message(garbage)
    );
    const proxy = new Proxy(await control.proxy());
    proxy.onClosed(() => (ended = true));
    await expect(proxy.open('session')).rejects.toThrow('has ended');
    expect(ended).toBe(true);
  });
});
