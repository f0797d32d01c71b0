import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sharesFiles, type Profile } from '../../protocol';
import { minorOf, versionsOf, type IRuntimeArchive, type IRuntimes } from '../environments';
import { PilothouseError } from '../errors';
import type { IHost } from '../hosts';
import type { IPilotMakings } from '../schedulers';
import type { IBridgeContext } from '../tokens';

/** A question to a submit host about itself. */
const PROBE_MS = 20_000;
const HASH_CHARS = 16;

/** What pilots are given, and where it comes from. */
export interface IMade {
  readonly makings: IPilotMakings;
  /** Files of this machine that belong into the site's folder under these names. */
  readonly files: readonly { readonly local: string; readonly name: string }[];
  /** What the pilots are made for: see `madeFor`. */
  readonly key: string;
}

/** The kernel that pilots are made for. */
export interface INeed {
  readonly key: string;
  /** The Python whose packages are given. */
  readonly executable: string;
}

/** Makes what pilots need to serve a kernel, once for each submit host. */
export class Makings {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _runtimes: IRuntimes
  ) {}

  /** @throws PilothouseError runtime_failed, runtime_unfit, those of the host */
  async make(profile: Profile, host: IHost, need: INeed): Promise<IMade> {
    const agent = this._agent();
    const python = profile.environment.python ?? null;
    if (sharesFiles(profile)) {
      const makings = { agent: agent.name, python: python ?? need.executable, minor: '' };
      return { makings: { ...makings, runtime: null }, files: [agent], key: need.key };
    }
    const archive = await this._archive(profile, host, need);
    if (profile.scheduler.kind !== 'htcondor' && host.connected) {
      // HTCondor's machines are not like its submit host; there the script looks.
      await this._checkFit(host, archive);
    }
    const { hash, name, minor, parsl } = archive;
    return {
      makings: { agent: agent.name, python, minor, runtime: { name, hash } },
      files: [agent, { local: archive.path, name }],
      key: versionsOf({ python: minor, parsl })
    };
  }

  /** Brings them to the site's folder, where they are not yet. */
  async send(host: IHost, folder: string, made: IMade): Promise<void> {
    for (const { local, name } of made.files) {
      const { sent } = await host.putFile(local, join(folder, name));
      if (sent) {
        this._context.log.info('site.sent', { host: host.name, file: name });
      }
    }
  }

  private async _archive(profile: Profile, host: IHost, need: INeed): Promise<IRuntimeArchive> {
    if (profile.environment.python !== undefined) {
      return this._runtimes.archive(need.executable, false);
    }
    if (profile.scheduler.kind === 'htcondor') {
      return this._runtimes.archive(need.executable, true);
    }
    const [minor] = need.key.split(' ');
    if (/^\d+\.\d+$/.test(minor)) {
      return this._runtimes.archive(need.executable, !(await this._hasPython(host, minor)));
    }
    const bare = await this._runtimes.archive(need.executable, false);
    return (await this._hasPython(host, bare.minor))
      ? bare
      : this._runtimes.archive(need.executable, true);
  }

  /**
   * Whether a login there finds a Python of this minor version; asked once. A
   * preview must do without a login: it takes it to be there.
   */
  private async _hasPython(host: IHost, minor: string): Promise<boolean> {
    if (!host.connected) {
      return true;
    }
    const said = await this._ask(host, [`python${minor}`, '--version']);
    return said !== null && minorOf(said.replace(/^Python /, '')) === minor;
  }

  /** @throws PilothouseError runtime_unfit */
  private async _checkFit(host: IHost, archive: IRuntimeArchive): Promise<void> {
    const unfit = (what: string, needed: string, found: string): PilothouseError =>
      new PilothouseError({
        code: 'runtime_unfit',
        params: { what, needed, found },
        machine: host.name,
        words: `The kernel's Parsl needs ${what} ${needed}, ${host.name} has ${found}.`
      });
    const architecture = await this._ask(host, ['uname', '-m']);
    if (architecture !== null && architecture !== archive.architecture) {
      throw unfit('architecture', archive.architecture, architecture);
    }
    const glibc = (await this._ask(host, ['getconf', 'GNU_LIBC_VERSION']))?.split(' ').at(-1);
    if (archive.glibc !== null && glibc !== undefined && isOlder(glibc, archive.glibc)) {
      throw unfit('glibc', archive.glibc, glibc);
    }
  }

  /** What a host says of itself does not change: asked once; null: it cannot say. */
  private async _ask(host: IHost, argv: readonly string[]): Promise<string | null> {
    const key = `${host.name} ${argv.join(' ')}`;
    const known = this._answers.get(key);
    if (known !== undefined) {
      return known;
    }
    let answer: string | null;
    try {
      const { exitCode, stdout } = await host.run({ argv, timeoutMs: PROBE_MS });
      answer = exitCode === 0 ? stdout.trim() : null;
    } catch (error) {
      if (!(error instanceof PilothouseError) || error.code !== 'command_missing') {
        throw error;
      }
      answer = null;
    }
    this._answers.set(key, answer);
    return answer;
  }

  /** The agent's archive under a name that tells its content. */
  private _agent(): { local: string; name: string } {
    this._agentName ??= agentName(this._context.agentFile);
    return { local: this._context.agentFile, name: this._agentName };
  }

  private readonly _answers = new Map<string, string | null>();
  private _agentName: string | null = null;
}

function agentName(file: string): string {
  const given = basename(file);
  if (/^agent-[0-9a-f]{8,64}\.pyz$/.test(given)) {
    return given;
  }
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  return `agent-${hash.slice(0, HASH_CHARS)}.pyz`;
}

/** Whether version `one` (`2.28`) is older than `other`. */
export function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map(version => version.split('.').map(Number));
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) {
      return difference < 0;
    }
  }
  return false;
}
