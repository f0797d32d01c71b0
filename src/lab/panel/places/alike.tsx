import type { Pilot } from '../../../protocol';
import * as React from 'react';
import { Disclosure, Rows, useSurroundings } from '../../views';
import { age, count, moment, pilotState, whyWords, wordOfPilot } from '../../words';
import { PilotRow } from './pilot';

/** Many pilots that wait for the same: how many, for what, how long the first has; opens to them all. */
export function AlikeRow(props: {
  pilots: readonly Pilot[];
  first: Pilot;
  nowMs: number;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { pilots, first, nowMs } = props;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const word = wordOfPilot(first);
  const state = pilotState(trans, word);
  return (
    <li className={`jp-Pilothouse-pilot jp-mod-${word}`}>
      <Disclosure
        open={open}
        controls={id}
        onToggle={() => setOpen(!open)}
        title={trans.__('The first since %1', moment(first.sinceMs))}
      >
        <span className="jp-Pilothouse-pilotState">
          <span className={`jp-Pilothouse-dot jp-mod-${word}`} aria-hidden="true" />
          {trans.__('%1 %2', count(pilots.length), state)}
        </span>
        <span className="jp-Pilothouse-where">
          {first.why === null ? '' : whyWords(trans, first.why).title}
        </span>
        <span className="jp-Pilothouse-right">{age(trans, nowMs - first.sinceMs)}</span>
      </Disclosure>
      {open && (
        <div id={id}>
          <Rows
            items={pilots}
            label={trans.__('Pilots that are %1', state)}
            row={pilot => <PilotRow key={pilot.pilot} pilot={pilot} nowMs={nowMs} />}
          />
        </div>
      )}
    </li>
  );
}
