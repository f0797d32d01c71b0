import * as React from 'react';
import { isAtEnd } from '../views';
import { piecesOf } from './find';

/** The text; while following, its end stays in sight unless the person has scrolled up. */
export function LogText(props: {
  text: string;
  truncated: boolean;
  following: boolean;
  /** Where what is searched for stands, and how long it is. */
  places: readonly number[];
  length: number;
  /** Which of the places is looked at; null: none. */
  current: number | null;
}): React.JSX.Element {
  const node = React.useRef<HTMLPreElement>(null);
  const atEnd = React.useRef(true);
  const { text, truncated, following, places, length, current } = props;
  React.useLayoutEffect(() => {
    if (node.current && following && atEnd.current && current === null) {
      node.current.scrollTop = node.current.scrollHeight;
    }
  }, [text, following, current]);
  React.useEffect(() => {
    // What stands above may grow, and then the end would be below.
    const sized = new ResizeObserver(() => {
      if (node.current && following && atEnd.current && current === null) {
        node.current.scrollTop = node.current.scrollHeight;
      }
    });
    if (node.current) {
      sized.observe(node.current);
    }
    return () => sized.disconnect();
  }, [following, current]);
  const place = current === null ? null : places.at(current);
  React.useLayoutEffect(() => {
    if (place !== null && place !== undefined) {
      node.current?.querySelector('mark.jp-mod-current')?.scrollIntoView({ block: 'center' });
    }
  }, [place]);
  const pieces = React.useMemo(() => piecesOf(text, places, length), [text, places, length]);
  return (
    <pre
      ref={node}
      className="jp-Pilothouse-logText"
      tabIndex={0}
      role="log"
      aria-live="off"
      onScroll={event => {
        atEnd.current = isAtEnd(event.currentTarget);
      }}
    >
      {truncated ? '…\n' : ''}
      {pieces.map((piece, index) =>
        piece.place === null ? (
          piece.text
        ) : (
          <mark key={index} className={piece.place === current ? 'jp-mod-current' : ''}>
            {piece.text}
          </mark>
        )
      )}
    </pre>
  );
}
