import * as React from 'react';
import { count } from '../words';
import { SmallButton } from './button';
import { useSurroundings } from './live';

/** Rows drawn at first, and added by each press; more would block a frame. */
const ROWS = 100;

/** A list that never blocks: its first rows at once, the others when asked for. */
export function Rows<T>(props: {
  items: readonly T[];
  label: string;
  className?: string;
  row: (item: T) => React.ReactElement;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const [shown, setShown] = React.useState(ROWS);
  const hidden = props.items.length - shown;
  return (
    <>
      <ul className={`jp-Pilothouse-rows ${props.className ?? ''}`} aria-label={props.label}>
        {props.items.slice(0, shown).map(props.row)}
      </ul>
      {hidden > 0 && (
        <SmallButton kind="link" onClick={() => setShown(shown + ROWS)}>
          {trans.__('Show more (%1 are not shown)', count(hidden))}
        </SmallButton>
      )}
    </>
  );
}
