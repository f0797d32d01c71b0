import * as React from 'react';
import { Disclosure, SmallButton, TroubleNote, useSurroundings } from '../views';
import { moment } from '../words';
import { useForm } from './context';
import { problemsAt } from './draft';
import { Field } from './field';
import type { ISection } from './fields';
import { TryWaysHome } from './waysHome';

/** A section of the form: closed, its summary says enough. */
export function Section(props: {
  section: ISection;
  open: boolean;
  onToggle: () => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { problems } = useForm();
  const { section, open } = props;
  const id = React.useId();
  const wrong = section.fields.flatMap(({ path }) => problemsAt(problems, path));
  const errors = wrong.filter(({ severity }) => severity === 'error').length;
  return (
    <section className="jp-Pilothouse-formSection" aria-label={section.title}>
      <h3>
        <Disclosure open={open} controls={id} onToggle={props.onToggle}>
          <span className="jp-Pilothouse-formSectionTitle">{section.title}</span>
          <span className="jp-Pilothouse-where">{section.summary}</span>
          {errors > 0 && (
            <span className="jp-Pilothouse-wrong">
              {trans._n('✕ 1 to change', '✕ %1 to change', errors)}
            </span>
          )}
        </Disclosure>
      </h3>
      {open && (
        <div id={id} className="jp-Pilothouse-fields">
          {section.id === 'where' && (
            <p className="jp-Pilothouse-help">
              {trans.__('Pilots are submitted from this machine, or from one that you log in to.')}
            </p>
          )}
          {section.fields.map(field => (
            <Field key={field.path} field={field} />
          ))}
          {section.id === 'scheduler' && <Limits />}
          {section.id === 'uplink' && <TryWaysHome />}
        </div>
      )}
    </section>
  );
}

/** Whether the site's limits are known, and since when. */
function Limits(): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const { draft, answers } = useForm();
  const { value, busy, trouble } = answers.limits;
  if (draft.kind !== 'slurm') {
    return null;
  }
  return (
    <div className="jp-Pilothouse-limits" role="status">
      {busy && trans.__('Asking Slurm what you may ask for…')}
      {!busy && trouble === null && value !== null && (
        <span>
          {trans.__(
            'Partitions, accounts and limits are those of %1.',
            [value.scheduler, value.version].filter(Boolean).join(' ')
          )}{' '}
          <span title={moment(value.atMs)}>{trans.__('Asked %1.', moment(value.atMs))}</span>
        </span>
      )}
      {!busy && trouble !== null && <TroubleNote trouble={trouble} />}
      {!busy && (
        <SmallButton kind="link" onClick={() => void answers.askLimits(true)}>
          {trans.__('Ask again')}
        </SmallButton>
      )}
    </div>
  );
}
