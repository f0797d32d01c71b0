import * as React from 'react';
import type { FieldProblem } from '../../protocol';
import { LastWords, SmallButton, TroubleNote, useSurroundings } from '../views';
import { useForm } from './context';
import { fieldFor, schedulerName } from './fields';

/** What a check has found: each thing looked at with a tick, each problem with the way to its field. */
export function CheckResult(): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const { draft, answers, problems } = useForm();
  const { value, busy, trouble, isFresh } = answers.deep;
  if (busy) {
    return (
      <div className="jp-Pilothouse-checked" role="status">
        {trans.__('Checking with the scheduler…')}
      </div>
    );
  }
  if (trouble !== null) {
    return (
      <div className="jp-Pilothouse-checked">
        <TroubleNote trouble={trouble} />
      </div>
    );
  }
  if (value === null) {
    return null;
  }
  if (!isFresh) {
    return (
      <div className="jp-Pilothouse-checked jp-mod-stale" role="status">
        {trans.__('Something has changed since it was checked.')}
      </div>
    );
  }
  const errors = problems.filter(({ severity }) => severity === 'error');
  return (
    <section className="jp-Pilothouse-checked" aria-label={trans.__('What the check found')}>
      <ul className="jp-Pilothouse-rows">
        {problems.map(problem => (
          <Found key={`${problem.field} ${problem.message}`} problem={problem} />
        ))}
        {errors.length === 0 && <Tick>{trans.__('Every field can be used.')}</Tick>}
        {value.dryRun !== null && (
          <Tick>
            {trans.__('%1 was asked, and submitted nothing.', schedulerName(trans, draft.kind))}
          </Tick>
        )}
      </ul>
      {value.dryRun !== null && value.dryRun.trim() !== '' && <LastWords words={value.dryRun} />}
    </section>
  );
}

function Tick(props: { children: React.ReactNode }): React.JSX.Element {
  return (
    <li>
      <span className="jp-Pilothouse-tick" aria-hidden="true">
        ✓{' '}
      </span>
      {props.children}
    </li>
  );
}

function Found(props: { problem: FieldProblem }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft, goTo } = useForm();
  const { field, message, severity } = props.problem;
  const found = fieldFor(trans, draft.written, field);
  return (
    <li className={`jp-mod-${severity}`}>
      <span className="jp-Pilothouse-problem" aria-hidden="true">
        {severity === 'error' ? '✕ ' : '⚠ '}
      </span>
      {found !== null ? (
        <SmallButton kind="link" onClick={() => goTo(field)}>
          {found.field.label}
        </SmallButton>
      ) : (
        field
      )}{' '}
      {message}
    </li>
  );
}
