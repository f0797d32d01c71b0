import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Profile, type PilotId, type WrittenProfile } from '../../../protocol';
import { LocalHost } from '../../hosts/local';
import { runHere } from '../../hosts/local/run';
import type { ICommand, ICommandResult, IHostFile } from '../../hosts/tokens';
import { RealSite, testbed } from '../realSite.fixture';
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
/** One test at a time uses the sites, of whatever session (testbed/alone.py). */
const TURN = '/var/cache/pilothouse-testbed/lock-of-tests';

/** What is put before the site's own commands on the PATH: a test's, to play broken ones. */
const path = (before: string | null): string =>
  [...(before === null ? [] : [before]), '/srv/pilothouse-testbed/bin', '/usr/bin', '/bin'].join(
    ':'
  );

/** This machine as a submit host that the tester is logged in to. */
class TestersHost extends LocalHost {
  /** How often each program was run. */
  readonly calls: string[] = [];
  before: string | null = null;

  override run(command: ICommand): Promise<ICommandResult> {
    this.calls.push(command.argv[0]);
    const argv = [...AS_TESTER, ...command.argv];
    return runHere({ ...command, argv }, this.name, { ...TESTERS, PATH: path(this.before) });
  }

  override async putFolder(folder: string, files: readonly IHostFile[]): Promise<void> {
    await super.putFolder(folder, files);
    give(folder);
  }
}

const give = (folder: string): void => {
  execFileSync('chown', ['-R', `${TESTER}:${TESTER}`, folder]);
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
  static async make(): Promise<RealHTCondor> {
    testbed('up', 'htcondor');
    const turn = spawn('flock', [TURN, 'sh', '-c', 'echo mine; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit']
    });
    await once(turn.stdout, 'data');
    return new RealHTCondor(() => {
      turn.stdin.end();
    });
  }

  private constructor(private readonly _leave: () => void) {
    super('htcondor', createScheduler);
    this.host = new TestersHost(this.context);
    give(this.folder);
    this.open();
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

  /** Whether jobs of these pilots are all in a state. */
  all(which: readonly PilotId[], state: string): boolean {
    return which.every(pilot => this.last(pilot)?.state === state);
  }

  override async close(): Promise<void> {
    try {
      await super.close();
    } finally {
      this._leave();
    }
  }

  readonly host: TestersHost;
}
