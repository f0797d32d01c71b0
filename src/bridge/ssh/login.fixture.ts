import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hop, MachineKey } from '../../protocol';
import { systemClock } from '../clock';
import { PilothouseError } from '../errors';
import type { ILog } from '../tokens';
import type { ISshSurroundings } from './config';
import { ssh2Opener } from './ssh2';
import { SSH_TIMES, type SshTimes } from './times';
import type { ILoginAudience, IPromptRound, ITransport, OpenTransport, SshTarget } from './tokens';

/** Makes a transport's way to open it, from what it reads of this machine. */
export type TransportOpener = (around: () => ISshSurroundings, times?: SshTimes) => OpenTransport;

/** How a test answers: a text for each field, or `cancel`. */
export type Answers = (round: IPromptRound, number: number) => readonly string[] | 'cancel';

/** A person before a login, a home folder of their own, and all that they saw. */
export class Person {
  constructor(private readonly _answers: Answers = () => 'cancel') {}

  readonly home = mkdtempSync(join(tmpdir(), 'ph-home-'));
  readonly rounds: IPromptRound[] = [];
  readonly hops: Hop[] = [];
  readonly keys: MachineKey[] = [];
  readonly trusted: { key: MachineKey; file: string }[] = [];
  readonly banners: string[] = [];
  readonly logged: string[] = [];
  readonly cancel = new AbortController();
  trusts: boolean | 'never answers' = true;
  environment: Record<string, string> = {};
  times: SshTimes = { ...SSH_TIMES };
  ssh: string | null = 'ssh';
  persons = true;
  opener: TransportOpener = ssh2Opener;
  /** In place of answers that are there at once. */
  answering: ((round: IPromptRound) => Promise<readonly string[]>) | null = null;

  /** Lines of the file that the person's ssh would read. */
  config(...lines: string[]): this {
    this._config = lines;
    return this;
  }

  get knownHosts(): string {
    return join(this.home, '.ssh', 'known_hosts');
  }

  knows(lines: string): this {
    mkdirSync(join(this.home, '.ssh'), { recursive: true, mode: 0o700 });
    writeFileSync(this.knownHosts, lines);
    return this;
  }

  async open(target: Partial<SshTarget> & { port: number }): Promise<ITransport> {
    const configFile = join(this.home, '.ssh', 'config');
    mkdirSync(join(this.home, '.ssh'), { recursive: true, mode: 0o700 });
    // OpenSSH takes the home folder of the password file, which is not this one.
    const own = ['Host *', `UserKnownHostsFile ${this.knownHosts}`, 'GlobalKnownHostsFile none'];
    writeFileSync(configFile, [...this._config, ...own].map(line => `${line}\n`).join(''));
    const around: ISshSurroundings = {
      home: this.home,
      user: 'root',
      environment: { PATH: process.env.PATH, ...this.environment },
      ssh: this.ssh,
      configFile
    };
    const log: ILog = {
      info: (event, fields) => void this.logged.push(JSON.stringify({ event, ...fields })),
      warn: (event, fields) => void this.logged.push(JSON.stringify({ event, ...fields })),
      error: (event, error, fields) =>
        void this.logged.push(JSON.stringify({ event, error: String(error), ...fields }))
    };
    const open = this.opener(() => around, this.times);
    mkdirSync(join(this.home, 'run'), { recursive: true, mode: 0o700 });
    const context = {
      ...{ clock: systemClock, log, machine: 'here' },
      folders: { state: join(this.home, 'state'), runtime: join(this.home, 'run') }
    };
    const defaults = { address: '127.0.0.1', user: 'root', transport: 'ssh2' as const };
    return open(
      context,
      { ...defaults, jumpHosts: [], ...target },
      { audience: this._audience, persons: this.persons, signal: this.cancel.signal }
    );
  }

  /** The code and parameters of what a login ends with. */
  async refusal(target: Partial<SshTarget> & { port: number }): Promise<PilothouseError> {
    let transport: ITransport;
    try {
      transport = await this.open(target);
    } catch (error) {
      if (error instanceof PilothouseError) {
        return error;
      }
      throw error;
    }
    transport.dispose();
    throw new Error(`logged in by ${transport.methods.join(', ')}`);
  }

  leave(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  private _config: readonly string[] = [];

  private readonly _audience: ILoginAudience = {
    at: hop => void this.hops.push(hop),
    key: key => void this.keys.push(key),
    banner: text => void this.banners.push(text),
    trust: (key, file) => {
      this.trusted.push({ key, file });
      return this.trusts === 'never answers'
        ? new Promise(() => undefined)
        : Promise.resolve(this.trusts);
    },
    ask: round => {
      this.rounds.push(round);
      if (this.answering !== null) {
        return this.answering(round);
      }
      const answers = this._answers(round, this.rounds.length);
      return answers === 'cancel'
        ? Promise.reject(new Error('cancelled'))
        : Promise.resolve(answers);
    }
  };
}

/** All that a stream of a program gives, as text. */
export async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
  }
  return text;
}
