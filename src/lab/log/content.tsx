import * as React from 'react';
import type { ILogTail, IPilotLog, LogSource, Trouble } from '../tokens';
import { TroubleNote, useSurroundings } from '../views';
import { count, moment } from '../words';
import { LogChoice } from './choice';
import type { PilotFiles } from './choice';
import { findAll } from './find';
import { Search } from './search';
import { LogText } from './text';

export interface ILogContent {
  readonly tail: ILogTail;
  readonly source: LogSource;
  /** The files that the pilot has or has left; null: not known. */
  readonly files: PilotFiles | null;
  /** Why they are not known, or not all. */
  readonly trouble: Trouble | null;
  readonly onLog: (log: IPilotLog) => void;
  readonly onFollow: (following: boolean) => void;
}

/** Which file, where it is and how long it stays; its text, followed and searched. */
export function LogContent(props: ILogContent): React.JSX.Element {
  const { trans } = useSurroundings();
  const { tail, source, files } = props;
  const [wanted, setWanted] = React.useState('');
  const [current, setCurrent] = React.useState<number | null>(null);
  const input = React.useRef<HTMLInputElement>(null);
  const { text } = tail;
  const places = React.useMemo(() => findAll(text, wanted), [text, wanted]);
  const looked = current !== null && current < places.length ? current : null;
  const step = (by: 1 | -1): void => {
    if (places.length > 0) {
      // The newest lines are the likeliest to matter: a search begins at the end.
      const from = looked ?? (by === 1 ? places.length - 1 : 0);
      setCurrent((from + by + places.length) % places.length);
    }
  };
  return (
    <div
      className="jp-Pilothouse-logContent"
      onKeyDown={event => {
        if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
          event.preventDefault();
          input.current?.select();
        }
      }}
    >
      <div className="jp-Pilothouse-logBar">
        {source.kind === 'pilot' && (
          <LogChoice current={source} files={files} onLog={props.onLog} />
        )}
        <label>
          <input
            type="checkbox"
            checked={tail.following}
            onChange={event => props.onFollow(event.target.checked)}
          />
          {trans.__('Follow')}
        </label>
        <Search
          inputRef={input}
          wanted={wanted}
          places={places}
          current={looked}
          onWanted={next => {
            setWanted(next);
            setCurrent(null);
          }}
          onStep={step}
        />
        <span className="jp-Pilothouse-logPath" title={tail.path}>
          {tail.path}
        </span>
        <Kept files={files} />
      </div>
      {props.trouble && <TroubleNote trouble={props.trouble} />}
      {tail.trouble && <TroubleNote trouble={tail.trouble} />}
      {tail.loading && <div className="jp-Pilothouse-quiet">{trans.__('Loading…')}</div>}
      {!tail.loading && text === '' && !tail.trouble && (
        <div className="jp-Pilothouse-quiet">{trans.__('Nothing is written there yet.')}</div>
      )}
      <LogText
        text={text}
        truncated={tail.truncated}
        following={tail.following}
        places={places}
        length={wanted.length}
        current={looked}
      />
    </div>
  );
}

/** How long the files stay. */
function Kept(props: { files: PilotFiles | null }): React.JSX.Element | null {
  const { trans } = useSurroundings();
  if (props.files === null) {
    return null;
  }
  const { keptUntilMs, keepDays } = props.files;
  const text =
    keptUntilMs !== null
      ? trans.__('kept until %1', moment(keptUntilMs))
      : keepDays === null
        ? trans.__('kept while the pilot lives')
        : trans._n(
            'kept while the pilot lives, and one day more',
            'kept while the pilot lives, and %2 days more',
            keepDays,
            count(keepDays)
          );
  return <span className="jp-Pilothouse-logKept">{text}</span>;
}
