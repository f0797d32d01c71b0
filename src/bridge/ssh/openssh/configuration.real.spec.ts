import { existsSync, readFileSync } from 'node:fs';
import { until } from '../../until.fixture';
import { KeysRoom } from '../keys.fixture';
import { says } from '../ssh2/channels.fixture';
import { descendants, type ISshd, makeKey, startSshd } from '../sshd.fixture';
import { openSshOpener } from '.';

jest.setTimeout(60_000);

/** What a user's, or a site's, ssh_config(5) may say, and what of it does not hold for a connection. */
const room = new KeysRoom({
  opener: openSshOpener,
  makeKeys: path => [makeKey(path('open'))]
});
const { key, person, opened, stops } = room;

describe('what is meant for sessions on a terminal', () => {
  it.each([
    'ForkAfterAuthentication yes',
    'RemoteCommand echo hindered; exit 3',
    'RequestTTY force',
    'SessionType subsystem',
    'StdinNull yes',
    'BatchMode yes',
    'Tunnel yes',
    'ControlMaster autoask',
    'ControlPersist 60',
    'UpdateHostKeys ask',
    'LogLevel QUIET',
    'ExitOnForwardFailure yes',
    'LocalForward 9 127.0.0.1:9',
    'EscapeChar none'
  ])('hinders no connection: %s', async line => {
    const transport = await opened(person().config(line), {
      port: room.sshd.port,
      keyFile: key('open')
    });
    expect(await says(transport, 'echo in')).toBe('in\n');
    transport.dispose();
    await until('it is gone there', () => descendants(room.sshd.pid).length === 0);
  });

  it('is not run on this machine', async () => {
    const made = key('made');
    const who = person().config('PermitLocalCommand yes', `LocalCommand touch ${made}`);
    await opened(who, { port: room.sshd.port, keyFile: key('open') });
    expect(existsSync(made)).toBe(false);
  });
});

describe('a machine whose key is not known is shown and asked for', () => {
  /** As a site may have it for all its machines, or for loopback. */
  const LAX = [
    'StrictHostKeyChecking no',
    'StrictHostKeyChecking accept-new',
    'NoHostAuthenticationForLocalhost yes'
  ];
  const inner = async (): Promise<ISshd> => {
    const made = await startSshd([readFileSync(`${key('open')}.pub`, 'utf8').trim()]);
    stops.push(() => made.stop());
    return made;
  };

  it.each(LAX)('also where nobody would be: %s', async line => {
    const who = person().knows('').config(line);
    await opened(who, { port: room.sshd.port, keyFile: key('open') });
    expect(who.trusted).toHaveLength(1);
  });

  it.each(['profile', 'configuration'])('on the way there, too, that the %s says', async by => {
    const behind = await inner();
    const who = person()
      .knows(behind.knownLine)
      .config(
        ...[LAX[0], `IdentityFile ${key('open')}`, 'ForkAfterAuthentication yes'],
        ...['Host first', '  HostName 127.0.0.1', `  Port ${room.sshd.port}`, '  User root'],
        ...(by === 'profile' ? [] : ['Host second', '  HostName 127.0.0.1', '  ProxyJump first'])
      );
    const target =
      by === 'profile' ? { jumpHosts: ['root@first'] } : { address: 'second', jumpHosts: [] };
    const transport = await opened(who, { port: behind.port, ...target });
    expect(who.trusted.map(({ key: { fingerprint } }) => fingerprint)).toEqual([
      who.keys[0].fingerprint
    ]);
    expect(who.hops.map(({ port, number }) => [port, number])).toEqual([
      [room.sshd.port, 1],
      [behind.port, 2]
    ]);
    expect(await says(transport, 'echo behind')).toBe('behind\n');
    who.trusts = false;
    const declined = who.knows(behind.knownLine).refusal({ port: behind.port, ...target });
    expect((await declined).code).toBe('login_cancelled');
  });
});
