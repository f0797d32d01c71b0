import type { z } from 'zod';
import { Profile, walltimeSeconds, writeWalltime, type FieldProblem } from '../../protocol';
import { PilothouseError } from '../errors';
import { error } from './problem';
import { uplinkProblems } from './uplinkProblems';

/** What somebody wrote, as a profile if it is one, and what is wrong with it. */
export interface IReading {
  /** null: it is none; the problems say why. */
  readonly profile: Profile | null;
  readonly problems: FieldProblem[];
}

/** Reads a profile that may not be one yet; runs nothing and asks nobody. */
export function readWritten(written: Readonly<Record<string, unknown>>): IReading {
  const parsed = Profile.safeParse(written);
  if (!parsed.success) {
    return { profile: null, problems: parsed.error.issues.flatMap(problemsOfIssue) };
  }
  const problems = [...scalingProblems(parsed.data), ...uplinkProblems(parsed.data)];
  return { profile: parsed.data, problems };
}

/** What somebody wrote, as a profile. @throws PilothouseError invalid_profile */
export function profileOf(written: Readonly<Record<string, unknown>>): Profile {
  const { profile, problems } = readWritten(written);
  if (profile === null) {
    const name = typeof written.name === 'string' ? written.name : '';
    const { field, message } = problems[0] ?? { field: '', message: '' };
    const params = { name, file: `${name}.json`, field, message };
    throw new PilothouseError({ code: 'invalid_profile', params });
  }
  return profile;
}

/** Numbers of pilots that exclude each other. */
export function scalingProblems({ scaling }: Profile): FieldProblem[] {
  const { min, max, initial } = scaling;
  const problems: FieldProblem[] = [];
  if (min > max) {
    problems.push(error('scaling.min', `The minimum ${min} is above the maximum ${max}.`));
  }
  if (initial !== undefined && initial > max) {
    problems.push(error('scaling.initial', `The initial ${initial} is above the maximum ${max}.`));
  }
  return problems;
}

/** What was understood of fields that can be written in several ways. */
export function understood(profile: Profile): { field: string; text: string }[] {
  const found: { field: string; text: string }[] = [];
  const seconds = walltimeSeconds(profile);
  if (seconds !== null) {
    found.push({
      field: 'pilot.walltime',
      text: `${inWords(seconds)} (${writeWalltime(seconds)})`
    });
  }
  for (const name of ['memoryMiB', 'diskMiB'] as const) {
    const mebibytes = profile.pilot[name];
    if (mebibytes !== undefined && mebibytes >= MIB_PER_GIB) {
      const gibibytes = Math.round((mebibytes / MIB_PER_GIB) * 10) / 10;
      found.push({ field: `pilot.${name}`, text: `${gibibytes} GiB` });
    }
  }
  return found;
}

const MIB_PER_GIB = 1024;

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1]
] as const;

/** `2 days 15 hours 59 minutes` */
function inWords(seconds: number): string {
  let left = seconds;
  const parts: string[] = [];
  for (const [unit, length] of UNITS) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) {
      parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
    }
  }
  return parts.join(' ');
}

/** What the schema has against a value, as a person would say it. */
function problemsOfIssue(issue: z.core.$ZodIssue): FieldProblem[] {
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key =>
      error(field === '' ? key : `${field}.${key}`, 'There is no such field.')
    );
  }
  return [error(field, sentenceOf(issue))];
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `This must be ${KINDS[issue.expected] ?? issue.expected}.`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'This must not be empty.'
        : sayOr(issue.message, `At least ${issue.minimum}.`);
    case 'too_big':
      return sayOr(
        issue.message,
        `At most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}.`
      );
    case 'invalid_value':
      return `One of ${issue.values.map(String).join(', ')}.`;
    case 'invalid_union':
      return 'This is none of the kinds that there are.';
    case 'invalid_format':
      return sayOr(
        issue.message,
        'Letters, digits, dots, dashes and underscores, beginning with a letter or a digit, at most 64.'
      );
    default:
      return issue.message;
  }
}

/** The schema's own sentence, where it is not zod's. */
const sayOr = (message: string, otherwise: string): string =>
  /^(Invalid|Too)\b/.test(message) ? otherwise : message;

const KINDS: Readonly<Partial<Record<string, string>>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of fields',
  record: 'a group of fields'
};
