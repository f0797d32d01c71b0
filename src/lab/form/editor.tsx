import * as React from 'react';
import { Preview } from '../preview';
import { SmallButton, useAction, useSurroundings } from '../views';
import { FormScope, NameFields } from './body';
import type { IFormView, IOpened } from './body';
import type { IForm } from './context';
import { fieldFor } from './fields';
import { Footer } from './footer';
import { save, saveAndLaunch } from './saving';
import { Section } from './section';

export interface IEditorActions {
  readonly onDuplicate: () => void;
  readonly onExport: () => void;
  readonly onDelete: () => void;
}

/** The form, what would be submitted beside it, and below what can be done. */
export function Editor(props: { view: IFormView; actions: IEditorActions }): React.JSX.Element {
  const { model, trans } = useSurroundings();
  const { draft } = props.view;
  const action = useAction();
  const [said, setSaid] = React.useState('');
  const onSave = async (): Promise<void> => {
    await save(model, draft);
    setSaid(trans.__('Saved'));
  };
  const onLaunch = async (): Promise<void> => {
    await saveAndLaunch(model, draft);
    setSaid(trans.__('Saved; one more pilot is asked for'));
  };
  return (
    <FormScope
      view={props.view}
      render={(form, opened) => (
        <>
          <Head {...props.actions} form={form} />
          <div className="jp-Pilothouse-formColumns">
            <Fields opened={opened} />
            <Beside form={form} />
          </div>
          <Footer
            action={action}
            said={said}
            onSave={onSave}
            onLaunch={onLaunch}
            onDuplicate={props.actions.onDuplicate}
          />
        </>
      )}
    />
  );
}

function Head(props: IEditorActions & { form: IForm }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { origin, isNew } = props.form.draft;
  return (
    <header className="jp-Pilothouse-formHead">
      <span className="jp-Pilothouse-path">
        {isNew
          ? trans.__('A new place, not saved yet')
          : origin.readOnly
            ? trans.__('Not yours to change: %1', origin.source)
            : origin.source}
      </span>
      <span className="jp-Pilothouse-actions">
        {!isNew && <SmallButton onClick={props.onDuplicate}>{trans.__('Duplicate')}</SmallButton>}
        <SmallButton onClick={props.onExport}>{trans.__('Export')}</SmallButton>
        {!isNew && !origin.readOnly && (
          <SmallButton kind="warn" onClick={props.onDelete}>
            {trans.__('Delete…')}
          </SmallButton>
        )}
      </span>
    </header>
  );
}

function Fields(props: { opened: IOpened }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { opened } = props;
  return (
    <form
      className="jp-Pilothouse-formMain"
      aria-label={trans.__('The place')}
      onSubmit={event => event.preventDefault()}
    >
      <NameFields />
      {opened.sections.map(section => (
        <Section
          key={section.id}
          section={section}
          open={opened.isOpen(section)}
          onToggle={() => opened.toggle(section)}
        />
      ))}
    </form>
  );
}

/** What would be submitted, tied to the fields it comes from. */
function Beside(props: { form: IForm }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft, answers, link, goTo } = props.form;
  const { script } = answers;
  const pointed = link.pointed;
  return (
    <Preview
      plan={script.value}
      isFresh={script.isFresh}
      isInvalid={draft.problems.some(({ severity }) => severity === 'error')}
      trouble={script.trouble}
      pilots={answers.pilots}
      onPilots={pilots => answers.showFor(pilots)}
      field={pointed?.from === 'form' ? pointed.path : null}
      labelOf={path => fieldFor(trans, draft.written, path)?.field.label ?? null}
      onField={(path, reveal) =>
        link.point(path === null ? null : { path, from: 'preview', reveal })
      }
      goTo={goTo}
    />
  );
}
