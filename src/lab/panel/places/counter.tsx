import type { Pool } from '../../../protocol';
import * as React from 'react';
import { SmallButton, TroubleNote, useAction, useSurroundings } from '../../views';
import { count, forecast, readWanted } from '../../words';

/** The number of wanted pilots, `[−] n [+]`: press or type; what it will do stands below first. */
export function useCounter(pool: Pool): {
  control: React.JSX.Element;
  note: React.JSX.Element | null;
} {
  const { model, trans } = useSurroundings();
  const action = useAction();
  const [draft, setDraft] = React.useState<string | null>(null);
  const noteId = React.useId();
  const wanted = pool.wanted.count;
  const read = draft === null ? null : readWanted(trans, draft, pool);

  const set = (value: number | null): void =>
    action.run(async () => {
      await model.call('pools.setWanted', { pool: pool.pool, count: value });
      setDraft(null);
    });
  const commit = (): void => {
    if (read?.kind === 'number') {
      set(read.value);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter') {
      commit();
    } else if (event.key === 'Escape' && draft !== null) {
      event.stopPropagation();
      setDraft(null);
      action.clear();
    }
  };

  const control = (
    <span className="jp-Pilothouse-counter" role="group" aria-label={trans.__('Pilots wanted')}>
      <SmallButton
        label={trans.__('One pilot fewer: %1', forecast(trans, pool, Math.max(0, wanted - 1)))}
        disabled={wanted <= 0 || action.busy}
        onClick={() => set(wanted - 1)}
      >
        −
      </SmallButton>
      <input
        className="jp-Pilothouse-number"
        inputMode="numeric"
        size={3}
        value={draft ?? String(wanted)}
        style={{ width: `${Math.max(4, String(wanted).length + 1.5)}ch` }}
        aria-label={trans.__('Pilots wanted in %1', pool.title)}
        aria-describedby={draft === null ? undefined : noteId}
        aria-invalid={read?.kind === 'wrong'}
        title={trans.__('Type how many pilots you want, then Enter')}
        onFocus={event => event.target.select()}
        onChange={event => {
          setDraft(event.target.value);
          action.clear();
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (draft !== null && draft.trim() === String(wanted)) {
            setDraft(null);
          }
        }}
      />
      <SmallButton
        label={trans.__('One pilot more: %1', forecast(trans, pool, wanted + 1))}
        disabled={wanted >= pool.wanted.max || action.busy}
        title={
          wanted >= pool.wanted.max
            ? trans.__('This place allows at most %1.', count(pool.wanted.max))
            : undefined
        }
        onClick={() => set(wanted + 1)}
      >
        +
      </SmallButton>
    </span>
  );

  const note =
    draft !== null || action.trouble ? (
      <div className="jp-Pilothouse-note" id={noteId}>
        {read?.kind === 'wrong' && (
          <span role="alert" className="jp-Pilothouse-wrong">
            <span aria-hidden="true">⚠ </span>
            {read.words}
          </span>
        )}
        {read?.kind === 'number' && <span role="status">{forecast(trans, pool, read.value)}</span>}
        {draft !== null && (
          <span className="jp-Pilothouse-actions">
            <SmallButton disabled={read?.kind !== 'number' || action.busy} onClick={commit}>
              {trans.__('Set')}
            </SmallButton>
            <SmallButton onClick={() => setDraft(null)}>{trans.__('Cancel')}</SmallButton>
          </span>
        )}
        {action.trouble && <TroubleNote trouble={action.trouble} />}
      </div>
    ) : null;
  return { control, note };
}
