import type { PilotId, WhyAction } from '../../../protocol';
import * as React from 'react';
import { CommandIDs } from '../../tokens';
import { LastWords, SmallButton, TroubleNote, useAction, useSurroundings } from '../../views';
import { count, moment, whyActionLabel, whyWords } from '../../words';
import type { Need } from './needs';

/** What can be done where nobody says what helps. */
const UNKNOWN: readonly WhyAction[] = [{ kind: 'release' }, { kind: 'remove' }];
/** Ids named; the rest is a number. */
const IDS_SHOWN = 20;

/** Pilots that are held for one cause: how many, why, and what helps, best first. */
export function HeldNeed(props: { need: Extract<Need, { kind: 'held' }> }): React.JSX.Element {
  const { trans, model, commands } = useSurroundings();
  const { pool, why, pilots, sinceMs } = props.need;
  const action = useAction();
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const words = why === null ? null : whyWords(trans, why);
  const number = pilots.length;
  const act = (wanted: WhyAction): void => {
    const ids = pilots.map(({ pilot }) => pilot);
    switch (wanted.kind) {
      case 'release':
        action.run(() => model.call('pilots.release', { pilots: ids }));
        break;
      case 'remove':
        action.run(() => removeAll(model, ids));
        break;
      case 'resubmit': {
        const { memoryMiB, diskMiB } = wanted;
        action.run(() => model.call('pools.resubmit', { pool: pool.pool, memoryMiB, diskMiB }));
        break;
      }
      case 'edit':
        void commands.execute(CommandIDs.editPlace, { pool: pool.pool, field: wanted.field });
        break;
      case 'wait':
        break;
    }
  };
  return (
    <li className="jp-Pilothouse-need">
      <p className="jp-Pilothouse-needWhat" title={trans.__('Since %1', moment(sinceMs))}>
        <span className="jp-Pilothouse-pause" aria-hidden="true" />
        {trans._n('%2: 1 pilot held', '%2: %3 pilots held', number, pool.title, count(number))}
        {words !== null && ` — ${words.title}`}
      </p>
      {words?.says && <p>{words.says}</p>}
      {words?.helps && <p>{words.helps}</p>}
      {action.trouble && <TroubleNote trouble={action.trouble} />}
      <div className="jp-Pilothouse-actions">
        {(why === null || why.actions.length === 0 ? UNKNOWN : why.actions)
          .filter(({ kind }) => kind !== 'wait')
          // The place is opened once, at the field that is named first.
          .filter(
            ({ kind }, index, all) =>
              kind !== 'edit' || all.findIndex(other => other.kind === 'edit') === index
          )
          .map(wanted => (
            <SmallButton
              key={JSON.stringify(wanted)}
              kind={wanted.kind === 'remove' ? 'warn' : 'plain'}
              disabled={action.busy}
              onClick={() => act(wanted)}
            >
              {whyActionLabel(trans, wanted)}
            </SmallButton>
          ))}
        <button
          type="button"
          className="jp-Pilothouse-button jp-mod-link"
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          onClick={() => setOpen(!open)}
        >
          {trans.__('Details')}
        </button>
      </div>
      {open && (
        <div id={id}>
          <LastWords words={why?.words ?? pilots[0].words} />
          <p className="jp-Pilothouse-path">
            {pilots
              .slice(0, IDS_SHOWN)
              .map(({ pilot, schedulerId }) => schedulerId ?? pilot)
              .join(', ')}
            {number > IDS_SHOWN && trans.__(' and %1 more', count(number - IDS_SHOWN))}
          </p>
        </div>
      )}
    </li>
  );
}

/** Ends pilots, a few at a time: the bridge takes so many requests of one client and no more. */
async function removeAll(
  model: ReturnType<typeof useSurroundings>['model'],
  pilots: readonly PilotId[]
): Promise<void> {
  const AT_ONCE = 50;
  for (let begin = 0; begin < pilots.length; begin += AT_ONCE) {
    await Promise.all(
      pilots.slice(begin, begin + AT_ONCE).map(pilot => model.call('pilots.remove', { pilot }))
    );
  }
}
