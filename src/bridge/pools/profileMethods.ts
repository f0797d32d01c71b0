import {
  SchedulerOptions,
  SCHEDULER_KINDS,
  SubmitHost,
  type FieldProblem,
  type Profile,
  type SiteLimits,
  type SubmissionPlan
} from '../../protocol';
import { PilothouseError } from '../errors';
import { againstLimits } from '../profiles/againstLimits';
import { readWritten, understood } from '../profiles/check';
import { SUBMISSION_NAME, jobNameOf, type IPlan } from '../schedulers';
import { quoteForShell } from '../schedulers/quote';
import type { IBridgeContext, IPools, IProfiles } from '../tokens';
import { wordsOf } from './errorWords';
import type { IMade, Makings } from './makings';
import type { IPoolEntry } from './model';
import { needFor, newestKey } from './needs';
import type { PoolBook } from './poolBook';
import type { ISite, Sites } from './sites';

/** What the methods of profiles are made of. */
export interface IProfileMethodParts {
  readonly context: IBridgeContext;
  readonly profiles: IProfiles;
  readonly pools: PoolBook;
  readonly sites: Sites;
  readonly makings: Makings;
}

type ProfileMethods =
  'profiles.save' | 'profiles.remove' | 'profiles.check' | 'profiles.script' | 'profiles.limits';

/** Writing, checking and trying profiles. */
export function makeProfileMethods(
  parts: IProfileMethodParts
): Required<Pick<IPools['handlers'], ProfileMethods>> {
  const { profiles, pools } = parts;
  return {
    'profiles.save': ({ profile, replaces }) => {
      if (replaces !== null && profile.name !== replaces) {
        checkUnused(pools, replaces);
      }
      const saved = profiles.save(profile, replaces);
      pools.refresh();
      return saved;
    },

    'profiles.remove': ({ name }) => {
      checkUnused(pools, name);
      profiles.remove(name);
      pools.refresh();
      return {};
    },

    'profiles.check': async ({ profile: written, deep }) => {
      const { profile, problems } = readWritten(written);
      if (profile === null) {
        return { problems, understood: [], dryRun: null };
      }
      const site = siteOrProblem(parts, profile);
      if ('field' in site) {
        return { problems: [...problems, site], understood: understood(profile), dryRun: null };
      }
      problems.push(...site.scheduler.check(profile));
      let dryRun: string | null = null;
      if (deep) {
        const asked = await askScheduler(site, profile);
        problems.push(...asked.problems);
        dryRun = asked.words;
      }
      return { problems: distinct(problems), understood: understood(profile), dryRun };
    },

    'profiles.script': ({ profile: written, pilots }) => preview(parts, written, pilots),

    'profiles.limits': async ({ profile: written, again }) => {
      const { scheduler } = parts.sites.of(siteNamed(written));
      const limits = await scheduler.limits(again ?? false);
      return limits ?? unlimited(scheduler.kind, parts.context.clock.now());
    }
  };
}

/** @throws PilothouseError profile_in_use */
function checkUnused(pools: PoolBook, name: string): void {
  const pool: IPoolEntry | undefined = [...pools.all()].find(each => each.pool === name);
  const pilots = pool === undefined ? 0 : pool.pilots.size - pool.ended.size;
  if (pilots > 0) {
    throw new PilothouseError({ code: 'profile_in_use', params: { name, pilots } });
  }
}

function siteOrProblem({ sites }: IProfileMethodParts, profile: Profile): ISite | FieldProblem {
  try {
    return sites.of(profile);
  } catch (error) {
    const code = error instanceof PilothouseError ? error.code : null;
    const field = code === 'host_unreachable' ? 'submitHost.address' : 'scheduler.kind';
    return { field, message: wordsOf(error), severity: 'error' };
  }
}

/** What only the scheduler knows; where it cannot be asked, that is told and nothing concluded. */
async function askScheduler(
  { scheduler }: ISite,
  profile: Profile
): Promise<{ problems: FieldProblem[]; words: string | null }> {
  const problems: FieldProblem[] = [];
  let words: string | null = null;
  try {
    const limits = await scheduler.limits(false);
    problems.push(...(limits === null ? [] : againstLimits(profile, limits)));
    const dry = await scheduler.dryRun(profile);
    problems.push(...(dry?.problems ?? []));
    words = dry?.words ?? null;
  } catch (error) {
    if (!(error instanceof PilothouseError)) {
      throw error;
    }
    const message = `The scheduler could not be asked: ${wordsOf(error)}`;
    problems.push({ field: 'scheduler', message, severity: 'warning' });
  }
  return { problems, words };
}

function distinct(problems: readonly FieldProblem[]): FieldProblem[] {
  const seen = new Map(problems.map(problem => [`${problem.field} ${problem.message}`, problem]));
  return [...seen.values()];
}

/**
 * What would be submitted: made by the same functions as what is.
 * @throws PilothouseError invalid_profile, and what keeps a submission from being made
 */
async function preview(
  { context, pools, sites, makings }: IProfileMethodParts,
  written: Readonly<Record<string, unknown>>,
  pilots: number
): Promise<SubmissionPlan> {
  const { profile, problems } = readWritten(written);
  if (profile === null) {
    const name = typeof written.name === 'string' ? written.name : '';
    const { field, message } = problems[0] ?? { field: '', message: '' };
    const params = { name, file: `${name}.json`, field, message };
    throw new PilothouseError({ code: 'invalid_profile', params });
  }
  const { host, scheduler } = sites.of(profile);
  const known = [...pools.all()].find(({ pool }) => pool === profile.name);
  const kernels = known?.executors ?? new Map<never, never>();
  const key = newestKey(profile, kernels, context.python);
  const need = needFor(profile, key, kernels, context.python);
  const made = await makings.make(profile, host, need);
  const most = await scheduler.mostPerSubmission(profile);
  const plans: IPlan[] = [];
  for (let left = pilots; left > 0; left -= most) {
    plans.push(scheduler.plan(profile, Math.min(left, most), made.makings));
  }
  const name = jobNameOf({ id: SUBMISSION_NAME, profile });
  const files = plans[0].files.slice();
  const last = plans[plans.length - 1];
  if (plans.length > 1 && pilots % most !== 0) {
    // The last one is smaller: its files are others.
    files.push(...last.files.map(file => ({ ...file, path: `${plans.length}/${file.path}` })));
  }
  return {
    files,
    others: othersOf(plans[0], made),
    commands: plans.map(({ command }) =>
      command
        .map(word =>
          shellWord(word === SUBMISSION_NAME ? name : word.replaceAll(SUBMISSION_NAME, name))
        )
        .join(' ')
    )
  };
}

/** What goes there beside; an adapter may have named agent and runtime itself. */
function othersOf({ others }: IPlan, { files }: IMade): SubmissionPlan['others'] {
  const named = new Set(others.map(({ path }) => path));
  const made = files.map(({ name }) => ({ path: `../${name}`, what: whatIs(name) }));
  return [...others, ...made.filter(({ path }) => !named.has(path))];
}

const whatIs = (name: string): string =>
  name.startsWith('agent-')
    ? 'the program that runs in each pilot; sent once'
    : 'the runtime: the kernel’s Parsl and what it depends on; sent once';

/** A word as a person would type it. */
const shellWord = (word: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : quoteForShell(word);

/** Submit host and scheduler of a profile that may be unfinished otherwise. */
function siteNamed(
  written: Readonly<Record<string, unknown>>
): Pick<Profile, 'submitHost' | 'scheduler'> {
  const host = SubmitHost.safeParse(written.submitHost ?? {});
  const kind =
    SCHEDULER_KINDS.find(known => known === kindOf(written.scheduler)) ?? ('local' as const);
  return {
    submitHost: host.success ? host.data : SubmitHost.parse({}),
    scheduler: SchedulerOptions.parse({ kind })
  };
}

const kindOf = (scheduler: unknown): unknown =>
  typeof scheduler === 'object' && scheduler !== null && 'kind' in scheduler
    ? scheduler.kind
    : undefined;

const unlimited = (scheduler: string, atMs: number): SiteLimits => ({
  scheduler,
  version: null,
  partitions: [],
  accounts: null,
  qos: null,
  maxArray: null,
  maxSubmit: null,
  atMs
});
