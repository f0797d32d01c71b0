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

/** That a submit host's name has led elsewhere, so that older pilots dial where nobody listens. */
export function MovedUplinks(props: { pool: Pool }): React.JSX.Element {
  const { trans, model } = useSurroundings();
  return (
    <>
      {props.pool.uplinks.map(
        ({ machine, moved }) =>
          moved !== undefined && (
            <TroubleLine
              key={`${machine} ${moved.from}`}
              says={trans.__(
                'Older pilots dial %1 in vain for %2',
                moved.from,
                age(trans, model.nowMs() - moved.atMs)
              )}
              sinceMs={moved.atMs}
            >
              <p>
                {trans.__(
                  '%1 is several machines: the last login led to %2, and pilots that were submitted before know %3 only. They come home once a login leads there again; one that is away for too long has its tasks run elsewhere. New pilots know %2.',
                  machine,
                  moved.to,
                  moved.from
                )}
              </p>
              <p>
                {trans.__(
                  'So that this does not happen again, write the name of one of them as the submit host’s address, in the place’s form under “Where”.'
                )}
              </p>
            </TroubleLine>
          )
      )}
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
