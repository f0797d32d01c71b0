import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { useSurroundings } from '../../views';
import { useForm } from '../context';
import type { InputKind } from '../fields';
import { textOf } from '../paths';
import { readLines, readMemory, readNumber, writeMemory } from '../reading';
import type { Reading } from '../reading';
import type { IFieldSchema } from '../schema';
import type { IInput } from './input';

/** Lines of a field that has several: as many as are written, within reason. */
const ROWS = { lines: [2, 10], block: [3, 16], expression: [2, 8] } as const;

/** A field that is typed. While it is, what was typed stands there; then, what was understood. */
export function TextInput(props: IInput): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft } = useForm();
  const { field, schema } = props;
  const [typing, setTyping] = React.useState<string | null>(null);
  const unread = draft.unread.get(field.path);
  const text = typing ?? unread?.text ?? write(trans, field.input, props.value);
  const onChange = (typed: string): void => {
    setTyping(typed);
    const read = readTyped(trans, field.input, schema, typed);
    if (read.kind === 'problem') {
      draft.setUnread(field.path, typed, read.message);
    } else {
      draft.set(field.path, read.value);
    }
  };
  const shared = {
    id: props.id,
    value: text,
    disabled: props.disabled,
    spellCheck: field.input === 'text',
    autoComplete: 'off',
    'aria-describedby': props.describedBy,
    'aria-invalid': props.invalid,
    onFocus: () => setTyping(text),
    onBlur: () => setTyping(null),
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onChange(event.target.value)
  };
  const { input } = field;
  if (input === 'lines' || input === 'block' || input === 'expression') {
    const [least, most] = ROWS[input];
    const rows = Math.min(most, Math.max(least, text.split('\n').length));
    return <textarea {...shared} className="jp-Pilothouse-input jp-mod-code" rows={rows} />;
  }
  return (
    <input
      {...shared}
      type="text"
      className={`jp-Pilothouse-input ${input === 'text' ? '' : 'jp-mod-code'} jp-mod-${input}`}
      inputMode={input === 'number' ? 'decimal' : undefined}
      placeholder={textOf(schema.default)}
      list={field.offer === undefined ? undefined : `${props.id}-offers`}
    />
  );
}

function readTyped(
  trans: TranslationBundle,
  input: InputKind,
  schema: IFieldSchema,
  typed: string
): Reading {
  switch (input) {
    case 'number':
      return readNumber(trans, schema, typed);
    case 'memory':
      return readMemory(trans, typed);
    case 'lines':
      return readLines(typed);
    case 'block':
      return { kind: 'value', value: typed === '' ? undefined : typed };
    case 'expression': {
      // An expression is one line, wherever a person breaks it to read it.
      const line = typed.replace(/\s*\n\s*/g, ' ').trim();
      return { kind: 'value', value: line === '' ? undefined : line };
    }
    default: {
      const trimmed = typed.trim();
      return { kind: 'value', value: trimmed === '' ? undefined : trimmed };
    }
  }
}

function write(trans: TranslationBundle, input: InputKind, value: unknown): string {
  if (value === undefined) {
    return '';
  }
  if (input === 'memory') {
    return writeMemory(trans, value);
  }
  if (Array.isArray(value)) {
    return value.map(textOf).join('\n');
  }
  return typeof value === 'object' ? JSON.stringify(value) : textOf(value);
}
