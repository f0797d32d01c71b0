import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { RELAY_MAC_BYTES, RELAY_NONCE_BYTES, type Profile, type Uplink } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext } from '../../tokens';
import type { IAddress, IDoorOfAgents, IUplink } from '../tokens';
import { KeptRelay, type IOpenRelay } from './kept';
import { parseAddress } from './ports';
import { answerTo, bridgeIdOf, helloOf, type IRelayProof } from './relayHello';

const OPEN_WITHIN_MS = 10_000;
/** `openssl rand -hex 16` makes so many. */
const SHORTEST_SECRET_BYTES = 32;
const ANSWER_BYTES = RELAY_NONCE_BYTES + RELAY_MAC_BYTES;

const RUNS_THERE = 'Check whether a relay runs there.';

interface INamedRelay {
  readonly address: IAddress;
  readonly secretFile: string;
}

/** A relay that runs by itself, on a machine that this one and the pilots can dial. */
export class RelayUplink implements IUplink {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _door: IDoorOfAgents,
    private readonly _fingerprint: () => string,
    private readonly _changed: () => void
  ) {}

  readonly kind = 'relay';

  async addresses({ uplink }: Profile): Promise<readonly IAddress[]> {
    if (!uplink.kinds.includes(this.kind)) {
      return [];
    }
    const named = namedBy(uplink);
    if (named === null) {
      throw parseAddress(uplink.relay ?? '') === null
        ? failed('uplink.relay', 'no relay is named', 'Give its address and port.')
        : failed('uplink.relaySecretFile', 'no file is named', 'Give the file of its secret.');
    }
    await this._relay(uplink, named).wanted();
    return [named.address];
  }

  known({ uplink }: Profile): readonly IAddress[] {
    const named = namedBy(uplink);
    return named === null || !uplink.kinds.includes(this.kind) ? [] : [named.address];
  }

  view({ uplink }: Profile): Uplink | null {
    const named = namedBy(uplink);
    const condition = uplink.kinds.includes(this.kind)
      ? this._relays.get(keyOf(uplink))?.condition
      : null;
    if (named === null || condition === null || condition === undefined) {
      return null;
    }
    return { kind: this.kind, machine: named.address.host, port: named.address.port, ...condition };
  }

  keep(profiles: readonly Profile[]): void {
    const wanted = new Set<string>();
    for (const { uplink } of profiles) {
      const named = namedBy(uplink);
      if (uplink.kinds.includes(this.kind) && named !== null) {
        wanted.add(keyOf(uplink));
        this._relay(uplink, named).keepOpen();
      }
    }
    for (const [key, relay] of this._relays) {
      if (!wanted.has(key)) {
        this._relays.delete(key);
        relay.dispose();
        this._changed();
      }
    }
  }

  dispose(): void {
    this.keep([]);
  }

  /** One for all profiles that name the same. */
  private _relay(uplink: Profile['uplink'], { address, secretFile }: INamedRelay): KeptRelay {
    const key = keyOf(uplink);
    const known = this._relays.get(key);
    if (known !== undefined) {
      return known;
    }
    const name = uplink.relay ?? '';
    const made = new KeptRelay(this._context, this._door, {
      name,
      open: () => this._open(address, secretFile),
      lost: words => failed('uplink.relay', `${name}: ${words}`, RUNS_THERE, true),
      changed: this._changed
    });
    this._relays.set(key, made);
    return made;
  }

  /** @throws PilothouseError uplink_failed */
  private async _open(address: IAddress, secretFile: string): Promise<IOpenRelay> {
    const proof: IRelayProof = {
      secret: readSecret(secretFile, this._context.machine),
      bridge: bridgeIdOf(this._fingerprint()),
      nonce: randomBytes(RELAY_NONCE_BYTES)
    };
    const socket = connect({ ...address, noDelay: true, keepAlive: true });
    try {
      const first = await this._prove(socket, proof, address);
      return { input: socket, output: socket, close: () => socket.destroy(), first };
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  private _prove(socket: Socket, proof: IRelayProof, address: IAddress): Promise<Buffer> {
    const where = `${address.host}:${address.port}`;
    return new Promise((resolve, reject) => {
      let said = Buffer.alloc(0);
      const end = (settle: () => void): void => {
        limit.dispose();
        socket.off('data', read);
        socket.off('close', closed);
        settle();
      };
      const fail = (field: string, problem: string, words: string, passing = false): void => {
        end(() => {
          reject(failed(field, problem, words, passing));
        });
      };
      const read = (bytes: Buffer): void => {
        said = Buffer.concat([said, bytes]);
        if (said.length < ANSWER_BYTES) {
          return;
        }
        const answer = answerTo(proof, said.subarray(0, ANSWER_BYTES));
        if (answer === null) {
          fail(
            'uplink.relay',
            `${where} is no relay that knows the secret`,
            'Check address and secret.'
          );
          return;
        }
        socket.write(answer);
        socket.pause();
        end(() => {
          resolve(said.subarray(ANSWER_BYTES));
        });
      };
      const closed = (): void => {
        fail(
          'uplink.relaySecretFile',
          `${where} closes the connection without a word`,
          'That is what a relay does to those who do not know its secret: give the file of the same.'
        );
      };
      const limit = this._context.clock.after(OPEN_WITHIN_MS, () => {
        fail('uplink.relay', `${where} does not answer`, RUNS_THERE, true);
      });
      socket.on('error', error => {
        fail('uplink.relay', `${where}: ${error.message}`, RUNS_THERE, true);
      });
      socket.on('close', closed);
      socket.on('data', read);
      socket.on('connect', () => socket.write(helloOf(proof)));
    });
  }

  private readonly _relays = new Map<string, KeptRelay>();
}

const keyOf = ({ relay = '', relaySecretFile = '' }: Profile['uplink']): string =>
  `${relay}|${relaySecretFile}`;

/** The relay that a profile names; null: it does not, or not wholly. */
function namedBy({ relay = '', relaySecretFile }: Profile['uplink']): INamedRelay | null {
  const address = parseAddress(relay);
  return address === null || relaySecretFile === undefined
    ? null
    : { address, secretFile: relaySecretFile };
}

const failed = (field: string, problem: string, words: string, passing = false): PilothouseError =>
  new PilothouseError({
    code: 'uplink_failed',
    params: { kind: 'relay', field, problem, passing },
    words
  });

/** @throws PilothouseError uplink_failed */
function readSecret(file: string, machine: string): Buffer {
  const field = 'uplink.relaySecretFile';
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw failed(field, `${file} can be read by others`, `Run: chmod 600 ${file}`);
    }
    const secret = Buffer.from(readFileSync(file, 'utf8').trim(), 'utf8');
    if (secret.length < SHORTEST_SECRET_BYTES) {
      throw failed(
        field,
        `${file} holds fewer than ${SHORTEST_SECRET_BYTES} characters`,
        'Run: openssl rand -hex 32'
      );
    }
    return secret;
  } catch (error) {
    if (error instanceof PilothouseError) {
      throw error;
    }
    const { message } = error as Error;
    throw failed(field, `${machine}: ${message}`, 'Give the file of this machine with the secret.');
  }
}
