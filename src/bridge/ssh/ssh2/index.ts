import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { PilothouseError } from '../../errors';
import { type ISshSettings, type ISshSurroundings, ownSurroundings, routeTo } from '../config';
import { readKnownFiles } from '../knownHosts';
import { SSH_TIMES, type SshTimes } from '../times';
import type { IPromptRound, OpenTransport, SshTarget } from '../tokens';
import { dialMachine, dialThrough, type IDialLimit } from './dial';
import { Login } from './login';
import type { ILoggedIn } from './loginOptions';
import { Ssh2Transport } from './transport';

/** As errors name a machine. */
const nameOf = ({ host, port }: Pick<ISshSettings, 'host' | 'port'>): string =>
  port === 22 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Makes `openSsh2`; what it reads of this machine and its times are arguments. */
export const ssh2Opener =
  (around: () => ISshSurroundings, times: SshTimes = SSH_TIMES): OpenTransport =>
  async (context, target, options) => {
    const { audience, persons, signal } = options;
    const cancelled = (): PilothouseError =>
      new PilothouseError({ code: 'login_cancelled', params: { host: target.address } });
    const ended = new AbortController();
    const cancel = (): void => ended.abort(cancelled());
    signal.addEventListener('abort', cancel);
    if (signal.aborted) {
      cancel();
    }
    let neededPerson = false;
    const ask = async (round: IPromptRound): Promise<readonly string[]> => {
      let answers: readonly string[];
      try {
        answers = await audience.ask(round);
      } catch (error) {
        throw error instanceof PilothouseError ? error : cancelled();
      }
      neededPerson = true;
      return answers;
    };
    const trusting = {
      ...bound(audience),
      trust: async (...question: Parameters<typeof audience.trust>): Promise<boolean> => {
        try {
          return await audience.trust(...question);
        } catch (error) {
          throw error instanceof PilothouseError ? error : cancelled();
        }
      }
    };

    const clients: Client[] = [];
    try {
      const way = await orCancelled(routeTo(askedOf(target), around()), ended.signal);
      let last: ILoggedIn | null = null;
      let socket: Duplex | null = null;
      for (const [index, settings] of way.entries()) {
        const { host: address, port, user } = settings;
        audience.at({ address, port, user, number: index + 1, of: way.length });
        const login = new Login({
          ...{ context, times, settings, ask, told: trusting },
          host: nameOf(settings),
          audience: persons ? trusting : null,
          lines: await readKnownFiles([
            ...settings.knownHostsFiles,
            ...settings.globalKnownHostsFiles
          ])
        });
        await orCancelled(login.prepare(), ended.signal);
        const stream = await dialHop(last, settings, {
          ...{ clock: context.clock, ms: times.reachMs, signal: ended.signal },
          ...(persons ? {} : { answerMs: times.returnReachMs })
        });
        socket ??= stream;
        last = await run(login, stream, ended.signal);
        clients.push(last.client);
      }
      ended.signal.throwIfAborted();
      if (last === null || socket === null) {
        throw new Error('a way without any machine');
      }
      const host = nameOf(way[way.length - 1]);
      const { key, methods } = last;
      context.log.info('ssh_connected', { host, methods, hops: way.length });
      return new Ssh2Transport({
        ...{ context, times, host, clients, socket, key, methods, neededPerson }
      });
    } catch (error) {
      for (const client of clients.reverse()) {
        client.end();
        client.destroy();
      }
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };

/** Logs in by ssh2, as the configuration of this user and machine says. */
export const openSsh2: OpenTransport = ssh2Opener(ownSurroundings);

function askedOf(target: SshTarget) {
  const { address, user, port, keyFile, jumpHosts } = target;
  return {
    address,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(jumpHosts.length === 0 ? {} : { jumpHosts })
  };
}

const bound = (audience: Parameters<OpenTransport>[2]['audience']) => ({
  at: audience.at.bind(audience),
  key: audience.key.bind(audience),
  banner: audience.banner.bind(audience),
  ask: audience.ask.bind(audience)
});

async function dialHop(
  before: ILoggedIn | null,
  settings: ISshSettings,
  limit: IDialLimit
): Promise<Duplex> {
  const { host, port } = settings;
  return before === null
    ? dialMachine(host, port, limit)
    : orCancelled(dialThrough(before.client, host, port), limit.signal);
}

async function run(login: Login, stream: Duplex, signal: AbortSignal): Promise<ILoggedIn> {
  const end = (): void => login.end(signal.reason as PilothouseError);
  const result = login.run(stream);
  signal.addEventListener('abort', end);
  if (signal.aborted) {
    end();
  }
  try {
    return await result;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** The work, or the reason of the signal if that comes first. */
function orCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) {
      end();
    }
    signal.addEventListener('abort', end);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
