import type { UplinkOptions } from '../../../protocol';
import type { IAddress } from '../tokens';

/** Ports that may be listened at, first and last; both 0: any. */
export interface IPortRange {
  readonly first: number;
  readonly last: number;
}

export const ANY_PORT: IPortRange = { first: 0, last: 0 };

const HIGHEST_PORT = 65_535;

/** Reads `9000` or `9000-9100`; null: these are no ports. */
export function parsePorts(text: string | undefined): IPortRange | null {
  if (text === undefined) {
    return ANY_PORT;
  }
  const [first, last = first] = text.split('-').map(Number);
  const isRange = first >= 1 && first <= last && last <= HIGHEST_PORT;
  return isRange ? { first, last } : null;
}

/** The ports to be tried, in order: the one before, since pilots that were told of it still live, then the others. */
export function candidates({ first, last }: IPortRange, before: number): number[] {
  if (first === 0) {
    return before > 0 ? [before, 0] : [0];
  }
  const all = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  return all.includes(before) ? [before, ...all.filter(port => port !== before)] : all;
}

/** Whether this machine is to listen for pilots elsewhere: somebody has said where. */
export const wantsDirect = (uplink: UplinkOptions): boolean =>
  uplink.kinds.includes('direct') &&
  (uplink.listenAddress !== undefined ||
    uplink.listenPorts !== undefined ||
    uplink.advertiseAddress !== undefined ||
    uplink.advertisePort !== undefined);

/** `relay.example.org:8443`, `[::1]:8443`; null: it is no address with a port. */
export function parseAddress(text: string): IAddress | null {
  const found = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text);
  const port = Number(found?.[2] ?? 0);
  return found === null || port < 1 || port > HIGHEST_PORT
    ? null
    : { host: found[1].replace(/[[\]]/g, ''), port };
}

/** Addresses that mean all of a machine's own, and are none that anybody could dial. */
export const isAnyAddress = (address: string): boolean =>
  ['0.0.0.0', '::', '[::]', '*'].includes(address);
