import type { TranslationBundle } from '@jupyterlab/translation';
import type { z } from 'zod';
import { checkExpression, Profile } from '../../protocol';
import type { FieldProblem, SchedulerKind } from '../../protocol';
import { count, ofContract } from '../words';
import { at, isRecord, pathOf } from './paths';
import type { Written } from './paths';
import { outOfLimits } from './reading';
import { fieldSchema } from './schema';

/** The scheduler that a profile names; this computer's where it names none that there is. */
export function kindOf(written: Written): SchedulerKind {
  const kind = at(written, 'scheduler.kind');
  return kind === 'slurm' || kind === 'htcondor' ? kind : 'local';
}

/** What can be said of a profile without asking anybody: each problem at its field, in words. */
export function problemsOf(trans: TranslationBundle, written: Written): FieldProblem[] {
  const read = Profile.safeParse(written);
  const problems = (read.error?.issues ?? []).map((issue): FieldProblem => ({
    field: fieldOf(issue),
    message: wordsOf(trans, written, issue),
    severity: 'error'
  }));
  return [...problems, ...expressionProblems(written)];
}

/** An unknown key stands at itself, so that the form can name it. */
function fieldOf(issue: z.core.$ZodIssue): string {
  const path = pathOf(issue.path);
  return issue.code === 'unrecognized_keys'
    ? [path, issue.keys[0]].filter(Boolean).join('.')
    : path;
}

function wordsOf(trans: TranslationBundle, written: Written, issue: z.core.$ZodIssue): string {
  const path = pathOf(issue.path);
  const schema = fieldSchema(path, kindOf(written));
  const found = at(written, path);
  // The contract's own sentences are better than any made here.
  if (!/^(Too|Invalid|Unrecognized)\b/.test(issue.message)) {
    return ofContract(trans, issue.message);
  }
  switch (issue.code) {
    case 'too_small':
    case 'too_big':
      if (typeof found === 'number' && schema !== null) {
        return outOfLimits(trans, schema, found) ?? issue.message;
      }
      if (typeof found === 'string') {
        return issue.code === 'too_small'
          ? trans.__('This may not be empty.')
          : trans.__('At most %1 characters; there are %2.', limitOf(issue), count(found.length));
      }
      return Array.isArray(found)
        ? trans.__('At most %1 entries; there are %2.', limitOf(issue), count(found.length))
        : issue.message;
    case 'unrecognized_keys':
      return trans.__('There is no field “%1”.', issue.keys.join(', '));
    case 'invalid_type':
      return found === undefined
        ? trans.__('This is needed.')
        : trans.__('This is not of the kind that belongs here.');
    case 'invalid_value':
      return trans.__('It is one of: %1.', issue.values.map(String).join(', '));
    case 'invalid_format':
    case 'invalid_key':
      return path === 'name'
        ? trans.__(
            'Up to 64 letters, digits, dots, dashes and underscores; the first is a letter or a digit.'
          )
        : trans.__('Letters, digits and underscores; the first is no digit.');
    default:
      return issue.message;
  }
}

function limitOf(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const limit = issue.code === 'too_big' ? issue.maximum : issue.minimum;
  return count(Number(limit));
}

/** Brackets and quotes of what HTCondor reads as expressions. */
function expressionProblems(written: Written): FieldProblem[] {
  if (kindOf(written) !== 'htcondor') {
    return [];
  }
  const attributes = at(written, 'scheduler.attributes');
  const expressions: [string, unknown][] = [
    ['scheduler.requirements', at(written, 'scheduler.requirements')],
    ...Object.entries(isRecord(attributes) ? attributes : {}).map(
      ([name, value]): [string, unknown] => [`scheduler.attributes.${name}`, value]
    )
  ];
  return expressions.flatMap(([field, text]) => {
    const problem = typeof text === 'string' && text !== '' ? checkExpression(text) : null;
    return problem === null
      ? []
      : [{ field, message: problem.message, severity: 'error' as const }];
  });
}
