import type { WrittenProfile } from './profile';

/** A profile to begin with, for a kind of site. */
export interface ITemplate {
  readonly id: string;
  readonly title: string;
  /** For whom it is, in a sentence. */
  readonly says: string;
  /** Without a name, which is made from `id`. */
  readonly profile: Omit<WrittenProfile, 'name'>;
  /** Fields that only the person knows, as paths; they stand empty and are asked for. */
  readonly asks: readonly string[];
  /** Why a field is as it is, by path. */
  readonly reasons: Readonly<Record<string, string>>;
}

const OSPOOL_POLICY =
  'The OSPool’s policy wants no program that submits or scales by itself without its staff having agreed: type how many pilots you want.';

/**
 * OSPool, by its documentation of 2026: projects and durations as attributes,
 * containers by `container_image` and OSDF. Its pilots do not advertise
 * `HAS_MODULES` any more, and `+SingularityImage` has been replaced, so that
 * neither stands here.
 */
const OSPOOL: ITemplate = {
  id: 'ospool',
  title: 'OSPool',
  says: 'An access point of the OSPool: opportunistic machines of many institutions.',
  profile: {
    title: 'OSPool',
    scheduler: {
      kind: 'htcondor',
      jobDurationCategory: 'Medium',
      tellsPorts: true,
      containerImage:
        'osdf:///ospool/uc-shared/public/OSG-Staff/images/repo/x86_64/htc__rocky__9.sif',
      polling: { floorSeconds: 60, everySeconds: 120, ceilingSeconds: 600 }
    },
    pilot: { cores: 1, memoryMiB: 2048, diskMiB: 4096, walltime: '9:30:00' },
    scaling: { automatic: false, automaticWhy: OSPOOL_POLICY, max: 100, idleSeconds: 900 }
  },
  asks: ['scheduler.projectName'],
  reasons: {
    'scheduler.containerImage':
      'One of the OSPool’s own images, which comes from a cache near each site; put yours in its place.',
    'scheduler.tellsPorts':
      'OSPool’s machines try the ports 80, 1094, 2880, 8000, 8443 and 27017: run a relay at one of them.',
    'scaling.max': 'More than a hundred pilots of one notebook are to be talked over first.',
    'scheduler.polling.everySeconds':
      'The access point serves many people: what happens is read from the job’s event log, and the queue is asked rarely.',
    'pilot.walltime': 'The category Medium is for jobs below 10 hours.',
    'pilot.cores': 'One core and a few GiB find a machine soonest.'
  }
};

/** A pool of an experiment, where a project and a demand on machines say who runs what. */
const EXPERIMENT: ITemplate = {
  id: 'experiment',
  title: 'HTCondor of an experiment',
  says: 'A pool such as ATLAS’s analysis facilities: a project and requirements choose the machines.',
  profile: {
    title: 'HTCondor of an experiment',
    scheduler: {
      kind: 'htcondor',
      requirements: 'OpSysAndVer =?= "AlmaLinux9" && Arch == "X86_64"'
    },
    pilot: { cores: 1, memoryMiB: 2048, diskMiB: 4096, walltime: '12:00:00' }
  },
  asks: ['scheduler.projectName', 'scheduler.requirements'],
  reasons: {}
};

/** A university's cluster, with an account, a partition, modules and mail. */
const CAMPUS: ITemplate = {
  id: 'campus',
  title: 'Campus cluster (Slurm)',
  says: 'A Slurm cluster with accounts, partitions and environment modules.',
  profile: {
    title: 'Campus cluster',
    scheduler: { kind: 'slurm', mailType: ['FAIL', 'TIME_LIMIT_80'] },
    pilot: { cores: 4, memoryMiB: 8192, walltime: '2-15:59:00' },
    environment: { modules: ['python'] }
  },
  asks: ['scheduler.account', 'scheduler.partition', 'scheduler.mailUser', 'environment.modules'],
  reasons: {
    'pilot.walltime': 'A minute less than the whole hours leaves room before maintenance begins.'
  }
};

const SLURM: ITemplate = {
  id: 'slurm',
  title: 'Slurm',
  says: 'Any Slurm cluster, with the site’s own defaults.',
  profile: {
    title: 'Slurm',
    scheduler: { kind: 'slurm' },
    pilot: { cores: 1, memoryMiB: 2048, walltime: '4:00:00' }
  },
  asks: [],
  reasons: {}
};

const HTCONDOR: ITemplate = {
  id: 'htcondor',
  title: 'HTCondor',
  says: 'Any HTCondor pool, with its own defaults.',
  profile: {
    title: 'HTCondor',
    scheduler: { kind: 'htcondor' },
    pilot: { cores: 1, memoryMiB: 2048, diskMiB: 2048, walltime: '4:00:00' }
  },
  asks: [],
  reasons: {}
};

const COMPUTER: ITemplate = {
  id: 'computer',
  title: 'This computer',
  says: 'Pilots are processes of this machine: to try things out, or to use all its cores.',
  profile: { title: 'This computer', scheduler: { kind: 'local' }, scaling: { max: 16 } },
  asks: [],
  reasons: {}
};

/** What the form offers first, in this order. */
export const TEMPLATES: readonly ITemplate[] = [
  OSPOOL,
  EXPERIMENT,
  CAMPUS,
  SLURM,
  HTCONDOR,
  COMPUTER
];
