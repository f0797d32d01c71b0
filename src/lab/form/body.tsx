import * as React from 'react';
import { SmallButton, useSurroundings } from '../views';
import { FormProvider, controlId, useForm, useProblems, useSignals } from './context';
import type { IForm } from './context';
import type { Answers, Draft, Link } from './draft';
import { problemsAt } from './draft';
import { Field } from './field';
import { fieldFor, nameFields, sectionsOf } from './fields';
import type { ISection, SectionId } from './fields';
import { at } from './paths';

/** The sections that a person has opened or closed, and the field the cursor is to go to. */
export interface IFormView {
  readonly draft: Draft;
  readonly answers: Answers;
  readonly link: Link;
  /** The field that the form was opened for. */
  readonly begin: string | null;
}

/** Gives what it contains one form, drawn again whenever something of it changes. */
export function FormScope(props: {
  view: IFormView;
  render: (form: IForm, opened: IOpened) => React.ReactElement;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft, answers, link, begin } = props.view;
  useSignals(draft, answers, link);
  const id = React.useId();
  const problems = useProblems(draft, answers);
  const sections = sectionsOf(trans, draft.written);
  const sectionAt = (path: string): SectionId | null =>
    fieldFor(trans, draft.written, path)?.section?.id ?? null;
  const [toggled, setToggled] = React.useState<Partial<Record<SectionId, boolean>>>(() =>
    begunWith(draft, sections, begin === null ? null : sectionAt(begin))
  );
  // Where the cursor is to go once what is drawn holds it.
  const [target, setTarget] = React.useState(begin === null ? null : { path: begin });
  const hasErrors = (section: ISection): boolean =>
    section.fields.some(({ path }) =>
      problemsAt(problems, path).some(({ severity }) => severity === 'error')
    );
  const sprung = sections.filter(
    section => toggled[section.id] === undefined && hasErrors(section)
  );
  if (sprung.length > 0) {
    // It stays open when the error has gone: somebody may be typing in it.
    setToggled({ ...toggled, ...Object.fromEntries(sprung.map(({ id: own }) => [own, true])) });
  }
  const isOpen = (section: ISection): boolean => toggled[section.id] === true;
  const open = (path: string): void => {
    const section = sectionAt(path);
    setToggled(before => (section === null ? { ...before } : { ...before, [section]: true }));
  };

  React.useEffect(() => {
    if (target !== null) {
      const control = document.getElementById(controlId({ id }, target.path));
      control?.scrollIntoView({ block: 'center' });
      control?.focus();
    }
  }, [id, target]);
  const pointed = link.pointed;
  const revealed = pointed?.from === 'preview' && pointed.reveal ? pointed.path : null;
  const [shown, setShown] = React.useState(revealed);
  if (shown !== revealed) {
    // A line under the cursor opens the section it comes from.
    setShown(revealed);
    if (revealed !== null) {
      open(revealed);
    }
  }

  const form: IForm = {
    draft,
    answers,
    link,
    problems,
    id,
    goTo: path => {
      setTarget({ path: fieldFor(trans, draft.written, path)?.field.path ?? path });
      open(path);
    }
  };
  const opened: IOpened = {
    sections,
    isOpen,
    toggle: section => {
      link.point(null);
      setToggled(before => ({ ...before, [section.id]: !isOpen(section) }));
    }
  };
  return <FormProvider value={form}>{props.render(form, opened)}</FormProvider>;
}

export interface IOpened {
  readonly sections: readonly ISection[];
  isOpen(section: ISection): boolean;
  toggle(section: ISection): void;
}

/** The name and the title stand above all sections, and what is wrong with what has no field. */
export function NameFields(): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft, problems } = useForm();
  const strays = problems.filter(({ field }) => fieldFor(trans, draft.written, field) === null);
  return (
    <div className="jp-Pilothouse-fields jp-mod-head">
      {nameFields(trans).map(field => (
        <Field key={field.path} field={field} />
      ))}
      {strays.map(({ field, message, severity }) => (
        <div
          key={`${field} ${message}`}
          className={`jp-Pilothouse-problem jp-mod-${severity}`}
          role="alert"
        >
          <span aria-hidden="true">{severity === 'error' ? '✕ ' : '⚠ '}</span>
          {message}
          {field !== '' && at(draft.written, field) !== undefined && !draft.origin.readOnly && (
            <SmallButton onClick={() => draft.set(field, undefined)}>
              {trans.__('Remove “%1”', field)}
            </SmallButton>
          )}
        </div>
      ))}
    </div>
  );
}

/** Sections whose summary does not say enough: something in them waits for the person. */
function begunWith(
  draft: Draft,
  sections: readonly ISection[],
  wanted: SectionId | null
): Partial<Record<SectionId, boolean>> {
  const asks = draft.template?.asks ?? [];
  const waits = ({ fields }: ISection): boolean =>
    fields.some(({ path }) => asks.includes(path) && at(draft.written, path) === undefined);
  const open = sections.filter(
    section => waits(section) || section.id === wanted || (draft.isNew && section.id === 'pilot')
  );
  return Object.fromEntries(open.map(({ id }) => [id, true]));
}
