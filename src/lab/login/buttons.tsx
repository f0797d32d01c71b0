import * as React from 'react';
import { SmallButton, useSurroundings } from '../views';
import type { LoginTalk } from './talk';

/** The end of the dialog: how much time there is, and the ways out of the question. */
export function Buttons(props: {
  talk: LoginTalk;
  cancel: () => void;
  cancelLabel?: string;
  /** How the question is answered; without `run` the button sends the form that it is in. */
  accept?: { label: string; disabled: boolean; run?: () => void };
  before?: React.ReactNode;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { talk, accept } = props;
  return (
    <div className="jp-Pilothouse-loginFoot">
      <span className="jp-Pilothouse-loginTime">
        {props.before}
        {props.before && (
          <SmallButton
            kind="link"
            label={trans.__('Answer later: closes this, the login goes on')}
            onClick={() => talk.leave()}
          >
            {trans.__('Answer later')}
          </SmallButton>
        )}
      </span>
      <span className="jp-Pilothouse-loginButtons">
        <button
          type="button"
          className="jp-Dialog-button jp-mod-reject jp-mod-styled"
          onClick={props.cancel}
        >
          {props.cancelLabel ?? trans.__('Cancel')}
        </button>
        {accept && (
          <button
            type={accept.run ? 'button' : 'submit'}
            className="jp-Dialog-button jp-mod-accept jp-mod-styled"
            disabled={accept.disabled}
            onClick={accept.run}
          >
            {accept.label}
          </button>
        )}
      </span>
    </div>
  );
}
