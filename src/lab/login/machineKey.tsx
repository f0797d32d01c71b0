import * as React from 'react';
import type { MachineKey } from '../../protocol';
import { TroubleNote, useAction, useSurroundings } from '../views';
import { day, machineOf, moment } from '../words';
import { Buttons } from './buttons';
import { Countdown } from './countdown';
import type { Stage } from './stage';
import type { LoginTalk } from './talk';

/** The key by which the machine is known, and since when. */
export function KeyLine(props: { host: MachineKey }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { fingerprint, knownSinceMs, algorithm } = props.host;
  return (
    <p className="jp-Pilothouse-loginKey" title={algorithm}>
      {trans.__('Host key')} <code>{fingerprint}</code>{' '}
      {knownSinceMs === null ? (
        <span>{trans.__('(known)')}</span>
      ) : (
        <span title={moment(knownSinceMs)}>{trans.__('(known since %1)', day(knownSinceMs))}</span>
      )}
    </p>
  );
}

/** A key that nobody has seen here: whether it is the right one. */
export function KeyQuestion(props: {
  talk: LoginTalk;
  stage: Extract<Stage, { kind: 'key' }>;
  cancel: () => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const action = useAction();
  const [sent, setSent] = React.useState(false);
  const { talk, stage } = props;
  const { login, question } = stage;
  const { algorithm, fingerprint, alsoKnownAs } = question.key;
  const trust = (): void => {
    setSent(true);
    action.run(() => talk.trust(login, question));
  };
  return (
    <>
      <p>
        <strong>
          {trans.__('%1 is not known here yet. Its host key is:', machineOf(talk.known, login))}
        </strong>
      </p>
      <p className="jp-Pilothouse-loginKey">
        {algorithm}
        <br />
        <code>{fingerprint}</code>
      </p>
      <p>
        {trans.__(
          'Compare it with the one that those who run this machine have published. If they differ, another machine may pretend to be it.'
        )}
      </p>
      {alsoKnownAs.length > 0 && (
        <p>{trans.__('The same key is known as: %1.', alsoKnownAs.join(', '))}</p>
      )}
      <p>
        {trans.__('If you trust it, it is added to')}{' '}
        <span className="jp-Pilothouse-path">{question.file}</span>
      </p>
      {action.trouble && <TroubleNote trouble={action.trouble} />}
      <Buttons
        talk={talk}
        cancel={props.cancel}
        before={<Countdown login={login} />}
        accept={{
          label: trans.__('Trust and continue'),
          disabled: sent && action.trouble === null,
          run: trust
        }}
      />
    </>
  );
}
