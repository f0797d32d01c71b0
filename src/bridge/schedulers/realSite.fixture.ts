import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PilotId, textOf, TIMES, type Profile } from '../../protocol';
import { systemClock } from '../clock';
import type { IHost } from '../hosts/tokens';
import type { IBridgeContext } from '../tokens';
import type { CreateScheduler, IJob, IScheduler, ISubmission, ITrouble, JobReport } from './tokens';

/** The checkout. */
export const ROOT = join(__dirname, '../../..');
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

/** A site of the testbed for one file of tests: nobody else's tests use it until `leave`. */
export interface ITurn {
  /** What a user of the site has in the environment. */
  readonly environment: Readonly<Record<string, string>>;
  leave(): Promise<void>;
}

/** Waits until no other test uses any site, and until these are up. */
export function takeTurn(...names: readonly string[]): Promise<ITurn> {
  return untilUp('test', names);
}

/** Waits only until sites are up that many tests use at the same time. */
export function share(...names: readonly string[]): Promise<ITurn> {
  return untilUp('use', names);
}

async function untilUp(how: 'test' | 'use', names: readonly string[]): Promise<ITurn> {
  const turn = spawn(PYTHON, ['-m', 'testbed', how, ...names], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit']
  });
  const ended = once(turn, 'exit');
  const environment: Record<string, string> = {};
  for await (const line of createInterface(turn.stdout)) {
    const variable = /^export (\w+)=(.*)$/.exec(line);
    if (variable === null) {
      // A runner whose tests failed before they could leave ends all the same, and the turn with it.
      turn.unref();
      for (const stream of [turn.stdin, turn.stdout]) {
        (stream as Socket).unref();
      }
      return {
        environment,
        leave: async () => {
          turn.ref();
          turn.stdin.end();
          await ended;
        }
      };
    }
    environment[variable[1]] = variable[2];
  }
  throw new Error(`the testbed has no ${names.join(', ')}; what it said is above`);
}

export function pilots(count: number): PilotId[] {
  return Array.from({ length: count }, (_, n) => PilotId.parse(`p${n}`));
}

export async function poll(what: string, is: () => boolean, limitMs = 100_000): Promise<void> {
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

/** A scheduler's adapter at a real site of the testbed, with this machine as its submit host. */
export abstract class RealSite {
  constructor(
    name: string,
    private readonly _create: CreateScheduler
  ) {
    // Jobs of the site's nodes, which may run as another user here, read it.
    this.folder = mkdtempSync(join(tmpdir(), `ph-${name}-`));
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
  }

  abstract readonly host: IHost;

  /** As another bridge would. */
  open(): void {
    this.scheduler = this._create(this.context, this.host);
    this.scheduler.onReport((pilot, report) => {
      this.reports.set(pilot, [...(this.reports.get(pilot) ?? []), report]);
    });
    this.scheduler.onTrouble(trouble => this.troubles.push(trouble));
  }

  submission(profile: Profile, count: number): ISubmission {
    this._number += 1;
    const id = `${process.pid}x${this._number}`;
    const folder = join(this.folder, id);
    const { files } = this.scheduler.plan(profile, count, {
      agent: 'agent.py',
      python: PYTHON,
      minor: '3.11',
      runtime: null
    });
    for (let n = 0; n < count; n += 1) {
      mkdirSync(join(folder, String(n)), { recursive: true, mode: 0o700 });
      writeFileSync(join(folder, String(n), 'pilot.json'), '{}', { mode: 0o600 });
    }
    for (const file of files) {
      writeFileSync(join(folder, file.path), textOf(file), { mode: 0o700 });
    }
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
    this.track(jobs, profile);
    this.known.push(...jobs.values());
    return { ...submission, jobs: new Map(jobs) };
  }

  track(jobs: ReadonlyMap<PilotId, IJob>, profile: Profile): void {
    for (const [pilot, { job }] of jobs) {
      this.scheduler.track(pilot, job, profile);
    }
  }

  last(pilot: string): JobReport | undefined {
    return this.reports.get(PilotId.parse(pilot))?.at(-1);
  }

  /** Asks until something is so. */
  async until(what: string, is: () => boolean, limitMs = 60_000): Promise<void> {
    const endMs = Date.now() + limitMs;
    while (!is()) {
      if (Date.now() > endMs) {
        const said = [...this.reports].slice(0, 3).map(([pilot, all]) => [pilot, all.slice(-2)]);
        throw new Error(`never: ${what}; ${JSON.stringify([said, this.troubles])}`);
      }
      await Promise.race([
        this.scheduler.ask(),
        new Promise(resolve => {
          setTimeout(resolve, 1000);
        })
      ]);
      await new Promise(resolve => {
        setTimeout(resolve, 50);
      });
    }
  }

  async untilWritten(path: string, what: RegExp): Promise<void> {
    await poll(path, () => existsSync(path) && what.test(readFileSync(path, 'utf8')));
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
  scheduler!: IScheduler;
  readonly reports = new Map<PilotId, JobReport[]>();
  readonly troubles: (ITrouble | null)[] = [];
  readonly known: IJob[] = [];
  private _number = 0;
}
