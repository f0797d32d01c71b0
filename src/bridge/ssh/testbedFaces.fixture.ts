import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { takeTurn } from '../schedulers/realSite.fixture';

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
  readonly faces: Readonly<Record<string, IFace>>;
}

interface ISecrets {
  readonly password: string;
  readonly totp: string;
  readonly passphrase: string;
}

const VARIABLE = {
  ssh: 'PILOTHOUSE_TESTBED_SSH',
  'ssh-htcondor': 'PILOTHOUSE_TESTBED_SSH_HTCONDOR'
} as const;

/** A submit host of the testbed, for one file of tests; nobody else's tests use it until `leave`. */
export class TestbedFaces {
  /** More sites can be had in the same turn: the schedulers behind. */
  static async take(
    site: keyof typeof VARIABLE,
    ...more: readonly string[]
  ): Promise<TestbedFaces> {
    const turn = await takeTurn(site, ...more);
    const text = readFileSync(turn.environment[VARIABLE[site]], 'utf8');
    return new TestbedFaces(JSON.parse(text) as IFaces, turn.environment, () => turn.leave());
  }

  private constructor(
    readonly all: IFaces,
    readonly environment: Readonly<Record<string, string>>,
    /** Gives the turn back. */
    readonly leave: () => Promise<void>
  ) {
    this.secrets = JSON.parse(readFileSync(all.secrets, 'utf8')) as ISecrets;
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

  readonly secrets: ISecrets;
}

/** RFC 4648, 6, without padding. */
function base32(text: string): Buffer {
  const bits = text.replace(/./g, char =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')
  );
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)));
}
