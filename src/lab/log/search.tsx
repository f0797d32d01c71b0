import * as React from 'react';
import { SmallButton, useSurroundings } from '../views';
import { count } from '../words';
import { isCut } from './find';

/** What is searched for in a log: the words, how many places there are, and the way through them. */
export function Search(props: {
  inputRef: React.RefObject<HTMLInputElement>;
  wanted: string;
  places: readonly number[];
  current: number | null;
  onWanted: (wanted: string) => void;
  onStep: (step: 1 | -1) => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { inputRef, wanted, places, current } = props;
  const number = isCut(places)
    ? trans.__('%1 or more', count(places.length))
    : count(places.length);
  return (
    <span className="jp-Pilothouse-logSearch" role="search">
      <input
        ref={inputRef}
        type="search"
        className="jp-Pilothouse-input"
        placeholder={trans.__('Find')}
        aria-label={trans.__('Find in this log')}
        value={wanted}
        onChange={event => props.onWanted(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            props.onStep(event.shiftKey ? -1 : 1);
          } else if (event.key === 'Escape') {
            props.onWanted('');
          }
        }}
      />
      <span role="status">
        {wanted !== '' &&
          (places.length === 0
            ? trans.__('not found')
            : current === null
              ? number
              : trans.__('%1 of %2', count(current + 1), number))}
      </span>
      <SmallButton
        label={trans.__('Previous place')}
        disabled={places.length === 0}
        onClick={() => props.onStep(-1)}
      >
        ↑
      </SmallButton>
      <SmallButton
        label={trans.__('Next place')}
        disabled={places.length === 0}
        onClick={() => props.onStep(1)}
      >
        ↓
      </SmallButton>
    </span>
  );
}
