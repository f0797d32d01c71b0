import { Client } from 'ssh2';
import { ALGORITHMS, offeredAlgorithms } from './algorithms';
import { onAuthMessages } from './authMessages';

const ANY = { kex: null, serverHostKey: null, cipher: null, hmac: null };
const offered = (algorithms: Partial<Record<keyof typeof ANY, string[]>>, known: string[] = []) =>
  offeredAlgorithms({ host: 'h', algorithms: { ...ANY, ...algorithms } }, new Set(known));

describe('what is offered to a machine', () => {
  it('is nothing that ssh2 cannot do', () => {
    const library = jest.requireActual<Record<string, string[]>>(
      '../../../../node_modules/ssh2/lib/protocol/constants.js'
    );
    for (const [kind, name] of [
      ['kex', 'KEX'],
      ['serverHostKey', 'SERVER_HOST_KEY'],
      ['cipher', 'CIPHER'],
      ['hmac', 'MAC']
    ] as const) {
      const { usual, asked } = ALGORITHMS[kind];
      expect(library[`SUPPORTED_${name}`]).toEqual(expect.arrayContaining([...usual, ...asked]));
      const left = library[`DEFAULT_${name}`].filter(each => !usual.includes(each));
      expect(left).toEqual(kind === 'serverHostKey' ? ['ssh-rsa'] : []);
    }
  });

  it('has the known keys of a machine first', () => {
    expect(offered({}, ['ssh-rsa', 'ecdsa-sha2-nistp256']).serverHostKey.slice(0, 4)).toEqual([
      ...['ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519']
    ]);
  });

  it('has SHA-1 only where the configuration asks for it', () => {
    expect(offered({}).serverHostKey).not.toContain('ssh-rsa');
    const asked = offered({ serverHostKey: ['ssh-rsa', 'ssh-ed25519', 'ssh-dss'] });
    expect(asked.serverHostKey).toEqual(['ssh-ed25519', 'ssh-rsa']);
  });

  it('is something, or OpenSSH must do it', () => {
    expect(() => offered({ cipher: ['cast128-cbc'] })).toThrow('transport_unfit');
  });
});

it('messages of a login are heard only where ssh2 handles them as it is known to', () => {
  expect(() => onAuthMessages(new Client(), 'u', {} as never)).toThrow('in another way');
});
