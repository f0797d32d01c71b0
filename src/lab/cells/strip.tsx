import type { TaskState } from '../../protocol';
import { ReactWidget } from '@jupyterlab/ui-components';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { StateMark, TaskRows } from '../tasks';
import { Disclosure, Surrounded } from '../views';
import type { ISurroundings } from '../views';
import type { IStripLine } from './content';

/** What a cell started: a line of fixed height for each app, opening to its tasks. */
export class Strip extends ReactWidget {
  /** @param opened Apps whose line is open; kept by the controller, since cells are made anew. */
  constructor(
    private readonly _surroundings: ISurroundings,
    private readonly _opened: Set<string>
  ) {
    super();
    this.addClass('jp-Pilothouse-strip');
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', _surroundings.trans.__('Tasks of this cell'));
    // Return and arrows belong to the strip while it has the focus, not to the notebook.
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  /** Draws now, and only what differs from what is drawn. */
  draw(lines: readonly IStripLine[], stale: boolean): void {
    this.toggleClass('jp-mod-stale', stale);
    const drawn = JSON.stringify(lines);
    if (drawn !== this._drawn) {
      this._drawn = drawn;
      this._lines = lines;
      MessageLoop.sendMessage(this, Widget.Msg.UpdateRequest);
    }
  }

  protected render(): React.ReactElement {
    return (
      <Surrounded by={this._surroundings}>
        {this._lines.map(line => (
          <StripItem
            key={line.app}
            line={line}
            open={this._opened.has(line.app)}
            onToggle={() => this._toggle(line.app)}
          />
        ))}
      </Surrounded>
    );
  }

  private _toggle(app: string): void {
    if (!this._opened.delete(app)) {
      this._opened.add(app);
    }
    this.update();
  }

  private _lines: readonly IStripLine[] = [];
  private _drawn = '';
}

/** What only waits has printed nothing, and its number stands in the line. */
const BEGUN: TaskState[] = ['running', 'done', 'failed'];

function StripItem(props: {
  line: IStripLine;
  open: boolean;
  onToggle: () => void;
}): React.JSX.Element {
  const { line, open } = props;
  const id = React.useId();
  return (
    <div className={`jp-Pilothouse-stripItem jp-mod-${line.state}`}>
      <Disclosure
        className={`jp-Pilothouse-stripLine ${line.quiet ? 'jp-mod-quiet' : ''}`}
        open={open}
        controls={id}
        onToggle={props.onToggle}
        title={[`${line.app}  ${line.text}`, line.error].filter(Boolean).join('\n')}
      >
        <span className="jp-Pilothouse-app">{line.app}</span>
        {line.hasBar && <Bar bar={line.bar} />}
        {!line.quiet && <StateMark state={line.state} />}
        <span className="jp-Pilothouse-stripText">{line.text}</span>
        {line.error && <span className="jp-Pilothouse-stripError">{line.error}</span>}
      </Disclosure>
      {open && (
        <div className="jp-Pilothouse-stripTasks" id={id}>
          <TaskRows
            query={{ group: line.group, states: BEGUN }}
            label={line.app}
            order="newest-last"
          />
        </div>
      )}
    </div>
  );
}

/** A picture of the numbers that stand beside it. */
function Bar(props: { bar: IStripLine['bar'] }): React.JSX.Element {
  const { done, failed, running } = props.bar;
  return (
    <span className="jp-Pilothouse-bar" aria-hidden="true">
      <span className="jp-mod-done" style={{ width: `${done}%` }} />
      <span className="jp-mod-failed" style={{ width: `${failed}%` }} />
      <span className="jp-mod-running" style={{ width: `${running}%` }} />
    </span>
  );
}
