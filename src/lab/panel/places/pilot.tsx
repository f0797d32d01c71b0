import type { Pilot } from '../../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { Disclosure, useSurroundings } from '../../views';
import { age, moment, pilotEnd, pilotState, resumption, whyWords, wordOfPilot } from '../../words';
import { PilotDetails } from './details';

/** Names shown of what a pilot runs; the rest is a number. */
const APPS_SHOWN = 4;

/**
 * A pilot's row: id, state, what it runs, for how long; opens to its details.
 * Drawn again only if the pilot or `nowMs`, which counts in whole seconds, is another.
 */
export const PilotRow = React.memo(function PilotRow(props: {
  pilot: Pilot;
  nowMs: number;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { pilot, nowMs } = props;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const word = wordOfPilot(pilot);
  const state = word === 'ended' ? pilotEnd(trans, pilot.end) : pilotState(trans, word);
  const sinceMs = pilot.endedAtMs ?? pilot.startedAtMs ?? pilot.createdAtMs;
  return (
    <li className={`jp-Pilothouse-pilot jp-mod-${word}`}>
      <Disclosure
        open={open}
        controls={id}
        onToggle={() => setOpen(!open)}
        title={trans.__('Since %1', moment(sinceMs))}
      >
        <span className="jp-Pilothouse-pilotName">{pilot.pilot}</span>
        <span className="jp-Pilothouse-pilotState">
          <span className={`jp-Pilothouse-dot jp-mod-${word}`} aria-hidden="true" />
          {state}
        </span>
        <span className="jp-Pilothouse-where">
          {runningOf(pilot) || whyOf(trans, pilot, state)}
        </span>
        <span className="jp-Pilothouse-right">{age(trans, nowMs - sinceMs)}</span>
      </Disclosure>
      {resumption(trans, pilot, nowMs) !== '' && (
        <div className="jp-Pilothouse-pilotWords">{resumption(trans, pilot, nowMs)}</div>
      )}
      {showsWords(pilot) && (
        <div className="jp-Pilothouse-pilotWords" title={pilot.words}>
          {pilot.words.trim().split('\n').pop()}
        </div>
      )}
      {open && <PilotDetails id={id} pilot={pilot} />}
    </li>
  );
});

/** Why it waits, is held or has ended, in a few words; empty where its state says that already. */
function whyOf(trans: TranslationBundle, pilot: Pilot, state: string): string {
  const title = pilot.why === null ? '' : whyWords(trans, pilot.why).title;
  return title.toLowerCase() === state.toLowerCase() ? '' : title;
}

/** Words matter where something is not as it should be. */
function showsWords(pilot: Pilot): boolean {
  const unwell = ['held', 'suspended', 'lost'].includes(pilot.state) || pilot.end === 'failed';
  // A cause that is known is said in plain words; the scheduler's own are behind the row.
  return unwell && pilot.why === null && pilot.words.trim() !== '';
}

function runningOf(pilot: Pilot): string {
  const names = pilot.running.slice(0, APPS_SHOWN).join(', ');
  const more = pilot.running.length - APPS_SHOWN;
  return more > 0 ? `${names} +${more}` : names;
}
