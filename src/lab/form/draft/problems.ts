import type { TranslationBundle } from '@jupyterlab/translation';
import type { FieldProblem } from '../../../protocol';
import { limitProblems } from '../limits';
import { isWithin } from '../paths';
import type { Answers } from './answers';
import type { Draft } from './draft';

/**
 * All that is wrong with a draft: what is seen here, what the bridge said of
 * just this text, and what the site does not allow. Where two say something of
 * one field, the one who knows more is heard.
 */
export function allProblems(
  trans: TranslationBundle,
  draft: Draft,
  answers: Answers
): FieldProblem[] {
  const all = [...draft.problems];
  const add = (problems: readonly FieldProblem[]): void => {
    const fields = new Set(all.map(({ field }) => field));
    all.push(...problems.filter(({ field }) => field === '' || !fields.has(field)));
  };
  if (answers.deep.isFresh) {
    add(answers.deep.value?.problems ?? []);
  }
  if (answers.check.isFresh) {
    add(answers.check.value?.problems ?? []);
  }
  if (draft.kind === 'slurm') {
    add(limitProblems(trans, answers.limits.value, draft.written));
  }
  return all.filter(
    (problem, index) =>
      all.findIndex(other => other.field === problem.field && other.message === problem.message) ===
      index
  );
}

/** What keeps a draft from being saved, once the bridge has looked at it as it stands. */
export async function errorsOf(
  trans: TranslationBundle,
  draft: Draft,
  answers: Answers
): Promise<FieldProblem[]> {
  await answers.settle();
  return allProblems(trans, draft, answers).filter(({ severity }) => severity === 'error');
}

/** Those of a field and of what it holds. */
export function problemsAt(problems: readonly FieldProblem[], path: string): FieldProblem[] {
  return problems.filter(({ field }) => isWithin(field, path));
}
