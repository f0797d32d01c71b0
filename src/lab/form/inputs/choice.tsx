import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';
import { SCHEDULER_KINDS } from '../../../protocol';
import { useSurroundings } from '../../views';
import { useForm } from '../context';
import { schedulerName } from '../fields';
import { textOf } from '../paths';
import type { IInput } from './input';

/** One of the schema's words, or none. */
export function ChoiceInput(props: IInput): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft } = useForm();
  const { field, schema } = props;
  const value = textOf(props.value);
  return (
    <HTMLSelect
      id={props.id}
      value={value}
      disabled={props.disabled}
      aria-describedby={props.describedBy}
      aria-invalid={props.invalid}
      onChange={event => draft.set(field.path, event.target.value || undefined)}
    >
      <option value="">
        {schema.default === undefined
          ? trans.__('not said')
          : trans.__('not said (%1)', textOf(schema.default))}
      </option>
      {schema.words.map(word => (
        <option key={word} value={word}>
          {word}
        </option>
      ))}
      {value !== '' && !schema.words.includes(value) && <option value={value}>{value}</option>}
    </HTMLSelect>
  );
}

/** Which scheduler; the fields of the one before come back with it. */
export function SchedulerInput(props: IInput): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft } = useForm();
  return (
    <HTMLSelect
      id={props.id}
      value={draft.kind}
      disabled={props.disabled}
      aria-describedby={props.describedBy}
      aria-invalid={props.invalid}
      onChange={event => {
        const kind = SCHEDULER_KINDS.find(one => one === event.target.value);
        if (kind !== undefined) {
          draft.setKind(kind);
        }
      }}
    >
      {SCHEDULER_KINDS.map(kind => (
        <option key={kind} value={kind}>
          {schedulerName(trans, kind)}
        </option>
      ))}
    </HTMLSelect>
  );
}

/** Yes, no, or left to Pilothouse. */
export function DecisionInput(props: IInput): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft } = useForm();
  const value = typeof props.value === 'boolean' ? String(props.value) : '';
  return (
    <HTMLSelect
      id={props.id}
      value={value}
      disabled={props.disabled}
      aria-describedby={props.describedBy}
      onChange={event => {
        const chosen = event.target.value;
        draft.set(props.field.path, chosen === '' ? undefined : chosen === 'true');
      }}
    >
      <option value="">{trans.__('not said')}</option>
      <option value="true">{trans.__('yes')}</option>
      <option value="false">{trans.__('no')}</option>
    </HTMLSelect>
  );
}

/** Yes or no; what the schema has as its default is not written. */
export function SwitchInput(props: IInput): React.JSX.Element {
  const { draft } = useForm();
  const unsaid = props.schema.default === true;
  return (
    <input
      type="checkbox"
      id={props.id}
      checked={typeof props.value === 'boolean' ? props.value : unsaid}
      disabled={props.disabled}
      aria-describedby={props.describedBy}
      onChange={event =>
        draft.set(
          props.field.path,
          event.target.checked === unsaid ? undefined : event.target.checked
        )
      }
    />
  );
}
