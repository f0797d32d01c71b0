import type { Pool } from '../../../protocol';
import * as React from 'react';
import { askersOf, endedPilots, livePilots } from '../../model';
import { Disclosure, Rows, useSurroundings } from '../../views';
import { askLine, count, pilotCounts } from '../../words';
import { useCounter } from './counter';
import { PilotRow } from './pilot';
import { WantedLine } from './wanted';

/** A place: its line, how many pilots are wanted and why, and its pilots. */
export function Place(props: { pool: Pool; open: boolean }): React.JSX.Element {
  const { model, trans } = useSurroundings();
  const { pool } = props;
  const [toggled, setToggled] = React.useState<boolean | null>(null);
  const { control, note } = useCounter(pool);
  const id = React.useId();
  const open = toggled ?? props.open;
  return (
    <li className="jp-Pilothouse-place">
      <div className="jp-Pilothouse-placeLine">
        <Disclosure open={open} controls={id} onToggle={() => setToggled(!open)}>
          <span className="jp-Pilothouse-placeTitle">{pool.title}</span>
        </Disclosure>
        {control}
      </div>
      <div className="jp-Pilothouse-placeCounts">{pilotCounts(trans, pool.counts)}</div>
      {note}
      {/* What is open says by its askers how a number came about that nobody typed. */}
      {(!open || pool.wanted.typed !== null || pool.wanted.asked > pool.wanted.count) && (
        <WantedLine pool={pool} />
      )}
      {open && (
        <div id={id}>
          {askersOf(model.picture, pool.pool).map(executor => (
            <div key={executor.executor} className="jp-Pilothouse-asker">
              {askLine(trans, executor)}
            </div>
          ))}
          <Rows
            items={livePilots(model.picture, pool.pool)}
            label={trans.__('Pilots of %1', pool.title)}
            row={pilot => <PilotRow key={pilot.pilot} pilot={pilot} nowMs={model.nowMs()} />}
          />
          <Ended pool={pool} />
        </div>
      )}
    </li>
  );
}

/** Pilots that have ended, out of the way until asked for. */
function Ended(props: { pool: Pool }): React.JSX.Element | null {
  const { model, trans } = useSurroundings();
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const pilots = endedPilots(model.picture, props.pool.pool);
  if (pilots.length === 0) {
    return null;
  }
  return (
    <div className="jp-Pilothouse-ended">
      <Disclosure open={open} controls={id} onToggle={() => setOpen(!open)}>
        {trans.__('%1 ended', count(pilots.length))}
      </Disclosure>
      {open && (
        <div id={id}>
          <Rows
            items={pilots}
            label={trans.__('Ended pilots of %1', props.pool.title)}
            row={pilot => <PilotRow key={pilot.pilot} pilot={pilot} nowMs={model.nowMs()} />}
          />
        </div>
      )}
    </div>
  );
}
