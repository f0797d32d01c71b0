import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { LIMITS } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IClock, IDisposable } from '../../tokens';
import { shown } from '../shown';

const unreachable = (
  params: { readonly address: string; readonly answered?: false },
  words: string,
  cause?: unknown
): PilothouseError => new PilothouseError({ code: 'host_unreachable', params, words }, cause);

/** How long a machine is dialled. */
export interface IDialLimit {
  readonly clock: Pick<IClock, 'after'>;
  /** All of it, in which its name is looked up, too. */
  readonly ms: number;
  /** From the first packet on; as long as all of it if not given. */
  readonly answerMs?: number;
  readonly signal: AbortSignal;
}

/** A connection over TCP. @throws PilothouseError host_unreachable; the signal's reason */
export function dialMachine(host: string, port: number, limit: IDialLimit): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const silent = { address: host, answered: false } as const;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const end = (settle: () => void): void => {
      timers.forEach(timer => timer.dispose());
      limit.signal.removeEventListener('abort', cancelled);
      socket.removeAllListeners();
      settle();
    };
    const fail = (why: Error): void =>
      end(() => {
        // A reset that comes after the end is of no interest.
        socket.on('error', () => undefined);
        socket.destroy();
        reject(why);
      });
    const cancelled = (): void => fail(limit.signal.reason as Error);
    const within = (ms: number): IDisposable =>
      limit.clock.after(ms, () =>
        fail(unreachable(silent, `it does not answer at port ${port} for ${ms / 1000} s`))
      );
    const timers = [within(limit.ms)];
    const { answerMs } = limit;
    if (answerMs !== undefined) {
      socket.once('connectionAttempt', () => timers.push(within(answerMs)));
    }
    limit.signal.addEventListener('abort', cancelled);
    socket.once('error', error => fail(unreachable(silent, wordsOf(error), error)));
    socket.once('connect', () => end(() => resolve(socket)));
  });
}

/** Several addresses of one name fail together (Node.js, net.connect, autoSelectFamily). */
function wordsOf(error: Error): string {
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return [...new Set(errors.map(({ message }) => message))].join('; ');
}

/** A connection through a machine that is logged in to. @throws PilothouseError host_unreachable */
export function dialThrough(client: Client, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      // The machine before it says why in its own words.
      const said = error instanceof Error ? error.message : String(error);
      const words = shown(said, LIMITS.wordsChars);
      reject(unreachable({ address: host }, `through the machine before it: ${words}`, error));
    };
    try {
      client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
        if (error === undefined) {
          resolve(channel);
        } else {
          fail(error);
        }
      });
    } catch (error) {
      fail(error);
    }
  });
}
