import * as React from 'react';
import type { FieldProblem } from '../../protocol';
import { SmallButton, useSurroundings } from '../views';
import { ofContract } from '../words';
import { controlId, useForm } from './context';
import { problemsAt } from './draft';
import type { IField } from './fields';
import { fieldFor } from './fields';
import { Input } from './inputs';
import { chosen, offersOf, partitionSays } from './limits';
import { at, isWithin, textAt } from './paths';
import { readMemory } from './reading';
import type { IFieldSchema } from './schema';
import { fieldSchema } from './schema';
import { understood } from './understood';

/** A field: label, control, what was understood, what is wrong, and a sentence of help. */
export function Field(props: { field: IField }): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const form = useForm();
  const { draft, link } = form;
  const { field } = props;
  const schema = fieldSchema(field.path, draft.kind);
  const row = React.useRef<HTMLDivElement>(null);
  const pointed = link.pointed;
  const isPointed = pointed?.from === 'preview' && isWithin(pointed.path, field.path);
  const reveal = isPointed && pointed.reveal;
  React.useEffect(() => {
    if (reveal) {
      row.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [reveal]);
  if (schema === null) {
    return null;
  }
  const id = controlId(form, field.path);
  const value = at(draft.written, field.path);
  const problems = problemsAt(form.problems, field.path);
  const isAsked = draft.template?.asks.includes(field.path) === true && value === undefined;
  const said = understood(trans, field, value);
  return (
    <div
      ref={row}
      className={[
        'jp-Pilothouse-field',
        isPointed ? 'jp-mod-pointed' : '',
        isAsked ? 'jp-mod-asked' : ''
      ].join(' ')}
      onFocus={() => link.point({ path: field.path, from: 'form', reveal: true })}
    >
      <label id={`${id}-label`} htmlFor={id} className="jp-Pilothouse-fieldLabel">
        {field.label}
        {isAsked && <em> {trans.__('yours to fill in')}</em>}
      </label>
      <div className="jp-Pilothouse-fieldControl">
        <Input
          field={field}
          schema={schema}
          value={value}
          id={id}
          describedBy={`${id}-help ${id}-said`}
          invalid={problems.some(({ severity }) => severity === 'error')}
          disabled={draft.origin.readOnly}
        />
        <UnitOf field={field} />
        <div id={`${id}-said`} className="jp-Pilothouse-fieldSaid">
          {said !== '' && <span className="jp-Pilothouse-understood">{said}</span>}
          <Offers field={field} id={id} />
          {problems.map(problem => (
            <Problem key={`${problem.field} ${problem.message}`} problem={problem} field={field} />
          ))}
        </div>
        <Help id={`${id}-help`} field={field} schema={schema} />
      </div>
    </div>
  );
}

function UnitOf(props: { field: IField }): React.JSX.Element | null {
  const { trans } = useSurroundings();
  switch (props.field.unit) {
    case 'seconds':
      return <span className="jp-Pilothouse-unit">{trans.__('seconds')}</span>;
    case 'days':
      return <span className="jp-Pilothouse-unit">{trans.__('days')}</span>;
    case undefined:
      return null;
  }
}

/** One sentence and an example; why a template says what it says. */
function Help(props: { id: string; field: IField; schema: IFieldSchema }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft } = useForm();
  const { field, schema } = props;
  const template = draft.template;
  const reason = template?.reasons[field.path] ?? '';
  const isAsTemplate =
    template !== null &&
    JSON.stringify(at(draft.written, field.path)) ===
      JSON.stringify(at(template.profile, field.path));
  return (
    <div id={props.id} className="jp-Pilothouse-help">
      {ofContract(trans, schema.description)}
      {field.example !== undefined && (
        <>
          {' '}
          {trans.__('For example:')} <code>{field.example}</code>
        </>
      )}
      {reason !== '' && isAsTemplate && (
        <span className="jp-Pilothouse-reason"> {ofContract(trans, reason)}</span>
      )}
    </div>
  );
}

/** What the site offers for the field: as one types, and the limits of what is chosen. */
function Offers(props: { field: IField; id: string }): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const { draft, answers } = useForm();
  const { offer } = props.field;
  const limits = answers.limits.value;
  if (offer === undefined || limits === null) {
    return null;
  }
  const offered = offersOf(trans, limits, draft.written, offer);
  return (
    <>
      <datalist id={`${props.id}-offers`}>
        {offered.map(({ value, says }) => (
          <option key={value} value={value} label={says === '' ? value : `${value}: ${says}`} />
        ))}
      </datalist>
      {offer === 'partition' &&
        chosen(limits, draft.written).map(partition => (
          <span key={partition.name} className="jp-Pilothouse-understood">
            {partition.name}: {partitionSays(trans, partition)}
          </span>
        ))}
    </>
  );
}

/** What is wrong, in words, and the way to mend it where there is one. */
function Problem(props: { problem: FieldProblem; field: IField }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft, goTo } = useForm();
  const { problem, field } = props;
  const { moveTo } = problem;
  const target = moveTo === undefined ? null : fieldFor(trans, draft.written, moveTo.field);
  const inner = problem.field.slice(field.path.length + 1);
  return (
    <div className={`jp-Pilothouse-problem jp-mod-${problem.severity}`} role="alert">
      <span aria-hidden="true">{problem.severity === 'error' ? '✕ ' : '⚠ '}</span>
      {inner !== '' && !/^\d+$/.test(inner) && `${inner}: `}
      {problem.message}
      {moveTo !== undefined && target !== null && (
        <SmallButton
          onClick={() => {
            const { path, input } = target.field;
            const schema = fieldSchema(path, draft.kind);
            const read =
              input === 'memory' ? readMemory(trans, moveTo.value) : valueOf(schema, moveTo.value);
            const line = moveTo.line ?? lineWith(draft.written, field.path, moveTo.value);
            draft.move(field.path, line, path, 'value' in read ? read.value : moveTo.value);
            goTo(path);
          }}
        >
          {trans.__('Move to “%1”', target.field.label)}
        </SmallButton>
      )}
    </div>
  );
}

/** A line's value as its field would have it. */
function valueOf(schema: IFieldSchema | null, text: string): { value: unknown } {
  switch (schema?.type) {
    case 'integer':
    case 'number':
      return { value: Number.isFinite(Number(text)) ? Number(text) : text };
    case 'array':
      return {
        value: text
          .split(',')
          .map(part => part.trim())
          .filter(Boolean)
      };
    case 'boolean':
      return { value: text === '' || text.toLowerCase() === 'true' };
    case 'string':
    case 'object':
    case undefined:
      return { value: text };
  }
}

/** The line that a value was found in, where nobody says which. */
function lineWith(written: Readonly<Record<string, unknown>>, path: string, value: string): string {
  const lines = textAt(written, path).split('\n');
  return lines.find(line => line.includes(value)) ?? '';
}
