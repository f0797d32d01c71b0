import * as React from 'react';
import type { BrokenProfile } from '../../../protocol';
import { CommandIDs } from '../../tokens';
import { LastWords, SmallButton, TroubleNote, useAction, useSurroundings } from '../../views';
import { age, askLine, sentence } from '../../words';
import { AwayNeed, LoginNeed, LostNeed } from './connection';
import { HeldNeed } from './held';
import type { Need } from './needs';

export function NeedItem(props: { need: Need }): React.JSX.Element {
  const { need } = props;
  switch (need.kind) {
    case 'bridge':
      return <BridgeNeed need={need} />;
    case 'login':
      return <LoginNeed need={need} />;
    case 'lost':
      return <LostNeed need={need} />;
    case 'away':
      return <AwayNeed need={need} />;
    case 'stopped':
      return <StoppedNeed need={need} />;
    case 'executor':
      return <ExecutorNeed need={need} />;
    case 'unserved':
      return (
        <li className="jp-Pilothouse-need">
          <p className="jp-Pilothouse-needWhat">
            <span className="jp-Pilothouse-pause" aria-hidden="true" />
            {need.pool.title}
          </p>
          <p>{need.why}</p>
        </li>
      );
    case 'held':
      return <HeldNeed need={need} />;
    case 'profile':
      return <ProfileNeed profile={need.profile} />;
  }
}

/** A notebook whose Parsl cannot go on: which, and why. */
function ExecutorNeed(props: { need: Extract<Need, { kind: 'executor' }> }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { executor, failure } = props.need;
  return (
    <li className="jp-Pilothouse-need">
      <p className="jp-Pilothouse-needWhat">
        <span className="jp-Pilothouse-pause" aria-hidden="true" />
        {askLine(trans, executor)}
      </p>
      <TroubleNote trouble={{ kind: 'bridge', error: failure }} />
    </li>
  );
}

/** A profile that cannot be used: which, what is wrong in it, and where it is. */
function ProfileNeed(props: { profile: BrokenProfile }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { file, error } = props.profile;
  const [field, problem] = [error.params.field, error.params.message ?? error.params.problem];
  const { remedy } = sentence(trans, { kind: 'bridge', error });
  return (
    <li className="jp-Pilothouse-need">
      <p className="jp-Pilothouse-needWhat">
        <span aria-hidden="true">⚠ </span>
        {trans.__('%1 cannot be used', file.split('/').pop() ?? file)}
      </p>
      <p>{[field, problem].filter(Boolean).join(': ')}</p>
      {error.words && <LastWords words={error.words} />}
      <p>{remedy}</p>
      <p className="jp-Pilothouse-path">{file}</p>
    </li>
  );
}

function BridgeNeed(props: { need: Extract<Need, { kind: 'bridge' }> }): React.JSX.Element {
  const { trans, model, commands } = useSurroundings();
  const { trouble, starting } = props.need.connection;
  return (
    <li className="jp-Pilothouse-need">
      <TroubleNote trouble={trouble}>
        {trouble.kind === 'bridge' ? (
          <SmallButton disabled={starting} onClick={() => void model.startBridge()}>
            {starting ? trans.__('Starting…') : trans.__('Start again')}
          </SmallButton>
        ) : (
          <SmallButton onClick={() => model.reconnect()}>{trans.__('Try again')}</SmallButton>
        )}
        {trouble.kind === 'bridge' && (
          <SmallButton onClick={() => void commands.execute(CommandIDs.showBridgeLog)}>
            {trans.__('Show log')}
          </SmallButton>
        )}
      </TroubleNote>
    </li>
  );
}

/** A place whose pilots fail: why, and to mend it, to try again or to leave it. */
function StoppedNeed(props: { need: Extract<Need, { kind: 'stopped' }> }): React.JSX.Element {
  const { trans, model, commands } = useSurroundings();
  const { pool, stopped } = props.need;
  const action = useAction();
  const { code, params } = stopped;
  const error = { code, params };
  const { what, remedy } = sentence(trans, { kind: 'bridge', error });
  return (
    <li className="jp-Pilothouse-need">
      <p className="jp-Pilothouse-needWhat">
        <span className="jp-Pilothouse-pause" aria-hidden="true" />
        {trans._n(
          '%2: a pilot failed, %3 ago',
          '%2: %1 pilots in a row failed, %3 ago',
          stopped.failures,
          pool.title,
          age(trans, model.nowMs() - stopped.sinceMs)
        )}
      </p>
      {code !== 'pool_stopped' && <p>{what}</p>}
      {stopped.words && <LastWords words={stopped.words} />}
      <p>{trans.__('No more are asked for until you say so.')}</p>
      <p>{remedy}</p>
      {action.trouble && <TroubleNote trouble={action.trouble} />}
      <div className="jp-Pilothouse-actions">
        <SmallButton
          disabled={action.busy}
          onClick={() => action.run(() => model.call('pools.resume', { pool: pool.pool }))}
        >
          {trans.__('Try again')}
        </SmallButton>
        <SmallButton
          label={trans.__('Edit %1', pool.title)}
          onClick={() => void commands.execute(CommandIDs.editPlace, { pool: pool.pool })}
        >
          {trans.__('Edit…')}
        </SmallButton>
        <SmallButton
          label={trans.__('Want no pilots of %1', pool.title)}
          disabled={action.busy}
          onClick={() =>
            action.run(() => model.call('pools.setWanted', { pool: pool.pool, count: 0 }))
          }
        >
          {trans.__('Want none')}
        </SmallButton>
      </div>
    </li>
  );
}
