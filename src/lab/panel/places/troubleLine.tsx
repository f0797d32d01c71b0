import * as React from 'react';
import { Disclosure, useSurroundings } from '../../views';
import { moment } from '../../words';

/** What is wrong with a place, in one line that is said to all; on opening, what more there is to say. */
export function TroubleLine(props: {
  says: string;
  sinceMs: number;
  children: React.ReactNode;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  return (
    <div className="jp-Pilothouse-placeTrouble">
      <Disclosure
        open={open}
        controls={id}
        onToggle={() => setOpen(!open)}
        title={trans.__('Since %1', moment(props.sinceMs))}
      >
        <span className="jp-Pilothouse-where" role="status">
          <span aria-hidden="true">⚠ </span>
          {props.says}
        </span>
      </Disclosure>
      {open && (
        <div id={id} className="jp-Pilothouse-note">
          {props.children}
        </div>
      )}
    </div>
  );
}
