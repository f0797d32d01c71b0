import type { Pool, Uplink } from '../../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { LastWords, useSurroundings } from '../../views';
import { age, sentence } from '../../words';
import { TroubleLine } from './troubleLine';

/** Ways home of a place's pilots that are not open now; nothing while all are. */
export function LostUplinks(props: { pool: Pool }): React.JSX.Element | null {
  const lost = props.pool.uplinks.filter(({ trouble }) => trouble !== null);
  const isOneOpen = lost.length < props.pool.uplinks.length;
  return (
    <>
      {lost.map(uplink => (
        <LostUplink
          key={`${uplink.kind} ${uplink.machine} ${uplink.port}`}
          uplink={uplink}
          isOneOpen={isOneOpen}
        />
      ))}
    </>
  );
}

/** One of them: since when, and why and what follows on opening. */
function LostUplink(props: { uplink: Uplink; isOneOpen: boolean }): React.JSX.Element | null {
  const { trans, model } = useSurroundings();
  const { uplink, isOneOpen } = props;
  if (uplink.trouble === null) {
    return null;
  }
  const { what, remedy, words } = sentence(trans, { kind: 'bridge', error: uplink.trouble });
  const lastedMs = model.nowMs() - uplink.sinceMs;
  const next = nextTry(trans, uplink, model.nowMs());
  return (
    <TroubleLine
      says={trans.__('No way home by %1 for %2', whereOf(uplink), age(trans, lastedMs))}
      sinceMs={uplink.sinceMs}
    >
      <p>{what}</p>
      {words !== '' && <LastWords words={words} />}
      {remedy !== '' && <p>{remedy}</p>}
      <p>{meaning(trans, isOneOpen)}</p>
      {next !== '' && <p>{next}</p>}
    </TroubleLine>
  );
}

function whereOf({ machine, port }: Uplink): string {
  return port === null ? machine : `${machine}:${port}`;
}

/** What it means for the place's pilots. */
function meaning(trans: TranslationBundle, isOneOpen: boolean): string {
  return isOneOpen
    ? trans.__('Pilots use the other way.')
    : trans.__(
        'What pilots run goes on, and its results come once the way is back. A pilot that is away for too long has its tasks run elsewhere; its row counts down. No pilot is submitted meanwhile.'
      );
}

function nextTry(trans: TranslationBundle, { nextTryMs, trouble }: Uplink, nowMs: number): string {
  if (trouble?.code === 'login_needed') {
    return trans.__('It opens by itself once you have logged in.');
  }
  return nextTryMs === null || nextTryMs <= nowMs
    ? trans.__('It is tried again by itself.')
    : trans.__('It is tried again by itself, next in %1.', age(trans, nextTryMs - nowMs));
}
