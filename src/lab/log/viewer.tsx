import { HTMLSelect } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { ILogTail, LogFile, LogSource } from '../tokens';
import { LiveWidget, TroubleNote } from '../views';
import type { ISurroundings } from '../views';

/** A log file in the main area: its end, and what is written to it while it is open. */
export class LogViewer extends LiveWidget {
  constructor(surroundings: ISurroundings, source: LogSource) {
    super(surroundings);
    this.addClass('jp-Pilothouse-log');
    this._source = source;
  }

  get source(): LogSource {
    return this._source;
  }

  protected override onAfterAttach(message: Message): void {
    this._open();
    super.onAfterAttach(message);
  }

  protected override onBeforeDetach(message: Message): void {
    this._close();
    super.onBeforeDetach(message);
  }

  protected content(): React.ReactElement | null {
    const tail = this._tail;
    if (tail === null) {
      return null;
    }
    return (
      <LogContent
        tail={tail}
        source={this._source}
        trans={this.surroundings.trans}
        onFile={file => this._choose(file)}
        onFollow={following => {
          tail.following = following;
        }}
      />
    );
  }

  private _choose(file: LogFile): void {
    if (this._source.kind === 'pilot') {
      this._source = { ...this._source, file };
      this._close();
      this._open();
      this.update();
    }
  }

  private _open(): void {
    this._tail = this.surroundings.model.logOf(this._source);
    this._tail.changed.connect(this.refresh, this);
  }

  private _close(): void {
    this._tail?.changed.disconnect(this.refresh, this);
    this._tail?.dispose();
    this._tail = null;
  }

  private _source: LogSource;
  private _tail: ILogTail | null = null;
}

function LogContent(props: {
  tail: ILogTail;
  source: LogSource;
  trans: ISurroundings['trans'];
  onFile: (file: LogFile) => void;
  onFollow: (following: boolean) => void;
}): React.JSX.Element {
  const { tail, source, trans } = props;
  const files: Record<LogFile, string> = {
    output: trans.__('output of the pilot'),
    error: trans.__('errors of the job'),
    script: trans.__('script'),
    submit: trans.__('job description'),
    events: trans.__('scheduler’s events'),
    pool: trans.__('worker pool')
  };
  return (
    <>
      <div className="jp-Pilothouse-logBar">
        {source.kind === 'pilot' && (
          <HTMLSelect
            aria-label={trans.__('Which log')}
            value={source.file}
            onChange={event => {
              const file = (Object.keys(files) as LogFile[]).find(
                name => name === event.target.value
              );
              if (file) {
                props.onFile(file);
              }
            }}
          >
            {Object.entries(files).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </HTMLSelect>
        )}
        <label>
          <input
            type="checkbox"
            checked={tail.following}
            onChange={event => props.onFollow(event.target.checked)}
          />
          {trans.__('Follow')}
        </label>
        <span className="jp-Pilothouse-logPath">{tail.path}</span>
      </div>
      {tail.trouble && <TroubleNote trouble={tail.trouble} />}
      {tail.loading && <div className="jp-Pilothouse-quiet">{trans.__('Loading…')}</div>}
      {!tail.loading && tail.text === '' && !tail.trouble && (
        <div className="jp-Pilothouse-quiet">{trans.__('Nothing is written there yet.')}</div>
      )}
      <LogText text={tail.text} truncated={tail.truncated} following={tail.following} />
    </>
  );
}

/** The text; while following, its end stays in sight unless the person has scrolled up. */
function LogText(props: {
  text: string;
  truncated: boolean;
  following: boolean;
}): React.JSX.Element {
  const node = React.useRef<HTMLPreElement>(null);
  const atEnd = React.useRef(true);
  const { text, truncated, following } = props;
  React.useLayoutEffect(() => {
    if (node.current && following && atEnd.current) {
      node.current.scrollTop = node.current.scrollHeight;
    }
  }, [text, following]);
  return (
    <pre
      ref={node}
      className="jp-Pilothouse-logText"
      tabIndex={0}
      role="log"
      aria-live="off"
      onScroll={event => {
        const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
        atEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
      }}
    >
      {truncated ? '…\n' : ''}
      {text}
    </pre>
  );
}
