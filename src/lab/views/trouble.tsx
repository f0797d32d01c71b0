import * as React from 'react';
import type { Trouble } from '../tokens';
import { sentence } from '../words';
import { useSurroundings } from './live';
import { LastWords } from './words';

/** An error as a person reads it: what happened, what helps, the tool's own words. */
export function TroubleNote(props: {
  trouble: Trouble;
  children?: React.ReactNode;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { what, remedy, words } = sentence(trans, props.trouble);
  return (
    <div className="jp-Pilothouse-trouble" role="alert">
      <p className="jp-Pilothouse-troubleWhat">
        <span aria-hidden="true">⚠ </span>
        {what}
      </p>
      {remedy && <p>{remedy}</p>}
      {words && <LastWords words={words} />}
      {props.children && <div className="jp-Pilothouse-actions">{props.children}</div>}
    </div>
  );
}
