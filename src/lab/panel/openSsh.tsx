import type { HostConnection, Pool } from '../../protocol';
import * as React from 'react';
import { CommandIDs } from '../tokens';
import { SmallButton, useSurroundings } from '../views';
import { mayUseOpenSsh, openSshLabel, openSshOffer } from '../words';

/** The other way to log in, where Pilothouse's own SSH cannot: what it changes, and the button. */
export function OpenSshOffer(props: {
  pool: Pool;
  host: HostConnection;
}): React.JSX.Element | null {
  const { trans, commands } = useSurroundings();
  const { pool, host } = props;
  if (!mayUseOpenSsh(host)) {
    return null;
  }
  return (
    <>
      <p>{openSshOffer(trans, pool.title)}</p>
      <div className="jp-Pilothouse-actions">
        <SmallButton
          label={trans.__('Use OpenSSH to log in to %1', host.address)}
          onClick={() => void commands.execute(CommandIDs.useOpenSsh, { pool: pool.pool })}
        >
          {openSshLabel(trans)}
        </SmallButton>
      </div>
    </>
  );
}
