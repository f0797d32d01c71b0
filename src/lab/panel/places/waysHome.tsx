import type { Pool, Profile } from '../../../protocol';
import * as React from 'react';
import { CommandIDs } from '../../tokens';
import { SmallButton, useSurroundings } from '../../views';
import { TriedWays, type ITrial } from '../../waysHome';

/** Has the ways home of a place tried; not for this computer's own, whose pilots need none. */
export function TryWaysHome(props: { pool: Pool; trial: ITrial }): React.JSX.Element | null {
  const { trans, model } = useSurroundings();
  const { pool, trial } = props;
  if (pool.scheduler === 'local' && pool.host === null) {
    return null;
  }
  const profile = (): Promise<Profile> => model.call('profiles.get', { name: pool.pool });
  return (
    <SmallButton
      kind="link"
      disabled={trial.busy}
      label={trans.__('Try the ways home of %1', pool.title)}
      onClick={() => trial.begin({ title: pool.title, profile })}
    >
      {trans.__('Try ways home…')}
    </SmallButton>
  );
}

/** What trying them has found. */
export function WaysHome(props: { pool: Pool; trial: ITrial }): React.JSX.Element | null {
  const { trans, commands } = useSurroundings();
  const { pool, trial } = props;
  const place = { pool: pool.pool };
  return (
    <TriedWays
      trial={trial}
      title={pool.title}
      adviceLabel={trans.__('Change it…')}
      onAdvice={() =>
        void commands.execute(CommandIDs.editPlace, { ...place, field: 'uplink.kinds' })
      }
      onLogIn={() => void commands.execute(CommandIDs.logIn, place)}
    />
  );
}
