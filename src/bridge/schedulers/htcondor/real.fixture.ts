import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Profile, type PilotId, type WrittenProfile } from '../../../protocol';
import { LocalHost } from '../../hosts/local';
import type { ICommand, ICommandResult, IHost, IHostFile } from '../../hosts/tokens';
import { reachBySsh, type IReached } from '../overSsh.fixture';
import { RealSite, ROOT, takeTurn, type ITurn } from '../realSite.fixture';
import type { ISubmission } from '../tokens';
import { createScheduler } from '.';

export { pilots, poll, testbed } from '../realSite.fixture';

/** The person of the testbed's sites (testbed/user.py): HTCondor takes no jobs of root's. */
const TESTER = 5901;
const TESTERS = {
  HOME: '/home/pilothouse-tester',
  USER: 'pilothouse-tester',
  LANG: 'C.UTF-8'
};
const AS_TESTER = [
  ...['setpriv', '--reuid', String(TESTER), '--regid', String(TESTER), '--init-groups', '--']
];
/** What is put before the site's own commands on the PATH: a test's, to play broken ones. */
const path = (before: string | null): string =>
  [...(before === null ? [] : [before]), '/srv/pilothouse-testbed/bin', '/usr/bin', '/bin'].join(
    ':'
  );

/** A submit host that the tester is logged in to: this machine, or the same by SSH. */
class TestersHost implements IHost {
  /** `_own`: a folder that the tester can enter, too; the home folder of who truly logs in is none. */
  constructor(
    private readonly _host: IHost,
    private readonly _own: string
  ) {
    this.name = _host.name;
    this.isThisMachine = _host.isThisMachine;
  }

  readonly name: string;
  readonly isThisMachine: boolean;
  /** How often each program was run. */
  readonly calls: string[] = [];
  before: string | null = null;
  /** No command may take longer; null: as long as it is given. */
  timeoutMs: number | null = null;

  get connected(): boolean {
    return this._host.connected;
  }

  onConnection: IHost['onConnection'] = call => this._host.onConnection(call);

  run(command: ICommand): Promise<ICommandResult> {
    this.calls.push(command.argv[0]);
    const settings = Object.entries({ ...TESTERS, PATH: path(this.before) });
    const environment = settings.map(([name, value]) => `${name}=${value}`);
    const argv = [...AS_TESTER, 'env', '-i', ...environment, ...command.argv];
    const timeoutMs = this.timeoutMs ?? command.timeoutMs;
    return this._host.run({ folder: this._own, ...command, argv, timeoutMs });
  }

  async folder(wanted: string | undefined): Promise<string> {
    const made = await this._host.folder(wanted ?? join(this._own, 'site'));
    give(made);
    return made;
  }

  async putFolder(folder: string, files: readonly IHostFile[]): Promise<void> {
    await this._host.putFolder(folder, files);
    give(folder);
  }

  putFile: IHost['putFile'] = (local, there) => this._host.putFile(local, there);
  read: IHost['read'] = (file, offset, bytes) => this._host.read(file, offset, bytes);
  sizes: IHost['sizes'] = paths => this._host.sizes(paths);
  list: IHost['list'] = folder => this._host.list(folder);
  remove: IHost['remove'] = paths => this._host.remove(paths);

  dispose(): void {
    this._host.dispose();
  }
}

const give = (folder: string): void => {
  execFileSync('chown', ['-R', `${TESTER}:${TESTER}`, folder]);
};

/** Gives the site's configuration other values; none: the usual ones. */
export const configure = (settings: Readonly<Record<string, string>>): void => {
  const code = `import json, sys
from testbed.htcondor.pool import HTCondor
HTCondor().configure(json.loads(sys.argv[1]))`;
  execFileSync('/usr/bin/python3', ['-c', code, JSON.stringify(settings)], { cwd: ROOT });
};

/** Runs a tool of HTCondor's as the tester, behind the adapter's back. */
export const tool = (...argv: readonly string[]): string =>
  execFileSync(AS_TESTER[0], [...AS_TESTER.slice(1), ...argv], {
    encoding: 'utf8',
    env: { ...TESTERS, PATH: path(null) },
    stdio: 'pipe'
  });

/** HTCondor's adapter at the testbed's real HTCondor. */
export class RealHTCondor extends RealSite {
  /** Waits until no other test uses the site. */
  static async make(way: 'here' | 'by SSH' = 'here'): Promise<RealHTCondor> {
    const made = new RealHTCondor(await takeTurn('htcondor'));
    if (way === 'by SSH') {
      made._reached = await reachBySsh(made.context, {});
      made.host = new TestersHost(made._reached.host, made.folder);
    }
    made.open();
    return made;
  }

  private constructor(private readonly _turn: ITurn) {
    super('htcondor', createScheduler);
    give(this.folder);
    this.host = new TestersHost(new LocalHost(this.context), this.folder);
  }

  profile(written: Partial<WrittenProfile> = {}): Profile {
    const { scheduler, ...more } = written;
    return Profile.parse({
      name: 'site',
      pilot: { memoryMiB: 100, diskMiB: 50, walltime: '10' },
      scheduler: {
        polling: { floorSeconds: 1, everySeconds: 1, ceilingSeconds: 4 },
        ...scheduler,
        kind: 'htcondor'
      },
      ...more
    });
  }

  override submission(profile: Profile, count: number): ISubmission {
    const submission = super.submission(profile, count);
    give(submission.folder);
    return submission;
  }

  /** Plays a command of HTCondor's that is broken: a shell script in its place, in which "$real" is the real one. */
  breakCommand(name: string, script: string): void {
    const folder = join(this.folder, 'broken');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, name);
    const text = `#!/bin/sh\nreal=/srv/pilothouse-testbed/bin/${name}\n${script}\n`;
    writeFileSync(file, text, { mode: 0o755 });
    this.host.before = folder;
  }

  mendCommands(): void {
    this.host.before = null;
    this.host.timeoutMs = null;
  }

  /** How often a program was run since this was asked last. */
  callsOf(name: string): number {
    const count = this.host.calls.filter(program => program === name).length;
    this.host.calls.splice(0);
    return count;
  }

  /** Whether jobs of these pilots are all in a state. */
  all(which: readonly PilotId[], state: string): boolean {
    return which.every(pilot => this.last(pilot)?.state === state);
  }

  override async close(): Promise<void> {
    try {
      await super.close();
    } finally {
      await this._reached?.leave();
      await this._turn.leave();
    }
  }

  host: TestersHost;
  private _reached: IReached | null = null;
}
