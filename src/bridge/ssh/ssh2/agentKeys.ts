import { connect } from 'node:net';
import { type ParsedKey, utils } from 'ssh2';
import { keyAlgorithm } from '../knownHosts';

/** The keys of an ssh-agent (draft-miller-ssh-agent, 4.4). */
export interface IAgentKeys {
  readonly keys: readonly { readonly key: ParsedKey; readonly comment: string }[];
  /** Those that ssh2 cannot use, by what they are: `ecdsa-sk` keys, certificates. */
  readonly others: readonly { readonly algorithm: string; readonly comment: string }[];
}

const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);
const IDENTITIES_ANSWER = 12;
const MOST_BYTES = 256 * 1024;
const ANSWERS_WITHIN_MS = 5000;

/**
 * @throws Error where nobody answers at this socket, or not as an agent does
 */
export async function agentKeys(socket: string): Promise<IAgentKeys> {
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const connection = connect(socket, () => connection.write(REQUEST_IDENTITIES));
    const end = (settle: () => void): void => {
      connection.destroy();
      settle();
    };
    connection.setTimeout(ANSWERS_WITHIN_MS, () =>
      end(() => reject(new Error('it does not answer')))
    );
    connection.on('error', error => end(() => reject(error)));
    connection.on('close', () => reject(new Error('it closed the connection')));
    connection.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const got = Buffer.concat(chunks);
      if (got.length >= 4 && got.length >= 4 + got.readUInt32BE(0)) {
        end(() => resolve(got.subarray(4, 4 + got.readUInt32BE(0))));
      } else if (got.length > MOST_BYTES) {
        end(() => reject(new Error('its answer has no end')));
      }
    });
  });
  return parseIdentities(answer);
}

/** @throws Error for what is no such answer */
export function parseIdentities(answer: Buffer): IAgentKeys {
  if (answer.length < 5 || answer[0] !== IDENTITIES_ANSWER) {
    throw new Error('its answer is no list of keys');
  }
  const keys: { key: ParsedKey; comment: string }[] = [];
  const others: { algorithm: string; comment: string }[] = [];
  let at = 5;
  const next = (): Buffer => {
    const length = at + 4 <= answer.length ? answer.readUInt32BE(at) : answer.length;
    if (at + 4 + length > answer.length) {
      throw new Error('its list of keys is cut');
    }
    at += 4 + length;
    return answer.subarray(at - length, at);
  };
  for (let count = answer.readUInt32BE(1); count > 0; count -= 1) {
    const [blob, comment] = [next(), next().toString()];
    const key = utils.parseKey(blob);
    if (key instanceof Error) {
      others.push({ algorithm: keyAlgorithm(blob) ?? 'unknown', comment });
    } else {
      keys.push({ key: [key].flat()[0], comment });
    }
  }
  return { keys, others };
}
