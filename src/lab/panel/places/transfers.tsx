import * as React from 'react';
import type { Pool, Transfer } from '../../../protocol';
import { nameOf } from '../../drive';
import { SmallButton, useAction, TroubleNote, useSurroundings } from '../../views';
import { bytes, legible, sentence } from '../../words';

/** What a person may want to know of or do about; what has arrived is no news. */
const SHOWN: readonly Transfer['state'][] = ['going', 'failed'];

/** Files on their way to or from a place's submit host, and those that did not arrive. */
export function Transfers(props: { pool: Pool }): React.JSX.Element | null {
  const { model, trans } = useSurroundings();
  const { pool } = props;
  const shown = [...model.picture.transfers.values()].filter(
    one => one.pool === pool.pool && SHOWN.includes(one.state)
  );
  if (shown.length === 0) {
    return null;
  }
  return (
    <ul className="jp-Pilothouse-transfers" aria-label={trans.__('Files of %1', pool.title)}>
      {shown.map(one => (
        <TransferRow key={one.transfer} transfer={one} />
      ))}
    </ul>
  );
}

function TransferRow(props: { transfer: Transfer }): React.JSX.Element {
  const { model, trans } = useSurroundings();
  const { transfer, direction, remote, local, size, bytes: done, state } = props.transfer;
  const { busy, trouble, run } = useAction();
  const name = legible(nameOf(remote));
  const isGoing = state === 'going';
  const failure =
    props.transfer.error === null
      ? null
      : sentence(trans, { kind: 'bridge', error: props.transfer.error });
  const [from, to] = direction === 'put' ? [local, remote] : [remote, local];
  return (
    <li className="jp-Pilothouse-transfer" title={`${legible(from)} → ${legible(to)}`}>
      <span aria-hidden="true">{isGoing ? (direction === 'put' ? '↑' : '↓') : '✕'}</span>
      <span className="jp-Pilothouse-transferName">{name}</span>
      {isGoing && (
        <>
          {size > 0 ? (
            <progress
              value={done}
              max={size}
              aria-label={
                direction === 'put' ? trans.__('%1 is sent', name) : trans.__('%1 is fetched', name)
              }
            />
          ) : (
            <span>{trans.__('waits')}</span>
          )}
          {size > 0 && (
            <span className="jp-Pilothouse-transferBytes">
              {trans.__('%1 of %2', bytes(trans, done), bytes(trans, size))}
            </span>
          )}
        </>
      )}
      <SmallButton
        kind="link"
        disabled={busy}
        label={isGoing ? trans.__('Cancel %1', name) : trans.__('Take %1 off the list', name)}
        onClick={() => run(() => model.call('files.cancel', { transfer }))}
      >
        {isGoing ? trans.__('Cancel') : trans.__('OK')}
      </SmallButton>
      {failure !== null && (
        <p className="jp-Pilothouse-transferWhy">
          {[failure.what, failure.remedy].filter(Boolean).join(' ')}
        </p>
      )}
      {trouble !== null && <TroubleNote trouble={trouble} />}
    </li>
  );
}
