import { hostname } from 'node:os';
import type { Profile } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IDisposable } from '../tokens';
import { LocalHost, type HostContext } from './local';
import type { IHost } from './tokens';

export type * from './tokens';

/** By these a profile names the machine of the bridge itself. */
const THIS_MACHINE: readonly string[] = ['localhost', '127.0.0.1', '::1', '[::1]'];

/** Submit hosts, each made when it is first wanted. One folder for each way to reach one. */
export class Hosts implements IDisposable {
  constructor(private readonly _context: HostContext) {}

  /** @throws PilothouseError host_unreachable */
  get({ submitHost }: Pick<Profile, 'submitHost'>): IHost {
    const { address } = submitHost;
    if (address !== undefined && !isThisMachine(address, this._context.machine)) {
      throw new PilothouseError({
        code: 'host_unreachable',
        params: { address },
        machine: this._context.machine,
        words: `Pilothouse runs on ${this._context.machine} and cannot log in to ${address} yet: leave the submit host out and run it there.`
      });
    }
    this._local ??= new LocalHost(this._context);
    return this._local;
  }

  dispose(): void {
    this._local?.dispose();
    this._local = null;
  }

  private _local: LocalHost | null = null;
}

/** Whether an address of a profile means the machine that the bridge runs on. */
export function isThisMachine(address: string, machine = hostname()): boolean {
  const said = address.toLowerCase();
  const own = machine.toLowerCase();
  return THIS_MACHINE.includes(said) || said === own || said.split('.')[0] === own;
}
