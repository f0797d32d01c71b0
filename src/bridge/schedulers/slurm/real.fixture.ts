import { execFileSync } from 'node:child_process';
import { Profile, type WrittenProfile } from '../../../protocol';
import { LocalHost } from '../../hosts/local';
import type { IHost } from '../../hosts/tokens';
import { reachBySsh, type IReached } from '../overSsh.fixture';
import { poll, RealSite, takeTurn, type ITurn } from '../realSite.fixture';
import { createScheduler } from '.';

export { pilots, testbed } from '../realSite.fixture';

/** Runs a tool of the site as its administrator. */
export const tool = (...argv: [string, ...string[]]): string =>
  execFileSync(argv[0], argv.slice(1), { encoding: 'utf8', env: process.env, stdio: 'pipe' });

/** Slurm's adapter at a real Slurm of the testbed. */
export class RealSlurm extends RealSite {
  /** Waits until no other test uses the site. */
  static async make(
    site: 'slurm' | 'slurm-accounting',
    way: 'here' | 'by SSH' = 'here'
  ): Promise<RealSlurm> {
    const made = new RealSlurm(site, await takeTurn(site));
    if (way === 'by SSH') {
      made._reached = await reachBySsh(made.context, made._turn.environment);
    }
    made.open();
    return made;
  }

  private constructor(
    site: 'slurm' | 'slurm-accounting',
    private readonly _turn: ITurn
  ) {
    super(site, createScheduler);
    Object.assign(process.env, _turn.environment);
  }

  get host(): IHost {
    return this._reached?.host ?? this._here;
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

  /** Until squeue has nothing of a job; its site forgets within seconds (slurm.conf(5), MinJobAge). */
  async untilForgotten(id: string): Promise<void> {
    const [array] = id.split('_');
    await poll(`${id} is forgotten`, () => {
      const shown = tool('squeue', '-h', '-r', '-t', 'all', '-j', `${array},${array}`, '-o', '%i');
      return !shown.split('\n').includes(id);
    });
  }

  override async close(): Promise<void> {
    try {
      await super.close();
    } finally {
      await this._reached?.leave();
      await this._turn.leave();
    }
  }

  private readonly _here = new LocalHost(this.context);
  private _reached: IReached | null = null;
}
