import * as React from 'react';
import { LiveWidget, TroubleNote, useAction, useSurroundings } from '../views';
import type { ISurroundings } from '../views';
import { freshness, machineOf, openSshLabel, openSshOffer, sentence } from '../words';
import { Buttons } from './buttons';
import { Countdown } from './countdown';
import { KeyLine, KeyQuestion } from './machineKey';
import { Prompts } from './prompts';
import { ServerText } from './serverText';
import type { Stage } from './stage';
import { keyOf } from './stage';
import type { LoginTalk } from './talk';

let titles = 0;

/** `Log in to ap40.example.org as alice`. */
export class LoginTitle extends LiveWidget {
  constructor(
    surroundings: ISurroundings,
    private readonly _talk: LoginTalk
  ) {
    super(surroundings);
    titles += 1;
    this.id = `jp-pilothouse-login-${titles}`;
  }

  protected content(): React.ReactElement {
    const { address, user: known, login } = this._talk.known;
    const { trans } = this.surroundings;
    // At a jump host another user may be asked for.
    const user = login !== null && login.hop.number === login.hop.of ? login.hop.user : known;
    return (
      <h2>
        {user === ''
          ? trans.__('Log in to %1', address)
          : trans.__('Log in to %1 as %2', address, user)}
      </h2>
    );
  }
}

/** What a login asks, and what can be answered. */
export class LoginBody extends LiveWidget {
  constructor(
    surroundings: ISurroundings,
    private readonly _talk: LoginTalk,
    private readonly _cancel: () => void
  ) {
    super(surroundings, 0);
    // Let go of when the talk is disposed of, at the dialog's end.
    _talk.began.connect(this.refresh, this);
    this.addClass('jp-Pilothouse-loginBody');
  }

  protected content(): React.ReactElement {
    const { model, trans, clock } = this.surroundings;
    const { stage } = this._talk;
    return (
      <Asked
        talk={this._talk}
        stage={stage}
        believed={freshness(trans, model.connection, clock.now())}
        cancel={this._cancel}
      />
    );
  }
}

function Asked(props: {
  talk: LoginTalk;
  stage: Stage;
  believed: string;
  cancel: () => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { talk, stage, believed, cancel } = props;
  const node = React.useRef<HTMLDivElement>(null);
  const key = keyOf(stage);
  // Each question takes the focus: to its first field, else to what it says, so that no key
  // that was meant for the question before answers this one.
  React.useEffect(() => {
    const all = node.current;
    (all?.querySelector('input') ?? all)?.focus();
  }, [key]);
  const login = 'login' in stage ? stage.login : null;
  return (
    <div ref={node} tabIndex={-1} className="jp-Pilothouse-loginAsked">
      {believed && (
        <p className="jp-Pilothouse-freshness" role="status">
          {believed}
        </p>
      )}
      {login !== null && login.hop.of > 1 && (
        <p className="jp-Pilothouse-loginHop">
          {trans.__(
            'Hop %1 of %2: %3 as %4',
            login.hop.number,
            login.hop.of,
            machineOf(talk.known, login),
            login.hop.user
          )}
        </p>
      )}
      {login?.key && <KeyLine host={login.key} />}
      {login !== null && <ServerText text={login.banner} label={trans.__('Banner')} />}
      {stage.kind === 'waiting' && (
        <>
          <p role="status">{trans.__('Waiting for %1…', machineOf(talk.known, login))}</p>
          <Buttons talk={talk} cancel={cancel} before={login && <Countdown login={login} />} />
        </>
      )}
      {stage.kind === 'key' && <KeyQuestion key={key} talk={talk} stage={stage} cancel={cancel} />}
      {stage.kind === 'prompts' && <Prompts key={key} talk={talk} stage={stage} cancel={cancel} />}
      {stage.kind === 'failed' && <Failed talk={talk} stage={stage} />}
    </div>
  );
}

/** Why nobody is in, in the machine's words, and what helps. */
function Failed(props: {
  talk: LoginTalk;
  stage: Extract<Stage, { kind: 'failed' }>;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const action = useAction();
  const { talk, stage } = props;
  const { what, remedy, words } = sentence(trans, { kind: 'bridge', error: stage.trouble });
  const place = talk.placeForOpenSsh;
  return (
    <>
      <div className="jp-Pilothouse-trouble" role="alert">
        <p className="jp-Pilothouse-troubleWhat">
          <span aria-hidden="true">⚠ </span>
          {what}
        </p>
        <ServerText text={words} label={trans.__('In its own words')} />
        {place === undefined ? remedy && <p>{remedy}</p> : <p>{openSshOffer(trans, place)}</p>}
      </div>
      {action.trouble && <TroubleNote trouble={action.trouble} />}
      <Buttons
        talk={talk}
        cancel={() => talk.leave()}
        cancelLabel={trans.__('Close')}
        accept={{
          label: place === undefined ? trans.__('Try again') : openSshLabel(trans),
          disabled: action.busy,
          run: () => action.run(() => (place === undefined ? talk.again() : talk.useOpenSsh()))
        }}
      />
    </>
  );
}
