import * as React from 'react';
import { LinkedText } from './links';

/** What a machine says, as it says it: its spaces and lines kept, its links to be opened. */
export function ServerText(props: {
  text: string;
  label: string;
  id?: string;
}): React.JSX.Element | null {
  if (props.text.trim() === '') {
    return null;
  }
  return (
    <div
      id={props.id}
      className="jp-Pilothouse-words jp-Pilothouse-serverText"
      role="group"
      aria-label={props.label}
      tabIndex={0}
    >
      <LinkedText text={props.text.replace(/^\n+|\s+$/g, '')} />
    </div>
  );
}
