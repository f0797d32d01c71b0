import * as React from 'react';
import { SmallButton, useSurroundings } from '../../views';
import { useForm } from '../context';
import { isRecord } from '../paths';
import type { IInput } from './input';

type Row = readonly [name: string, value: string];

/** Names and values of further attributes; a row without a name is not written yet. */
export function AttributesInput(props: IInput): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft } = useForm();
  const { field } = props;
  const written = isRecord(props.value) ? props.value : {};
  const entries = Object.entries(written).map(([name, value]): Row => [name, String(value)]);
  // Rows that are not, or not alone, in the profile: without a name, or with one that is there twice.
  const [typed, setTyped] = React.useState<readonly Row[] | null>(null);
  const rows =
    typed !== null && JSON.stringify(recordOf(typed)) === JSON.stringify(written) ? typed : entries;
  const change = (next: readonly Row[]): void => {
    setTyped(next);
    const record = recordOf(next);
    draft.set(field.path, Object.keys(record).length === 0 ? undefined : record);
  };
  const replace = (index: number, row: Row): void =>
    change(rows.map((old, position) => (position === index ? row : old)));
  return (
    <div
      className="jp-Pilothouse-attributes"
      role="group"
      id={props.id}
      tabIndex={-1}
      aria-labelledby={`${props.id}-label`}
      aria-describedby={props.describedBy}
    >
      {rows.map(([name, value], index) => (
        <div key={index} className="jp-Pilothouse-attribute">
          <span aria-hidden="true">+</span>
          <input
            type="text"
            className="jp-Pilothouse-input jp-mod-code"
            value={name}
            disabled={props.disabled}
            spellCheck={false}
            aria-label={trans.__('Name of attribute %1', index + 1)}
            onChange={event => replace(index, [event.target.value.trim(), value])}
          />
          <span aria-hidden="true">=</span>
          <input
            type="text"
            className="jp-Pilothouse-input jp-mod-code"
            value={value}
            disabled={props.disabled}
            spellCheck={false}
            aria-label={trans.__('Value of attribute %1', index + 1)}
            onChange={event => replace(index, [name, event.target.value])}
          />
          <SmallButton
            label={trans.__('Remove attribute %1', index + 1)}
            disabled={props.disabled}
            onClick={() => change(rows.filter((_, position) => position !== index))}
          >
            ×
          </SmallButton>
        </div>
      ))}
      <SmallButton disabled={props.disabled} onClick={() => setTyped([...rows, ['', '']])}>
        {trans.__('Add an attribute')}
      </SmallButton>
    </div>
  );
}

function recordOf(rows: readonly Row[]): Record<string, string> {
  return Object.fromEntries(rows.filter(([name]) => name !== ''));
}
