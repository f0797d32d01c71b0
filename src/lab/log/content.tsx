import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Result } from '../../protocol';
import type { ILogTail, LogFile, LogSource, Trouble } from '../tokens';
import { TroubleNote, useSurroundings } from '../views';
import { bytes, moment } from '../words';
import { findAll } from './find';
import { Search } from './search';
import { LogText } from './text';

export type PilotFiles = Result<'pilots.files'>;

export interface ILogContent {
  readonly tail: ILogTail;
  readonly source: LogSource;
  /** The files that the pilot has or has left; null: not known. */
  readonly files: PilotFiles | null;
  /** Why they are not known. */
  readonly trouble: Trouble | null;
  readonly onFile: (file: LogFile) => void;
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
          <FileChoice current={source.file} files={files} onFile={props.onFile} />
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

/** What a pilot's files are called. */
function nameOf(trans: TranslationBundle, file: LogFile): string {
  switch (file) {
    case 'output':
      return trans.__('output of the pilot');
    case 'error':
      return trans.__('errors of the job');
    case 'script':
      return trans.__('script');
    case 'submit':
      return trans.__('job description');
    case 'events':
      return trans.__('scheduler’s events');
    case 'pool':
      return trans.__('worker pool');
  }
}

/** The files that there are, with their size; the one that is shown, also where it is not there yet. */
function FileChoice(props: {
  current: LogFile;
  files: PilotFiles | null;
  onFile: (file: LogFile) => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { current } = props;
  const files = props.files?.files ?? [];
  return (
    <HTMLSelect
      aria-label={trans.__('Which log')}
      value={current}
      onChange={event => {
        const chosen = files.find(({ file }) => file === event.target.value);
        if (chosen !== undefined) {
          props.onFile(chosen.file);
        }
      }}
    >
      {files.map(({ file, path, size }) => (
        <option key={file} value={file} title={path}>
          {trans.__('%1 (%2)', nameOf(trans, file), bytes(trans, size))}
        </option>
      ))}
      {!files.some(({ file }) => file === current) && (
        <option value={current}>{nameOf(trans, current)}</option>
      )}
    </HTMLSelect>
  );
}

/** How long the files stay. */
function Kept(props: { files: PilotFiles | null }): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const until = props.files?.keptUntilMs;
  if (until === undefined) {
    return null;
  }
  return (
    <span className="jp-Pilothouse-logKept">
      {until === null
        ? trans.__('kept while the pilot lives, and for some days')
        : trans.__('kept until %1', moment(until))}
    </span>
  );
}
