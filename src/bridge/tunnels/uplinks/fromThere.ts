import { randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import { RELAY_MARK } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { shellLine } from '../../ssh/line';
import type { ITransport } from '../../ssh/tokens';
import type { IBridgeContext } from '../../tokens';
import type { IAddress } from '../tokens';
import { afterMark } from './mark';
import { dialProgram } from './program';

/** What dialling from another machine takes, a program started there included. */
const WITHIN_MS = 15_000;

/** A connection that somebody else dialled, and how to be rid of it. */
export interface IDialled {
  readonly stream: Duplex;
  close(): void;
}

/**
 * Dials from the submit host: by a forward where it allows one, else by a
 * program that runs there, whose words say why where nobody answers.
 * @throws PilothouseError host_unreachable, host_lost, channel_refused
 */
export async function dialFromThere(
  context: Pick<IBridgeContext, 'clock' | 'relayFolder'>,
  transport: ITransport,
  host: string,
  to: IAddress
): Promise<IDialled> {
  try {
    const stream = await transport.dial(to);
    return { stream, close: () => stream.destroy() };
  } catch (error) {
    const refused = error instanceof PilothouseError && error.code === 'channel_refused';
    // It does not tell a forward that is forbidden from a port where nobody listens.
    if (!refused || context.relayFolder === undefined) {
      throw error;
    }
  }
  const mark = `${RELAY_MARK} ${randomBytes(12).toString('hex')}`;
  const { script, code } = dialProgram(context.relayFolder, [
    ...['--mark', mark, '--seconds', String(WITHIN_MS / 3000)],
    ...[to.host, String(to.port)]
  ]);
  const channel = await transport.exec(shellLine(script));
  // Where it has ended before it has read all, its own words say why.
  channel.stdin.on('error', () => channel.close());
  channel.stdin.write(code);
  const first = await afterMark(channel, `\n${mark}\n`, context.clock, WITHIN_MS);
  if ('problem' in first) {
    channel.close();
    const words = first.words === '' ? 'nothing was said' : first.words;
    throw new PilothouseError({
      code: 'host_unreachable',
      params: { address: `${to.host}:${to.port}` },
      machine: host,
      words
    });
  }
  if (first.length > 0) {
    channel.stdout.unshift(first);
  }
  const stream = Duplex.from({ readable: channel.stdout, writable: channel.stdin });
  return { stream, close: () => channel.close() };
}
