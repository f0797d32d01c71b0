import { z } from 'zod';
import { TIMES, type Times } from '../protocol';
import { SUBMISSION_POINTS, type SubmissionPoint } from './tokens';

/** What the starter tells the bridge (docs/architecture.md, "Starting the bridge"). */
export interface IBridgeOptions {
  readonly stateFolder: string;
  readonly runtimeFolder: string;
  /** The agent's archive. */
  readonly agentFile: string;
  /** The folder of the relay's modules; null: there are none, and no submit host can have one. */
  readonly relayFolder: string | null;
  /** The Python that started the bridge. */
  readonly python: string;
  readonly version: string;
  readonly userProfiles: string | null;
  /** Earlier folders win. */
  readonly siteProfiles: readonly string[];
  readonly times: Times;
  /** For tests of what a bridge's death leaves behind: it ends itself there. Not for the starter. */
  readonly dieAt?: SubmissionPoint;
}

const FLAGS = [
  'state-dir',
  'runtime-dir',
  'agent',
  'relay',
  'python',
  'version',
  'profiles-user',
  'profiles-site',
  'times',
  'die-at'
] as const;
type Flag = (typeof FLAGS)[number];

const TimesOverride = z.strictObject(
  Object.fromEntries(Object.keys(TIMES).map(name => [name, z.number().positive().optional()]))
);

function parseTimes(text: string): Times {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`--times is no JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = TimesOverride.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`--times ${issue.path.join('.')}: ${issue.message}`);
  }
  return { ...TIMES, ...parsed.data };
}

/**
 * A flag takes all words up to the next flag, so that `--profiles-site A B` and
 * `--profiles-site A --profiles-site B` are the same.
 *
 * @throws Error naming the flag
 */
export function parseOptions(argv: readonly string[]): IBridgeOptions {
  const values = new Map<Flag, string[]>();
  let current: string[] | null = null;
  for (const word of argv) {
    if (word.startsWith('--')) {
      const flag = FLAGS.find(name => name === word.slice(2));
      if (flag === undefined) {
        throw new Error(`unknown option ${word}`);
      }
      current = values.get(flag) ?? [];
      values.set(flag, current);
    } else if (current === null) {
      throw new Error(`${word} stands after no option`);
    } else {
      current.push(word);
    }
  }
  const optional = (flag: Flag): string | null => {
    const given = values.get(flag);
    if (given === undefined) {
      return null;
    }
    if (given.length !== 1) {
      throw new Error(`--${flag} takes one value, not ${given.length}`);
    }
    return given[0];
  };
  const required = (flag: Flag): string => {
    const value = optional(flag);
    if (value === null || value === '') {
      throw new Error(`--${flag} is missing`);
    }
    return value;
  };
  const times = optional('times');
  const point = optional('die-at');
  const dieAt = SUBMISSION_POINTS.find(known => known === point);
  if (point !== null && dieAt === undefined) {
    throw new Error(`--die-at is one of ${SUBMISSION_POINTS.join(', ')}`);
  }
  return {
    stateFolder: required('state-dir'),
    runtimeFolder: required('runtime-dir'),
    agentFile: required('agent'),
    relayFolder: optional('relay'),
    python: required('python'),
    version: required('version'),
    userProfiles: optional('profiles-user'),
    siteProfiles: values.get('profiles-site') ?? [],
    times: times === null ? { ...TIMES } : parseTimes(times),
    ...(dieAt === undefined ? {} : { dieAt })
  };
}
