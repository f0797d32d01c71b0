import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellLine } from '../line';
import { Person, textOf } from '../login.fixture';
import { type ISshd, makeKey, startSshd } from '../sshd.fixture';
import type { ITransport } from '../tokens';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'ph-keys-'));
const key = (name: string): string => join(folder, name);
const PASSPHRASE = 'correct horse battery staple';
let publicKeys: Record<string, string>;
let sshd: ISshd;
beforeAll(async () => {
  publicKeys = {
    open: makeKey(key('open')),
    locked: makeKey(key('locked'), 'ed25519', PASSPHRASE),
    rsa: makeKey(key('rsa'), 'rsa'),
    ecdsa: makeKey(key('ecdsa'), 'ecdsa')
  };
  sshd = await startSshd(Object.values(publicKeys));
  makeKey(key('stranger'));
});
afterAll(async () => {
  await sshd.stop();
  rmSync(folder, { recursive: true });
});

const people: Person[] = [];
const transports: ITransport[] = [];
const person = (...given: ConstructorParameters<typeof Person>): Person => {
  const made = new Person(...given).knows(sshd.knownLine);
  people.push(made);
  return made;
};
const opened = async (who: Person, target: Parameters<Person['open']>[0]): Promise<ITransport> => {
  const transport = await who.open(target);
  transports.push(transport);
  return transport;
};
afterEach(() => {
  transports.splice(0).forEach(transport => transport.dispose());
  people.splice(0).forEach(each => each.leave());
});
const says = async (transport: ITransport, script: string): Promise<string> => {
  const program = await transport.exec(shellLine(script));
  program.stderr.resume();
  return textOf(program.stdout);
};

describe('a login by key', () => {
  it.each(['open', 'rsa', 'ecdsa'])('file: %s', async name => {
    const who = person();
    const transport = await opened(who, { port: sshd.port, keyFile: key(name) });
    expect(transport.methods).toEqual(['publickey']);
    expect(transport.neededPerson).toBe(false);
    expect(await says(transport, 'echo $((6 * 7))')).toBe('42\n');
    expect([who.rounds, who.trusted]).toEqual([[], []]);
    expect(who.hops).toEqual([
      { address: '127.0.0.1', port: sshd.port, user: 'root', number: 1, of: 1 }
    ]);
  });
});
