import type { Pool } from '../../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { LastWords, useSurroundings } from '../../views';
import { age, sentence } from '../../words';
import { ConnectionLine } from './connection';
import { TroubleLine } from './troubleLine';

/** The scheduler as its makers write it, and the machine it is asked on. */
function whereOf(trans: TranslationBundle, pool: Pool): string {
  switch (pool.scheduler) {
    case 'local':
      return pool.submitHost;
    case 'slurm':
      return trans.__('Slurm on %1', pool.submitHost);
    case 'htcondor':
      return trans.__('HTCondor on %1', pool.submitHost);
  }
}

/** Where a place's pilots are submitted, whether somebody is logged in there, and whether its scheduler answers. */
export function Whereabouts(props: { pool: Pool }): React.JSX.Element | null {
  const { model } = useSurroundings();
  const { pool } = props;
  const host = pool.host === null ? undefined : model.picture.hosts.get(pool.host);
  if (host === undefined) {
    return <SchedulerLine pool={pool} />;
  }
  // Where nobody is logged in no scheduler answers: that is said once.
  const isAnswering = pool.schedulerTrouble === null;
  const isSaid = host.state !== 'connected' || pool.schedulerTrouble?.code === 'login_needed';
  return (
    <>
      <ConnectionLine pool={pool} host={host} />
      {!isAnswering && !isSaid && <SchedulerLine pool={pool} />}
    </>
  );
}

/** The scheduler and its machine, and since when it does not answer. */
function SchedulerLine(props: { pool: Pool }): React.JSX.Element | null {
  const { trans, model } = useSurroundings();
  const { pool } = props;
  const trouble = pool.schedulerTrouble;
  if (pool.scheduler === 'local' && trouble === null) {
    // This computer: its name says it all.
    return null;
  }
  const where = whereOf(trans, pool);
  if (trouble === null) {
    return <div className="jp-Pilothouse-placeWhere">{where}</div>;
  }
  const { remedy } = sentence(trans, {
    kind: 'bridge',
    error: { code: trouble.code, params: {} }
  });
  const lastedMs = model.nowMs() - trouble.sinceMs;
  return (
    <TroubleLine
      says={trans.__('%1 has not answered for %2', where, age(trans, lastedMs))}
      sinceMs={trouble.sinceMs}
    >
      {trouble.words !== '' && <LastWords words={trouble.words} />}
      <p>{trans.__('What is shown is as it was then. It is asked again by itself.')}</p>
      {!remedy.includes('?') && remedy !== '' && <p>{remedy}</p>}
    </TroubleLine>
  );
}
