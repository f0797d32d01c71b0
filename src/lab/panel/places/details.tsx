import type { Pilot } from '../../../protocol';
import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { CommandIDs } from '../../tokens';
import { LastWords, SmallButton, TroubleNote, useAction, useSurroundings } from '../../views';
import { age, count, memory, moment, whyWords } from '../../words';

/** All that is known of a pilot, and what can be done with it. */
export function PilotDetails(props: { id: string; pilot: Pilot }): React.JSX.Element {
  const { model, trans, commands } = useSurroundings();
  const action = useAction();
  const { pilot } = props;
  const alive = pilot.state !== 'ended';
  const id = { pilot: pilot.pilot };
  return (
    <div id={props.id} className="jp-Pilothouse-details">
      <dl>
        {factsOf(trans, pilot, model.nowMs()).map(([name, value, title]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd title={title}>{value}</dd>
          </React.Fragment>
        ))}
      </dl>
      <WhyNote pilot={pilot} />
      {pilot.warnings !== '' && (
        <>
          <p>{trans.__('When it was submitted, the scheduler warned:')}</p>
          <LastWords words={pilot.warnings} />
        </>
      )}
      {action.trouble && <TroubleNote trouble={action.trouble} />}
      <div className="jp-Pilothouse-actions">
        <SmallButton onClick={() => void commands.execute(CommandIDs.showLog, id)}>
          {trans.__('Log')}
        </SmallButton>
        <SmallButton
          onClick={() => void commands.execute(CommandIDs.showLog, { ...id, file: 'script' })}
        >
          {trans.__('Script')}
        </SmallButton>
        {pilot.state === 'queued' && (
          <SmallButton
            disabled={action.busy}
            label={trans.__('Hold: it keeps its place in the queue and does not start')}
            onClick={() => action.run(() => model.call('pilots.hold', { pilots: [pilot.pilot] }))}
          >
            {trans.__('Hold')}
          </SmallButton>
        )}
        {pilot.state === 'held' && (
          <SmallButton
            disabled={action.busy}
            label={trans.__('Release: it may start again')}
            onClick={() =>
              action.run(() => model.call('pilots.release', { pilots: [pilot.pilot] }))
            }
          >
            {trans.__('Release')}
          </SmallButton>
        )}
        {alive && (
          <SmallButton
            disabled={action.busy || pilot.state === 'draining'}
            label={trans.__('Drain: running tasks finish, then the pilot ends')}
            onClick={() => action.run(() => model.call('pilots.drain', id))}
          >
            {trans.__('Drain')}
          </SmallButton>
        )}
        {alive && (
          <SmallButton
            kind="warn"
            disabled={action.busy}
            label={trans.__('Remove: the pilot ends now, its tasks run elsewhere')}
            onClick={() => action.run(() => model.call('pilots.remove', id))}
          >
            {trans.__('Remove')}
          </SmallButton>
        )}
        <SmallButton onClick={() => Clipboard.copyToSystem(pilot.schedulerId ?? pilot.pilot)}>
          {trans.__('Copy id')}
        </SmallButton>
      </div>
    </div>
  );
}

/** Why it waits, is held or has ended: in plain words, then the scheduler's or worker's own. */
function WhyNote(props: { pilot: Pilot }): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const { why, words } = props.pilot;
  if (why === null) {
    return words === '' ? null : <LastWords words={words} />;
  }
  const { says, helps } = whyWords(trans, why);
  const own = why.words === '' ? words : why.words;
  return (
    <>
      {says && <p>{says}</p>}
      {helps && <p>{helps}</p>}
      {own && <LastWords words={own} />}
    </>
  );
}

type Fact = [name: string, value: string, title?: string];

function factsOf(trans: TranslationBundle, pilot: Pilot, nowMs: number): Fact[] {
  const facts: (Fact | null)[] = [
    pilot.schedulerId === null ? null : [trans.__('scheduler id'), pilot.schedulerId],
    pilot.slot === null ? null : [trans.__('slot'), pilot.slot],
    pilot.host === null ? null : [trans.__('host'), pilot.host],
    pilot.site === null ? null : [trans.__('site'), pilot.site],
    pilot.cores === null ? null : [trans.__('cores'), count(pilot.cores)],
    pilot.memoryMiB === null ? null : [trans.__('memory'), memory(trans, pilot.memoryMiB)],
    pilot.gpus.length === 0 ? null : [trans.__('GPUs'), pilot.gpus.join(', ')],
    pilot.runtime.python === undefined
      ? null
      : [trans.__('Python'), pilot.runtime.python, pilot.runtime.executable],
    pilot.runtime.parsl === undefined ? null : [trans.__('Parsl'), pilot.runtime.parsl],
    [trans.__('in this state'), age(trans, nowMs - pilot.sinceMs), moment(pilot.sinceMs)],
    pilot.endsByMs === null || pilot.state === 'ended'
      ? null
      : [trans.__('time left'), age(trans, pilot.endsByMs - nowMs), moment(pilot.endsByMs)],
    pilot.attempt === 1 ? null : [trans.__('attempt'), count(pilot.attempt)],
    [trans.__('tasks run'), count(pilot.ran)]
  ];
  return facts.filter(fact => fact !== null);
}
