import * as React from 'react';

/** A tool's last words as it said them, scrolled to their end, where the cause mostly stands. */
export function LastWords(props: { words: string }): React.JSX.Element {
  const node = React.useRef<HTMLPreElement>(null);
  React.useLayoutEffect(() => {
    if (node.current) {
      node.current.scrollTop = node.current.scrollHeight;
    }
  }, [props.words]);
  return (
    <pre ref={node} className="jp-Pilothouse-words" tabIndex={0}>
      {props.words}
    </pre>
  );
}
