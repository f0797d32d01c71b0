import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { groupsOf } from '../../model';
import { currentScope } from '../../notebooks';
import { LiveWidget, Rows } from '../../views';
import type { ISurroundings } from '../../views';
import { NoTasks } from './empty';
import { ALL_TASKS, Filters } from './filters';
import type { IFilterChoice } from './filters';
import { GroupRow } from './group';

/** The section of tasks: a row for each app and cell, newest first. */
export class TasksSection extends LiveWidget {
  constructor(
    surroundings: ISurroundings,
    private readonly _notebooks: INotebookTracker | null
  ) {
    super(surroundings);
    this.addClass('jp-Pilothouse-section');
    this.title.label = surroundings.trans.__('Tasks');
  }

  protected override onAfterAttach(message: Message): void {
    this._notebooks?.currentChanged.connect(this.refresh, this);
    super.onAfterAttach(message);
  }

  protected override onBeforeDetach(message: Message): void {
    this._notebooks?.currentChanged.disconnect(this.refresh, this);
    super.onBeforeDetach(message);
  }

  protected content(): React.ReactElement {
    const { model, trans } = this.surroundings;
    this.toggleClass('jp-mod-stale', model.connection.kind !== 'live');
    const notebook = currentScope(this._notebooks);
    if (model.picture.groups.size === 0) {
      return model.connection.kind === 'connecting' ? (
        <div className="jp-Pilothouse-quiet">{trans.__('Loading…')}</div>
      ) : (
        <NoTasks hasNotebook={notebook !== null} />
      );
    }
    const notebooks = new Set(
      [...model.picture.groups.values()].map(group => group.origin.notebook ?? group.origin.pid)
    );
    const showNotebook = this._choice.scope === 'all' && notebooks.size > 1;
    const groups = groupsOf(model.picture, {
      notebook: this._choice.scope === 'notebook' ? notebook : null,
      state: this._choice.state,
      text: this._choice.text
    });
    return (
      <>
        <Filters
          choice={this._choice}
          hasNotebook={notebook !== null}
          onChange={choice => {
            this._choice = choice;
            this.update();
          }}
        />
        {groups.length === 0 && (
          <div className="jp-Pilothouse-quiet">{trans.__('No task passes the filter.')}</div>
        )}
        <Rows
          items={groups}
          label={trans.__('Tasks')}
          row={group => <GroupRow key={group.group} group={group} showNotebook={showNotebook} />}
        />
      </>
    );
  }

  private _choice: IFilterChoice = ALL_TASKS;
}
