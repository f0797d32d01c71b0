import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';
import type { IClock, IDisposable } from '../../tokens';

/** proc(5), /proc/net/tcp: connections of this network namespace, with their sockets' users. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const;
/** The tables are long while there are many connections: they are read no more often than this. */
const LOOK_MS = 20;
/** Of more that come meanwhile nobody is asked for. */
const MOST_WAITING = 1024;

interface IWaiting {
  readonly socket: Socket;
  readonly accept: (from: string) => void;
}

/**
 * Tells by whose they are the connections that come over loopback, while there
 * are so many that their places are short: all have one address, and one user of
 * this machine must not take the places of another.
 */
export class LocalUsers implements IDisposable {
  constructor(
    private readonly _clock: Pick<IClock, 'after'>,
    private readonly _isCrowded: () => boolean
  ) {}

  /** Calls `accept` with what the connection came from, soon or at once. */
  sort(socket: Socket, accept: IWaiting['accept']): void {
    if (!this._isCrowded() || process.platform !== 'linux') {
      accept(socket.remoteAddress ?? '');
    } else if (this._waiting.length >= MOST_WAITING) {
      socket.destroy();
    } else {
      this._waiting.push({ socket, accept });
      this._next ??= this._clock.after(LOOK_MS, () => void this._look());
    }
  }

  dispose(): void {
    this._next?.dispose();
    this._waiting.splice(0).forEach(({ socket }) => socket.destroy());
  }

  private async _look(): Promise<void> {
    const waiting = this._waiting.splice(0);
    this._next = null;
    const tables = await Promise.all(TABLES.map(read));
    // One that was reset meanwhile does not know its port any more.
    const there = waiting.filter(({ socket }) => !socket.destroyed);
    const port = there.find(({ socket }) => socket.localPort !== undefined)?.socket.localPort;
    const users = usersTo(tables.join('\n'), port ?? 0);
    for (const { socket, accept } of there) {
      const { remoteAddress, remotePort } = socket;
      // Without an address it has gone already.
      if (remoteAddress !== undefined && remotePort !== undefined) {
        const user = users.get(keyOf(remoteAddress, remotePort));
        accept(user === undefined ? remoteAddress : `user ${user}`);
      }
    }
  }

  private readonly _waiting: IWaiting[] = [];
  private _next: IDisposable | null = null;
}

const USER = 7;
const INODE = 9;

/** By their end's address, the users of connections to a port of loopback. */
export function usersTo(table: string, port: number): Map<string, number> {
  const users = new Map<string, number>();
  const end = `:${hex(port, 4)}`;
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/);
    // Of one that its program has closed the user is said to be 0, whoever that was.
    if (columns.length > INODE && columns[2].endsWith(end) && columns[INODE] !== '0') {
      // An address of IPv4 within one of IPv6 ends as it does by itself.
      users.set(columns[1].slice(-KEY_CHARS), Number(columns[USER]));
    }
  }
  return users;
}

const KEY_CHARS = 'AABBCCDD:EEFF'.length;

/** An address of IPv4 as the tables have it: four bytes in the machine's own order. */
function keyOf(address: string, port: number): string {
  const bytes = address
    .replace(/^::ffff:/i, '')
    .split('.')
    .map(Number);
  const ordered = endianness() === 'LE' ? bytes.reverse() : bytes;
  return `${ordered.map(byte => hex(byte, 2)).join('')}:${hex(port, 4)}`;
}

const hex = (number: number, digits: number): string =>
  number.toString(16).toUpperCase().padStart(digits, '0');

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    // A kernel without IPv6, or a system that hides it: then they are told by their address.
    return '';
  }
}
