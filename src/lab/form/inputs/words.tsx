import * as React from 'react';
import { useForm } from '../context';
import type { IInput } from './input';

/** Several of the schema's words, in the order in which they were chosen. */
export function WordsInput(props: IInput): React.JSX.Element {
  const { draft } = useForm();
  const { field, schema } = props;
  const written = Array.isArray(props.value) ? props.value.map(String) : null;
  const unsaid = Array.isArray(schema.default) ? schema.default.map(String) : [];
  const chosen = written ?? unsaid;
  const toggle = (word: string, wanted: boolean): void => {
    const next = wanted ? [...chosen, word] : chosen.filter(other => other !== word);
    draft.set(field.path, next.length === 0 ? undefined : next);
  };
  return (
    <div
      className="jp-Pilothouse-checks"
      role="group"
      id={props.id}
      tabIndex={-1}
      aria-labelledby={`${props.id}-label`}
      aria-describedby={props.describedBy}
    >
      {schema.words.map(word => (
        <label key={word}>
          <input
            type="checkbox"
            checked={chosen.includes(word)}
            disabled={props.disabled}
            onChange={event => toggle(word, event.target.checked)}
          />
          {word}
        </label>
      ))}
    </div>
  );
}
