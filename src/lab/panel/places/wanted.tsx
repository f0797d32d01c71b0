import type { Pool } from '../../../protocol';
import * as React from 'react';
import { SmallButton, TroubleNote, useAction, useSurroundings } from '../../views';
import { wantedLine } from '../../words';

/** How the wanted number came about, and the way back to what notebooks ask. */
export function WantedLine(props: { pool: Pool }): React.JSX.Element | null {
  const { model, trans } = useSurroundings();
  const action = useAction();
  const { pool } = props;
  const line = wantedLine(trans, pool);
  if (line === '') {
    return null;
  }
  return (
    <div className="jp-Pilothouse-wanted">
      <span>{line}</span>
      {pool.wanted.typed !== null && (
        <SmallButton
          kind="link"
          disabled={action.busy}
          label={trans.__('Clear the typed number; notebooks then decide')}
          onClick={() =>
            action.run(() => model.call('pools.setWanted', { pool: pool.pool, count: null }))
          }
        >
          {trans.__('clear')}
        </SmallButton>
      )}
      {action.trouble && <TroubleNote trouble={action.trouble} />}
    </div>
  );
}
