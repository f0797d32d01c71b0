import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PilotId, Profile, textOf, TIMES, type WrittenProfile } from '../../../protocol';
import { systemClock } from '../../clock';
import { Hosts } from '../../hosts';
import type { IHost } from '../../hosts/tokens';
import type { IBridgeContext } from '../../tokens';
import type { IJob, IScheduler, ISubmission, ITrouble, JobReport } from '../tokens';
import { createScheduler } from '.';

const ROOT = join(__dirname, '../../../..');
const PYTHON = '/usr/bin/python3';
/** What stands for the agent: says how it was started, and does what worker_init told it. */
const AGENT = `import os, sys, time
print("agent of", sys.argv[1], flush=True)
open(os.path.join(sys.argv[1], "environment"), "w").write(repr(dict(os.environ)))
if os.environ.get("LIVES"):
    while True:
        time.sleep(1)
sys.exit(int(os.environ.get("CODE", "0")))
`;

export const testbed = (...words: string[]): string =>
  execFileSync(PYTHON, ['-m', 'testbed', ...words], { cwd: ROOT, encoding: 'utf8' });

/** Runs a tool of the site as its administrator. */
export const tool = (...argv: [string, ...string[]]): string =>
  execFileSync(argv[0], argv.slice(1), { encoding: 'utf8', env: process.env, stdio: 'pipe' });

export function pilots(count: number): PilotId[] {
  return Array.from({ length: count }, (_, n) => PilotId.parse(`p${n}`));
}

async function poll(what: string, is: () => boolean, limitMs = 100_000): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!is()) {
    if (Date.now() > endMs) {
      throw new Error(`never: ${what}`);
    }
    await new Promise(resolve => {
      setTimeout(resolve, 200);
    });
  }
}

/** Slurm's adapter at a real Slurm of the testbed, with this machine as its submit host. */
export class RealSlurm {
  constructor(site: 'slurm' | 'slurm-accounting') {
    testbed('up', site);
    const conf = /SLURM_CONF=(\S+)/.exec(testbed('env', site));
    process.env.SLURM_CONF = conf?.[1];
    // Jobs of the site's nodes, which run as root here, read it.
    this.folder = mkdtempSync(join(tmpdir(), 'ph-slurm-'));
    writeFileSync(join(this.folder, 'agent.py'), AGENT);
    this.context = {
      clock: systemClock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      times: TIMES,
      changes: { put: () => undefined, late: () => undefined },
      folders: { state: this.folder, runtime: this.folder },
      machine: 'here',
      agentFile: '',
      python: ''
    };
    this.host = new Hosts(this.context).get({
      submitHost: { jumpHosts: [], transport: 'ssh2' }
    });
    this.open();
  }

  /** As another bridge would. */
  open(): void {
    this.scheduler = createScheduler(this.context, this.host);
    this.scheduler.onReport((pilot, report) => {
      this.reports.set(pilot, [...(this.reports.get(pilot) ?? []), report]);
    });
    this.scheduler.onTrouble(trouble => this.troubles.push(trouble));
  }

  profile(written: Partial<WrittenProfile> = {}): Profile {
    const { scheduler, ...more } = written;
    return Profile.parse({
      name: 'site',
      pilot: { memoryMiB: 100, walltime: '10' },
      scheduler: {
        polling: { floorSeconds: 1, everySeconds: 1, ceilingSeconds: 4 },
        ...scheduler,
        kind: 'slurm'
      },
      ...more
    });
  }

  submission(profile: Profile, count: number): ISubmission {
    this._number += 1;
    const id = `${process.pid}x${this._number}`;
    const folder = join(this.folder, id);
    const [script] = this.scheduler.plan(profile, count, {
      agent: 'agent.py',
      python: PYTHON,
      minor: '3.11',
      runtime: null
    }).files;
    for (let n = 0; n < count; n += 1) {
      mkdirSync(join(folder, String(n)), { recursive: true, mode: 0o700 });
    }
    writeFileSync(join(folder, script.path), textOf(script), { mode: 0o700 });
    return { id, profile, folder, pilots: pilots(count) };
  }

  /** Submits and tracks. */
  async submit(
    profile: Profile,
    count: number
  ): Promise<ISubmission & { jobs: Map<PilotId, IJob> }> {
    const submission = this.submission(profile, count);
    const { jobs } = await this.scheduler.submit(submission);
    this.reports.clear();
    for (const [pilot, { job }] of jobs) {
      this.scheduler.track(pilot, job, profile);
    }
    this.known.push(...jobs.values());
    return { ...submission, jobs: new Map(jobs) };
  }

  last(pilot: string): JobReport | undefined {
    return this.reports.get(PilotId.parse(pilot))?.at(-1);
  }

  /** Asks until something is so. */
  async until(what: string, is: () => boolean, limitMs = 60_000): Promise<void> {
    const endMs = Date.now() + limitMs;
    while (!is()) {
      if (Date.now() > endMs) {
        throw new Error(
          `never: ${what}; ${JSON.stringify([...this.reports].slice(0, 3).map(([pilot, all]) => [pilot, all.slice(-2)]))}`
        );
      }
      await Promise.race([
        this.scheduler.ask(),
        new Promise(resolve => {
          setTimeout(resolve, 1000);
        })
      ]);
    }
  }

  async untilWritten(path: string, what: RegExp): Promise<void> {
    await poll(path, () => existsSync(path) && what.test(readFileSync(path, 'utf8')));
  }

  /** Until squeue has nothing of a job; its site forgets within seconds (slurm.conf(5), MinJobAge). */
  async untilForgotten(id: string): Promise<void> {
    const [array] = id.split('_');
    await poll(`${id} is forgotten`, () => {
      const shown = tool('squeue', '-h', '-r', '-t', 'all', '-j', `${array},${array}`, '-o', '%i');
      return !shown.split('\n').includes(id);
    });
  }

  async close(): Promise<void> {
    await this.scheduler.remove(
      new Map(this.known.map(({ job }, n) => [PilotId.parse(`k${n}`), job]))
    );
    this.scheduler.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  readonly folder: string;
  readonly context: IBridgeContext;
  readonly host: IHost;
  scheduler!: IScheduler;
  readonly reports = new Map<PilotId, JobReport[]>();
  readonly troubles: (ITrouble | null)[] = [];
  readonly known: IJob[] = [];
  private _number = 0;
}
