import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { IPlace } from './server';
import { takeTurn } from './testbed';
import { Wire } from './wire';

/** `faces.json` of the testbed (docs/testbed.md): real sshds, each on a port of its own. */
interface IAll {
  readonly user: string;
  readonly knownHosts: string;
  readonly secrets: string;
  readonly faces: Readonly<
    Record<
      string,
      {
        readonly address: string;
        readonly port: number;
        readonly fingerprints: readonly string[];
        /** The face that it is reached from, and from nowhere else. */
        readonly behind: string | null;
      }
    >
  >;
}

interface ISecrets {
  readonly password: string;
  readonly totp: string;
}

/** The name by which a face is known to the person's `~/.ssh/config`. */
const nameOf = (face: string): string => `${face}.testbed.invalid`;

/** A person with a home folder whose SSH knows the faces of the testbed. */
export class Person {
  static async arrive(): Promise<Person> {
    const turn = await takeTurn('use', 'ssh');
    const file = turn.environment.PILOTHOUSE_TESTBED_SSH;
    const all = JSON.parse(readFileSync(file, 'utf8')) as IAll;
    const { totp } = all.faces;
    return new Person(all, await Wire.to(totp.address, totp.port), turn.leave);
  }

  private constructor(
    all: IAll,
    /** The way to the face `wire`, which is `totp`, and can be cut. */
    readonly wire: Wire,
    private readonly _leave: () => Promise<void>
  ) {
    const { totp } = all.faces;
    this._all = { ...all, faces: { ...all.faces, wire: { ...totp, port: wire.port } } };
    this._secrets = JSON.parse(readFileSync(this._all.secrets, 'utf8')) as ISecrets;
    const ssh = path.join(this._home, '.ssh');
    const bin = path.join(this._home, 'bin');
    [ssh, bin].forEach(folder => mkdirSync(folder, { mode: 0o700 }));
    this.knownHosts = path.join(ssh, 'known_hosts');
    const known = readFileSync(this._all.knownHosts, 'utf8');
    const wired = this.keyLine('totp').replace(`]:${totp.port} `, `]:${wire.port} `);
    writeFileSync(this.knownHosts, `${known.trimEnd()}\n${wired}\n`, { mode: 0o600 });
    const hosts = Object.entries(this._all.faces).map(
      ([face, { address, port }]) => `Host ${nameOf(face)}\n  HostName ${address}\n  Port ${port}\n`
    );
    const others = `Host *\n  UserKnownHostsFile ${this.knownHosts}\n`;
    const config = path.join(ssh, 'config');
    writeFileSync(config, [...hosts, others, '  IdentityFile none\n'].join(''));
    // ssh(1) goes by the home folder of passwd(5), whatever $HOME says.
    const asked = `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`;
    writeFileSync(path.join(bin, 'ssh'), asked, { mode: 0o700 });
    this.variables = {
      HOME: this._home,
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      SSH_AUTH_SOCK: ''
    };
  }

  get password(): string {
    return this._secrets.password;
  }

  /** What the telephone shows now: RFC 6238, 6 digits and 30 seconds. */
  get code(): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
    const digest = createHmac('sha1', base32(this._secrets.totp)).update(counter).digest();
    const number = digest.readUInt32BE(digest[digest.length - 1] & 0x0f) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, '0');
  }

  get user(): string {
    return this._all.user;
  }

  fingerprint(face: string): string {
    return this._all.faces[face].fingerprints[0];
  }

  port(face: string): number {
    return this._all.faces[face].port;
  }

  /** A line of known_hosts by which a face is known. */
  keyLine(face: string): string {
    const lines = readFileSync(this._all.knownHosts, 'utf8').split('\n');
    const line = lines.find(one => one.includes(`]:${this.port(face)} `));
    if (line === undefined) {
      throw new Error(`known_hosts of the testbed has no ${face}`);
    }
    return line;
  }

  /** The profile of a place whose submit host a face is. */
  profile(face: string, title: string): IPlace {
    const { behind } = this._all.faces[face];
    const jumpHosts = behind === null ? [] : [`${this._all.user}@${nameOf(behind)}`];
    return {
      name: face,
      title,
      submitHost: { address: nameOf(face), user: this._all.user, jumpHosts },
      scheduler: { kind: 'slurm' }
    };
  }

  /** Changes the lines of known_hosts that are a face's; null: there is none. */
  know(face: string, change: (line: string) => string | null): void {
    const { port } = this._all.faces[face];
    const lines = readFileSync(this.knownHosts, 'utf8').split('\n');
    const changed = lines.map(line => (line.includes(`]:${port}`) ? change(line) : line));
    writeFileSync(this.knownHosts, changed.filter(line => line !== null).join('\n'));
  }

  async leave(): Promise<void> {
    await this.wire.close();
    rmSync(this._home, { recursive: true, force: true, maxRetries: 5 });
    await this._leave();
  }

  /** For the environment of a server. */
  readonly variables: Readonly<Record<string, string>>;
  readonly knownHosts: string;
  private readonly _all: IAll;
  private readonly _secrets: ISecrets;
  private readonly _home = mkdtempSync('/tmp/ph-home-');
}

/** RFC 4648, 6, without padding. */
function base32(text: string): Buffer {
  const bits = text.replace(/./g, char =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')
  );
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)));
}
