import { PilothouseError } from '../../errors';
import { askBinary } from './binary';
import { readConfigFiles } from './files';
import { type IAsked, type ISshSettings, settingsFrom } from './settings';
import type { ISshSurroundings } from './surroundings';

/** Most machines on the way. */
const MOST_HOPS = 10;

const HOST = /^(?!-)[A-Za-z0-9._:%-]{1,255}$/;
/** What ssh itself refuses in a name that it hands to others (ssh.c, valid_ruser). */
const USER = /^(?!-)[^\s'"`;&<>|(){}\\$]{1,200}$/;

/** The settings of one machine. @throws PilothouseError host_unreachable for a name that is none */
export async function settingsOf(asked: IAsked, around: ISshSurroundings): Promise<ISshSettings> {
  refuseOdd(asked);
  const address = asked.address.replace(/^\[(.*)\]$/, '$1');
  const bare = { ...asked, address };
  const values = (await askBinary(bare, around)) ?? readConfigFiles(bare, around);
  const settings = settingsFrom(values, bare, around);
  refuseOdd({ address: settings.host, user: settings.user, port: settings.port });
  return settings;
}

function refuseOdd(asked: Pick<IAsked, 'address' | 'user' | 'port'>): void {
  const { address, user, port = 22 } = asked;
  const odd = !HOST.test(address.replace(/^\[(.*)\]$/, '$1'))
    ? `${JSON.stringify(address)} is no host name`
    : user !== undefined && !USER.test(user)
      ? `${JSON.stringify(user)} is no user name`
      : !Number.isInteger(port) || port < 1 || port > 65535
        ? `${port} is no port`
        : null;
  if (odd !== null) {
    throw new PilothouseError({ code: 'host_unreachable', params: { address }, words: odd });
  }
}

/**
 * The machines to log in to, one after the other, the last of them what was
 * asked for. The first jump host may have one of its own in the configuration;
 * each further one is reached from the one before it (ssh_config(5), ProxyJump).
 *
 * @throws PilothouseError transport_unfit for a ProxyCommand, host_unreachable,
 *   command_failed, command_hangs, file_failed
 */
export async function routeTo(
  asked: IAsked,
  around: ISshSurroundings,
  deep = 1
): Promise<ISshSettings[]> {
  const own = await settingsOf(asked, around);
  const jumps = own.jumpHosts.map(parseJump).filter(jump => !isItself(jump, own, asked));
  if (jumps.length === 0) {
    refuseCommand(own, asked.address);
    return [own];
  }
  if (jumps.length + deep > MOST_HOPS) {
    throw tooFar(asked.address);
  }
  const way = await routeTo(jumps[0], around, deep + jumps.length);
  for (const jump of jumps.slice(1)) {
    way.push(await settingsOf({ ...jump, jumpHosts: [] }, around));
  }
  return [...way, own];
}

/** A `ProxyJump` for all hosts means all but the jump host itself (ssh.c). */
const isItself = (jump: IAsked, own: ISshSettings, asked: IAsked): boolean =>
  [asked.address, own.host].includes(jump.address) && (jump.port ?? own.port) === own.port;

function refuseCommand(settings: ISshSettings, address: string): void {
  if (settings.proxyCommand !== null) {
    throw new PilothouseError({
      code: 'transport_unfit',
      params: { host: address, what: `the ProxyCommand of ${address}` }
    });
  }
}

const tooFar = (address: string): PilothouseError =>
  new PilothouseError({
    code: 'host_unreachable',
    params: { address },
    words: `there are more than ${MOST_HOPS} machines on the way`
  });

/** `[user@]host[:port]` or `ssh://[user@]host[:port]`; an address of version 6 in brackets. */
export function parseJump(written: string): IAsked {
  const text = written
    .trim()
    .replace(/^ssh:\/\//, '')
    .replace(/\/$/, '');
  const found = /^(?:(.+)@)?(\[[^\]]+\]|[^:@]+|[0-9A-Fa-f:]{3,})(?::(\d{1,5}))?$/.exec(text);
  if (found === null) {
    throw new PilothouseError({
      code: 'host_unreachable',
      params: { address: written },
      words: `${JSON.stringify(written)} is no jump host: write user@host:port`
    });
  }
  const [, user, address, port] = found as unknown as [string, string?, string?, string?];
  return {
    address: address ?? '',
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) })
  };
}
