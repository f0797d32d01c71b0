import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { share, takeTurn, type ITurn } from '../schedulers/realSite.fixture';

/** One sshd of the testbed (testbed/ssh/faces.py, docs/testbed.md). */
export interface IFace {
  readonly address: string;
  readonly port: number;
  /** `AuthenticationMethods` of sshd_config(5). */
  readonly asks: string;
  /** The face that it is reached from, and from nowhere else. */
  readonly behind: string | null;
  /** `SHA256:…` of each of its keys. */
  readonly fingerprints: readonly string[];
}

/** What `faces.json` of the testbed holds. */
interface IFaces {
  readonly user: string;
  /** All of one person, with other login shells, but for the neighbour. */
  readonly accounts: readonly string[];
  /** Files: a private key without a passphrase, one with, known_hosts of all faces. */
  readonly key: string;
  readonly protectedKey: string;
  readonly knownHosts: string;
  readonly secrets: string;
  /** A krb5.conf(5), where the site has a realm, in which the user has the same password. */
  readonly kerberos: string | null;
  readonly faces: Readonly<Record<string, IFace>>;
}

interface ISecrets {
  readonly password: string;
  readonly totp: string;
  readonly passphrase: string;
}

const VARIABLE = {
  ssh: 'PILOTHOUSE_TESTBED_SSH',
  'ssh-htcondor': 'PILOTHOUSE_TESTBED_SSH_HTCONDOR',
  'ssh-apart': 'PILOTHOUSE_TESTBED_SSH_APART',
  'ssh-kerberos': 'PILOTHOUSE_TESTBED_SSH_KERBEROS'
} as const;

/** A submit host of the testbed, up until `leave`. */
export class TestbedFaces {
  /** For tests that log in and change nothing: beside all others. */
  static async share(site: 'ssh' | 'ssh-htcondor' | 'ssh-kerberos'): Promise<TestbedFaces> {
    return new TestbedFaces(site, await share(site));
  }

  /**
   * For tests that change a face (`ssh-apart`), or use schedulers behind: no
   * other test uses these until `leave`. It may wait for minutes, which is for
   * the limit of `beforeAll`.
   */
  static async take(
    site: keyof typeof VARIABLE,
    ...more: readonly string[]
  ): Promise<TestbedFaces> {
    return new TestbedFaces(site, await takeTurn(site, ...more));
  }

  private constructor(site: keyof typeof VARIABLE, turn: ITurn) {
    this.environment = turn.environment;
    this.leave = () => turn.leave();
    this.all = JSON.parse(readFileSync(turn.environment[VARIABLE[site]], 'utf8')) as IFaces;
    this.secrets = JSON.parse(readFileSync(this.all.secrets, 'utf8')) as ISecrets;
  }

  face(name: string): IFace {
    const names = Object.keys(this.all.faces);
    if (!names.includes(name)) {
      throw new Error(`no face ${name}: there are ${names.join(', ')}`);
    }
    return this.all.faces[name];
  }

  /** What the person's telephone shows now: RFC 6238, 6 digits and 30 seconds. */
  code(atMs = Date.now()): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)));
    const digest = createHmac('sha1', base32(this.secrets.totp)).update(counter).digest();
    const start = digest[digest.length - 1] & 0x0f;
    const number = digest.readUInt32BE(start) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, '0');
  }

  readonly environment: Readonly<Record<string, string>>;
  readonly leave: () => Promise<void>;
  readonly all: IFaces;
  readonly secrets: ISecrets;
}

/** RFC 4648, 6, without padding. */
function base32(text: string): Buffer {
  const bits = text.replace(/./g, char =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')
  );
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)));
}
