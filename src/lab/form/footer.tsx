import * as React from 'react';
import { SmallButton, TroubleNote, useSurroundings } from '../views';
import type { IAction } from '../views/action';
import { CheckResult } from './checked';
import { useForm } from './context';
import { errorsOf } from './draft';

/** Below the form: check, save, launch, and what came of it. */
export function Footer(props: {
  action: IAction;
  /** What happened last, in a few words; empty: nothing yet. */
  said: string;
  onSave: () => Promise<void>;
  onLaunch: () => Promise<void>;
  onDuplicate: () => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { draft, answers, problems, goTo } = useForm();
  const { action } = props;
  /** Does it if what stands there can be used; else leads to what cannot. */
  const ifSound = (work: () => Promise<void>): void =>
    action.run(async () => {
      const wrong = (await errorsOf(trans, draft, answers)).at(0);
      if (wrong === undefined) {
        await work();
      } else {
        goTo(wrong.field);
      }
    });
  const errors = problems.filter(({ severity }) => severity === 'error');
  const first = errors.at(0);
  const unreadable = draft.problems.some(({ severity }) => severity === 'error');
  return (
    <footer className="jp-Pilothouse-formFooter">
      <CheckResult />
      {action.trouble && <TroubleNote trouble={action.trouble} />}
      <div className="jp-Pilothouse-actions">
        <SmallButton
          disabled={answers.deep.busy || unreadable}
          title={trans.__('Asks the scheduler too; submits nothing')}
          onClick={() => void answers.checkDeep()}
        >
          {trans.__('Check')}
        </SmallButton>
        {draft.origin.readOnly ? (
          <SmallButton onClick={props.onDuplicate}>
            {trans.__('Duplicate to change it')}
          </SmallButton>
        ) : (
          <>
            <SmallButton
              disabled={action.busy || errors.length > 0 || (!draft.isDirty && !draft.isNew)}
              onClick={() => ifSound(props.onSave)}
            >
              {trans.__('Save')}
            </SmallButton>
            <SmallButton
              disabled={action.busy || errors.length > 0}
              onClick={() => ifSound(props.onLaunch)}
            >
              {trans.__('Save and launch 1')}
            </SmallButton>
          </>
        )}
        {first !== undefined ? (
          <SmallButton kind="link" onClick={() => goTo(first.field)}>
            {trans._n(
              'One field has to change first',
              '%1 fields have to change first',
              new Set(errors.map(({ field }) => field)).size
            )}
          </SmallButton>
        ) : (
          <span className="jp-Pilothouse-formState" role="status">
            {action.busy
              ? trans.__('Saving…')
              : draft.isDirty
                ? trans.__('Not saved yet')
                : props.said}
          </span>
        )}
      </div>
    </footer>
  );
}
