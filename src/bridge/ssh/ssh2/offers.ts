import {
  BaseAgent,
  OpenSSHAgent,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions
} from 'ssh2';
import type { ISshSettings } from '../config';
import type { IPromptRound } from '../tokens';
import { agentKeys } from './agentKeys';
import { certificateOf, type KeyFile, readKeyFile, unlock } from './keyFile';

/** A key that can be offered to a machine, and what can not. */

/** Tries of a passphrase, as ssh has them (ssh_config(5), NumberOfPasswordPrompts). */
const PASSPHRASE_TRIES = 3;

/** Asks a person; rejects when the login is cancelled. */
export type Ask = (round: IPromptRound) => Promise<readonly string[]>;

/** One key, as ssh2 takes it: it is asked to sign only once the machine has said that it would take it. */
export class OfferedKey extends BaseAgent<ParsedKey> {
  constructor(
    /** For a person: its file, or what the agent calls it. */
    readonly label: string,
    private readonly _public: () => Promise<ParsedKey | null>,
    private readonly _sign: (data: Buffer, hash: SigningRequestOptions['hash']) => Promise<Buffer>
  ) {
    super();
  }

  override getIdentities(call: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    this._public().then(
      key => call(null, key === null ? [] : [key]),
      (error: unknown) => call(asError(error))
    );
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    call?: SignCallback
  ): void {
    const [given, done] = typeof options === 'function' ? [{}, options] : [options, call];
    this._sign(data, given.hash).then(
      signature => done?.(null, signature),
      (error: unknown) => done?.(asError(error))
    );
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

export interface IOffers {
  readonly keys: readonly OfferedKey[];
  /** Whether there are others, for whose passphrase nobody could be asked. */
  readonly locked: boolean;
  /** What there is beside them and ssh2 cannot use, in words. */
  readonly unfit: readonly string[];
}

/**
 * The keys for a machine in ssh's order: those of the agent that are named in
 * the configuration, the agent's others, files that the agent has not.
 */
export async function gatherOffers(
  settings: Pick<ISshSettings, 'identityFiles' | 'identitiesOnly' | 'identityAgent' | 'unfit'>,
  ask: Ask | null
): Promise<IOffers> {
  const unfit = [...settings.unfit];
  const files: KeyFile[] = [];
  for (const path of settings.identityFiles) {
    const file = await readKeyFile(path);
    files.push(file);
    if (file.kind === 'unfit') {
      unfit.push(file.what);
    }
    const certificate = await certificateOf(path);
    if (certificate !== null && !unfit.includes(certificate)) {
      unfit.push(certificate);
    }
  }
  const named = files.map(publicOf).filter(key => key !== null);
  const isNamed = (key: ParsedKey): boolean => named.some(each => sameKey(each, key));

  const agent = await ofAgent(settings.identityAgent, unfit);
  const ofConfig = agent.filter(({ key }) => isNamed(key));
  const others = settings.identitiesOnly ? [] : agent.filter(({ key }) => !isNamed(key));
  const inAgent = (file: KeyFile): boolean => {
    const key = publicOf(file);
    return key !== null && agent.some(each => sameKey(each.key, key));
  };
  const ofFiles = files.filter(file => !inAgent(file)).flatMap(file => offerOf(file, ask));
  return {
    keys: [...[...ofConfig, ...others].map(({ offer }) => offer), ...ofFiles],
    locked: ask === null && files.some(file => file.kind === 'locked' && !inAgent(file)),
    unfit
  };
}

const sameKey = (a: ParsedKey, b: ParsedKey): boolean => a.getPublicSSH().equals(b.getPublicSSH());

function publicOf(file: KeyFile): ParsedKey | null {
  switch (file.kind) {
    case 'open':
      return file.key;
    case 'locked':
    case 'public':
      return file.publicKey;
    case 'missing':
    case 'unfit':
      return null;
  }
}

async function ofAgent(
  socket: string | null,
  unfit: string[]
): Promise<{ key: ParsedKey; offer: OfferedKey }[]> {
  if (socket === null) {
    return [];
  }
  try {
    const { keys, others } = await agentKeys(socket);
    unfit.push(
      ...others.map(({ algorithm, comment }) =>
        algorithm.includes('-cert-')
          ? `the certificate ${comment} of your agent`
          : `the ${algorithm.startsWith('sk-') ? 'security key' : algorithm} ${comment} of your agent`
      )
    );
    return keys.map(({ key, comment }) => ({ key, offer: offerOfAgent(socket, key, comment) }));
  } catch (error) {
    unfit.push(`the agent at ${socket}, which cannot be used (${asError(error).message})`);
    return [];
  }
}

function offerOfAgent(socket: string, key: ParsedKey, comment: string): OfferedKey {
  const agent = new OpenSSHAgent(socket);
  return new OfferedKey(
    comment,
    () => Promise.resolve(key),
    (data, hash) =>
      new Promise((resolve, reject) => {
        refuseSha1(hash);
        agent.sign(key, data, hash === undefined ? {} : { hash }, (error, signature) => {
          if (signature === undefined) {
            reject(error ?? new Error('the agent gave no signature'));
          } else {
            resolve(signature);
          }
        });
      })
  );
}

/** ssh2 falls back on `ssh-rsa` where a machine does not say what it takes. */
function refuseSha1(hash: SigningRequestOptions['hash']): void {
  if (hash === 'sha1') {
    throw new Error('the machine wants a signature by SHA-1, which is not safe');
  }
}

function offerOf(file: KeyFile, ask: Ask | null): OfferedKey[] {
  if (file.kind === 'open') {
    return [offerOfFile(file.path, file.key, () => Promise.resolve(file.key))];
  }
  if (file.kind === 'locked' && ask !== null) {
    let unlocked: Promise<ParsedKey | null> | null = null;
    const open = (): Promise<ParsedKey | null> => (unlocked ??= askPassphrase(file, ask));
    return [offerOfFile(file.path, file.publicKey, open)];
  }
  return [];
}

/** `known`: its public half; null: the file has to be unlocked to know it. */
const offerOfFile = (
  path: string,
  known: ParsedKey | null,
  open: () => Promise<ParsedKey | null>
): OfferedKey =>
  new OfferedKey(
    path,
    () => (known === null ? open() : Promise.resolve(known)),
    async (data, hash) => {
      refuseSha1(hash);
      const key = await open();
      if (key === null) {
        throw new Error(`${path} was not unlocked`);
      }
      const signature = key.sign(data, hash) as Buffer | Error;
      if (signature instanceof Error) {
        throw signature;
      }
      return signature;
    }
  );

/** @returns null after as many wrong ones */
async function askPassphrase(
  file: { readonly path: string; readonly text: string },
  ask: Ask
): Promise<ParsedKey | null> {
  for (let tried = 0; tried < PASSPHRASE_TRIES; tried += 1) {
    const text = `Enter passphrase for key '${file.path}': `;
    const [answer] = await ask({
      method: 'passphrase',
      name: '',
      instructions: '',
      prompts: [{ text, echo: false }],
      again: tried > 0
    });
    const key = unlock(file.text, answer);
    if (key !== null) {
      return key;
    }
  }
  return null;
}
