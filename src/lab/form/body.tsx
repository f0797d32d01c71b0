import * as React from 'react';
import { useSurroundings } from '../views';
import { FormProvider, controlId, useProblems, useSignals } from './context';
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
  const isOpen = (section: ISection): boolean => toggled[section.id] ?? hasErrors(section);
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

/** The name and the title stand above all sections. */
export function NameFields(): React.JSX.Element {
  const { trans } = useSurroundings();
  return (
    <div className="jp-Pilothouse-fields jp-mod-head">
      {nameFields(trans).map(field => (
        <Field key={field.path} field={field} />
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
