import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  relayNameOf,
  type Profile,
  type Result,
  type UplinkStep,
  type UplinkVerdict
} from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext } from '../../tokens';
import type { IAddress, ILogins, IUplink } from '../tokens';
import { dialFromThere, type IDialled } from './fromThere';
import { wantsDirect } from './ports';
import { dataOf } from './state';

/** Dialling, and shaking hands with what answers. */
const HANDS_WITHIN_MS = 20_000;

/** Where a way can be tried from, and who is to answer. */
export interface IEnds {
  /** The submit host's; null: it is this machine. */
  readonly connection: ReturnType<ILogins['connection']>;
  readonly fingerprint: string;
}

type Context = Pick<IBridgeContext, 'clock' | 'machine' | 'relayFolder'>;

/** See IUplinks.check. Closing what was opened is the caller's. */
export async function checkUplink(
  context: Context,
  way: IUplink,
  ends: IEnds,
  profile: Profile,
  mayListen: boolean
): Promise<Result<'checks.uplink'>> {
  const why = untried(way, ends, profile, mayListen);
  if (why !== null) {
    return { result: { verdict: 'untried', why }, steps: [] };
  }
  const steps: UplinkStep[] = [];
  const { connection } = ends;
  const opener = way.kind === 'submit-host' ? (connection?.host ?? '') : context.machine;
  const beganMs = context.clock.now();
  const step = (
    what: UplinkStep['what'],
    by: string,
    at: IAddress,
    sinceMs: number,
    error: unknown
  ): UplinkStep => ({
    ...{ what, by, ...at, tookMs: Math.max(context.clock.now() - sinceMs, 0) },
    error: error === null ? null : dataOf(error)
  });
  let addresses: readonly IAddress[];
  try {
    addresses = await way.addresses(profile);
    if (addresses.length === 0) {
      throw unnamed(way.kind);
    }
  } catch (error) {
    const [at = { host: opener, port: 0 }] = way.known(profile);
    return { result: { verdict: 'fails' }, steps: [step('open', opener, at, beganMs, error)] };
  }
  steps.push(step('open', opener, addresses[0], beganMs, null));

  const tryFrom = async (by: string, dial: (to: IAddress) => Promise<IDialled>) => {
    let isReached = false;
    for (const to of addresses) {
      const dialledMs = context.clock.now();
      const error = await reach(context, dial, to, ends.fingerprint, by);
      steps.push(step('dial', by, to, dialledMs, error));
      isReached ||= error === null;
    }
    return isReached;
  };
  // The submit host's own names lead nowhere from here.
  const isFromHere = way.kind !== 'submit-host' && (connection === null || way.kind === 'relay');
  const here = isFromHere ? await tryFrom(context.machine, dialFromHere) : null;
  const transport = connection?.transport ?? null;
  const there =
    transport === null || connection === null
      ? null
      : await tryFrom(connection.host, to =>
          dialFromThere(context, transport, connection.host, to)
        );
  return { result: judged(here, there), steps };
}

function untried(
  way: IUplink,
  { connection }: IEnds,
  profile: Profile,
  mayListen: boolean
): Extract<UplinkVerdict, { verdict: 'untried' }>['why'] | null {
  switch (way.kind) {
    case 'near':
      return 'here';
    case 'relay':
      return null;
    case 'submit-host':
      return connection === null ? 'here' : connection.transport === null ? 'login' : null;
    case 'direct': {
      const isOpen = way.view(profile)?.trouble === null;
      if (!wantsDirect(profile.uplink)) {
        return connection === null ? 'unnamed' : null;
      }
      return mayListen || isOpen ? null : 'consent';
    }
  }
}

const unnamed = (kind: string): PilothouseError =>
  new PilothouseError({
    code: 'uplink_failed',
    params: {
      kind,
      field: 'uplink.listenAddress',
      problem: 'the profile does not say where this machine listens',
      passing: false
    },
    words: 'Say at which address and ports pilots can dial this machine, or choose submit-host.'
  });

/** What counts is the submit host's view, the nearest to that of a pilot; null: not tried from there. */
function judged(here: boolean | null, there: boolean | null): UplinkVerdict {
  if (there !== null) {
    return { verdict: there ? 'works' : here === true ? 'unproven' : 'fails' };
  }
  return { verdict: here === null || here ? 'unproven' : 'fails' };
}

function dialFromHere({ host, port }: IAddress): Promise<IDialled> {
  return new Promise((resolve, reject) => {
    const stream = connect({ host, port, noDelay: true });
    const close = (): void => void stream.destroy();
    stream.once('error', reject);
    stream.once('connect', () => {
      stream.off('error', reject);
      resolve({ stream, close });
    });
  });
}

/** Dials as a pilot does, and sees that it is this bridge that answers; why not, or null. */
function reach(
  { clock }: Context,
  dial: (to: IAddress) => Promise<IDialled>,
  to: IAddress,
  fingerprint: string,
  by: string
): Promise<unknown> {
  const address = `${to.host}:${to.port}`;
  const unreachable = (words: string): PilothouseError =>
    new PilothouseError({ code: 'host_unreachable', params: { address }, machine: by, words });
  return new Promise(resolve => {
    let close = (): void => undefined;
    let isOver = false;
    const end = (error: unknown): void => {
      if (!isOver) {
        isOver = true;
        limit.dispose();
        close();
        resolve(error);
      }
    };
    const limit = clock.after(HANDS_WITHIN_MS, () => end(unreachable('nobody answers')));
    dial(to).then(
      dialled => {
        if (isOver) {
          dialled.close();
          return;
        }
        const socket = shakeHands(dialled.stream, fingerprint, words =>
          end(words === null ? null : unreachable(words))
        );
        close = () => socket.destroy();
        // Not before: what TLS still has in hand must not be taken from under it.
        socket.once('close', () => setImmediate(() => dialled.close()));
      },
      (error: unknown) => {
        const isSaid = error instanceof PilothouseError;
        end(isSaid ? error : unreachable(error instanceof Error ? error.message : String(error)));
      }
    );
  });
}

/** Calls with what is wrong with who answers, or null; what it calls with later is nothing new. */
function shakeHands(
  stream: Duplex,
  fingerprint: string,
  call: (words: string | null) => void
): TLSSocket {
  // Who answers is judged by the certificate itself, as agents do.
  const socket = connectTls({
    socket: stream,
    rejectUnauthorized: false,
    servername: relayNameOf(fingerprint),
    minVersion: 'TLSv1.3'
  });
  for (const each of [stream, socket]) {
    each.on('error', (error: Error) => call(error.message));
    each.on('close', () => call('the connection was cut before anybody answered'));
  }
  socket.on('secureConnect', () => {
    const said = socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
    call(said === fingerprint ? null : 'it is not this bridge that answers');
  });
  return socket;
}
