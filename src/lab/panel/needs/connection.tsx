import * as React from 'react';
import { CommandIDs } from '../../tokens';
import { LastWords, SmallButton, useSurroundings } from '../../views';
import { age, count, machineOf, moment, questionLine, sentence, shortName } from '../../words';
import { OpenSshOffer } from '../openSsh';
import type { Need } from './needs';

/** A login that somebody began, in whichever tab or terminal, and that asks. */
export function LoginNeed(props: { need: Extract<Need, { kind: 'login' }> }): React.JSX.Element {
  const { trans, commands } = useSurroundings();
  const { host, login } = props.need;
  const machine = shortName(machineOf(host, login));
  const question = questionLine(trans, login.question);
  return (
    <li className="jp-Pilothouse-need">
      <p className="jp-Pilothouse-needWhat" title={host.address}>
        <span className="jp-Pilothouse-pause" aria-hidden="true" />
        {question === ''
          ? trans.__('%1 asks', machine)
          : trans.__('%1 asks: %2', machine, question)}
      </p>
      <p>{trans.__('A login as %1 waits for an answer.', login.hop.user)}</p>
      <div className="jp-Pilothouse-actions">
        <SmallButton
          label={trans.__('Answer the login to %1', host.address)}
          onClick={() => void commands.execute(CommandIDs.answerLogin, { host: host.host })}
        >
          {trans.__('Answer')}
        </SmallButton>
      </div>
    </li>
  );
}

/** A connection that broke and does not come back by itself. */
export function LostNeed(props: { need: Extract<Need, { kind: 'lost' }> }): React.JSX.Element {
  const { trans, model, commands } = useSurroundings();
  const { host, pool } = props.need;
  const error = host.trouble;
  const { what, words } =
    error === null ? { what: '', words: '' } : sentence(trans, { kind: 'bridge', error });
  return (
    <li className="jp-Pilothouse-need">
      <p className="jp-Pilothouse-needWhat" title={trans.__('Since %1', moment(host.sinceMs))}>
        <span className="jp-Pilothouse-pause" aria-hidden="true" />
        {trans.__(
          '%1: connection lost %2 ago',
          shortName(host.address),
          age(trans, model.nowMs() - host.sinceMs)
        )}
      </p>
      {what && <p>{what}</p>}
      {words && <LastWords words={words} />}
      <p>
        {trans.__(
          'Pilots that do not come home through it go on. It is not tried again by itself, since you had to answer.'
        )}
      </p>
      <div className="jp-Pilothouse-actions">
        <SmallButton
          label={trans.__('Reconnect to %1', host.address)}
          onClick={() => void commands.execute(CommandIDs.logIn, { pool: pool.pool })}
        >
          {trans.__('Reconnect')}
        </SmallButton>
      </div>
    </li>
  );
}

/** Pilots are wanted where nobody is logged in. */
export function AwayNeed(props: { need: Extract<Need, { kind: 'away' }> }): React.JSX.Element {
  const { trans, commands } = useSurroundings();
  const { host, pool } = props.need;
  const error = host.state === 'failed' ? host.trouble : null;
  return (
    <li className="jp-Pilothouse-need">
      <p className="jp-Pilothouse-needWhat">
        <span className="jp-Pilothouse-pause" aria-hidden="true" />
        {trans.__('%1: log in to %2', pool.title, shortName(host.address))}
      </p>
      {error && <p>{sentence(trans, { kind: 'bridge', error }).what}</p>}
      {error?.words && <LastWords words={error.words} />}
      <OpenSshOffer pool={pool} host={host} />
      <p>
        {trans._n(
          'A pilot is wanted; it is submitted when somebody is logged in.',
          '%2 pilots are wanted; they are submitted when somebody is logged in.',
          pool.wanted.count,
          count(pool.wanted.count)
        )}
      </p>
      <div className="jp-Pilothouse-actions">
        <SmallButton
          label={trans.__('Log in to %1', host.address)}
          onClick={() => void commands.execute(CommandIDs.logIn, { pool: pool.pool })}
        >
          {trans.__('Log in')}
        </SmallButton>
      </div>
    </li>
  );
}
