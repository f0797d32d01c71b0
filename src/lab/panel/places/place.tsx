import type { Pool } from '../../../protocol';
import * as React from 'react';
import { askersOf, endedPilots, livePilots } from '../../model';
import { CommandIDs } from '../../tokens';
import { Disclosure, Rows, SmallButton, useSurroundings } from '../../views';
import { useTrial } from '../../waysHome';
import { askLine, count, pilotCounts } from '../../words';
import { AlikeRow } from './alike';
import { useCounter } from './counter';
import { PilotRow } from './pilot';
import { Transfers } from './transfers';
import { LostUplinks, MovedUplinks } from './uplink';
import { rowsOf } from './waiting';
import { WantedLine } from './wanted';
import { TryWaysHome, WaysHome } from './waysHome';
import { Whereabouts } from './whereabouts';

/** A place: its line, how many pilots are wanted and why, and its pilots. */
export function Place(props: { pool: Pool; open: boolean }): React.JSX.Element {
  const { model, trans, commands } = useSurroundings();
  const { pool } = props;
  const nowMs = wholeSeconds(model.nowMs());
  const [toggled, setToggled] = React.useState<boolean | null>(null);
  const { control, note } = useCounter(pool);
  const trial = useTrial();
  const id = React.useId();
  const open = toggled ?? props.open;
  return (
    <li className="jp-Pilothouse-place" data-pilothouse-place={pool.pool}>
      <div className="jp-Pilothouse-placeLine">
        <Disclosure open={open} controls={id} onToggle={() => setToggled(!open)}>
          <span className="jp-Pilothouse-placeTitle">{pool.title}</span>
        </Disclosure>
        {control}
      </div>
      <Whereabouts pool={pool} />
      <LostUplinks pool={pool} />
      <MovedUplinks pool={pool} />
      <WaysHome pool={pool} trial={trial} />
      <div className="jp-Pilothouse-placeCounts">
        {pilotCounts(trans, pool.counts)}
        {pool.stopped !== null && ` · ${trans.__('stopped')}`}
      </div>
      {note}
      <Transfers pool={pool} />
      {/* What is open says by its askers how a number came about that nobody typed. */}
      {(!open || isWorthSaying(pool)) && <WantedLine pool={pool} />}
      {open && (
        <div id={id}>
          {askersOf(model.picture, pool.pool).map(executor => (
            <div key={executor.executor} className="jp-Pilothouse-asker">
              {askLine(trans, executor)}
            </div>
          ))}
          <Rows
            items={rowsOf(livePilots(model.picture, pool.pool))}
            label={trans.__('Pilots of %1', pool.title)}
            row={row =>
              row.kind === 'pilot' ? (
                <PilotRow key={row.key} pilot={row.pilot} nowMs={nowMs} />
              ) : (
                <AlikeRow key={row.key} pilots={row.pilots} first={row.first} nowMs={nowMs} />
              )
            }
          />
          <Ended pool={pool} />
          <div className="jp-Pilothouse-placeActions">
            {commands.hasCommand(CommandIDs.showFiles) && (
              <SmallButton
                kind="link"
                label={trans.__('Files of %1', pool.title)}
                onClick={() => void commands.execute(CommandIDs.showFiles, { pool: pool.pool })}
              >
                {trans.__('Files')}
              </SmallButton>
            )}
            <TryWaysHome pool={pool} trial={trial} />
            <SmallButton
              kind="link"
              label={trans.__('Edit %1', pool.title)}
              onClick={() => void commands.execute(CommandIDs.editPlace, { pool: pool.pool })}
            >
              {trans.__('Edit…')}
            </SmallButton>
          </div>
        </div>
      )}
    </li>
  );
}

/** Ages are said in seconds at the finest: between two of them no row changes by itself. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** Whether more is to be said of the wanted number than what each notebook asks for. */
function isWorthSaying({ wanted }: Pool): boolean {
  return wanted.typed !== null || wanted.asked > wanted.count || wanted.asked === 0;
}

/** Pilots that have ended, out of the way until asked for. */
function Ended(props: { pool: Pool }): React.JSX.Element | null {
  const { model, trans } = useSurroundings();
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const nowMs = wholeSeconds(model.nowMs());
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
            row={pilot => <PilotRow key={pilot.pilot} pilot={pilot} nowMs={nowMs} />}
          />
        </div>
      )}
    </div>
  );
}
