import type { Cell } from '@jupyterlab/cells';
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { PanelLayout } from '@lumino/widgets';
import { flushSync } from 'react-dom';
import type { TaskGroup } from '../../protocol';
import { DisposableBase } from '../disposable';
import { isUnfinished, newestExecution } from '../model';
import { scopeOf } from '../notebooks';
import type { IChangeSet, IPilothouseSettings } from '../tokens';
import type { ISurroundings } from '../views';
import { stripLine } from './content';
import { Strip } from './strip';

/** The strips of one notebook: notes which cells changed, and draws them before the next frame. */
export class StripController extends DisposableBase {
  constructor(private readonly _options: StripController.IOptions) {
    super();
    const { panel, surroundings, settings } = _options;
    const { model } = surroundings;
    model.changed.connect(this._onChanged, this);
    model.ticked.connect(this._onTicked, this);
    model.connectionChanged.connect(this._all, this);
    settings.changed.connect(this._all, this);
    panel.content.modelChanged.connect(this._onModelChanged, this);
    panel.context.pathChanged.connect(this._all, this);
    panel.sessionContext.kernelChanged.connect(this._all, this);
    NotebookActions.executed.connect(this._onExecuted, this);
    this._onModelChanged();
  }

  protected override release(): void {
    this._frame?.dispose();
    this._strips.forEach(strip => strip.dispose());
    this._strips.clear();
  }

  private _onModelChanged(): void {
    this._options.panel.content.model?.cells.changed.connect(this._all, this);
    this._all();
  }

  private _onChanged(_: unknown, changes: IChangeSet): void {
    if (changes.all) {
      this._all();
      return;
    }
    changes.cells.forEach(cellId => this._dirty.add(cellId));
    // A line names the cells that it waits for.
    if (changes.cells.size > 0) {
      this._waiting.forEach(cellId => this._dirty.add(cellId));
      this._schedule();
    }
  }

  private _onTicked(): void {
    this._moving.forEach(cellId => this._dirty.add(cellId));
    this._schedule();
  }

  private _onExecuted(_: unknown, args: { cell: Cell }): void {
    this._dirty.add(args.cell.model.id);
    this._schedule();
  }

  /** Cells were made anew or moved, or anything may differ. */
  private _all(): void {
    this._strips.forEach((_, cellId) => this._dirty.add(cellId));
    for (const cell of this._options.panel.content.widgets) {
      if (this._options.surroundings.model.picture.groupsOfCell(cell.model.id).size > 0) {
        this._dirty.add(cell.model.id);
      }
    }
    this._schedule();
  }

  private _schedule(): void {
    if (this._dirty.size > 0 && this._frame === null && !this.isDisposed) {
      this._frame = this._options.surroundings.clock.frame(() => {
        this._frame = null;
        // React would draw in a task after the frame, to be painted with the next one.
        flushSync(() => this._draw());
      });
    }
  }

  private _draw(): void {
    const dirty = [...this._dirty];
    this._dirty.clear();
    // Widgets are looked up by id each time: moves and undo make others for the same cell.
    const cells = new Map(this._options.panel.content.widgets.map(cell => [cell.model.id, cell]));
    for (const cellId of dirty) {
      const cell = cells.get(cellId);
      const groups = cell instanceof CodeCell ? this._groupsOf(cell) : [];
      if (cell && groups.length > 0) {
        this._put(cell, groups);
      } else {
        this._drop(cellId);
      }
    }
  }

  /** The groups that a cell shows: of its newest execution, as long as its prompt is of that one. */
  private _groupsOf(cell: CodeCell): TaskGroup[] {
    const { panel, settings, surroundings } = this._options;
    if (!settings.showStrips) {
      return [];
    }
    const groups = newestExecution(surroundings.model.picture, scopeOf(panel), cell.model.id);
    const shown = cell.model.executionCount;
    const made = groups[0]?.cell?.executionCount ?? null;
    const superseded = shown !== null && made !== null && shown !== made;
    return superseded && !groups.some(isUnfinished) ? [] : groups;
  }

  private _put(cell: Cell, groups: readonly TaskGroup[]): void {
    const cellId = cell.model.id;
    if (cell.isPlaceholder()) {
      void cell.ready.then(() => {
        this._dirty.add(cellId);
        this._schedule();
      });
      return;
    }
    const { model, trans } = this._options.surroundings;
    const strip = this._stripIn(cell);
    strip.draw(
      groups.map(group => stripLine(trans, group, model.picture, model.nowMs())),
      model.connection.kind !== 'live'
    );
    mark(this._moving, cellId, groups.some(isUnfinished));
    mark(
      this._waiting,
      cellId,
      groups.some(group => group.waitingForFutures > 0)
    );
  }

  /** The cell's strip, before its footer. */
  private _stripIn(cell: Cell): Strip {
    const cellId = cell.model.id;
    let strip = this._strips.get(cellId);
    if (strip?.isDisposed === false && strip.parent === cell) {
      return strip;
    }
    strip?.dispose();
    strip = new Strip(this._options.surroundings, this._openedOf(cellId));
    this._strips.set(cellId, strip);
    if (cell.layout instanceof PanelLayout) {
      const footer = cell.layout.widgets.findIndex(child => child.hasClass('jp-Cell-footer'));
      cell.layout.insertWidget(footer < 0 ? cell.layout.widgets.length : footer, strip);
    }
    return strip;
  }

  private _openedOf(cellId: string): Set<string> {
    const opened = this._opened.get(cellId) ?? new Set<string>();
    this._opened.set(cellId, opened);
    return opened;
  }

  private _drop(cellId: string): void {
    this._strips.get(cellId)?.dispose();
    this._strips.delete(cellId);
    this._moving.delete(cellId);
    this._waiting.delete(cellId);
  }

  private readonly _strips = new Map<string, Strip>();
  /** Apps whose line a person has opened, by cell. */
  private readonly _opened = new Map<string, Set<string>>();
  private readonly _dirty = new Set<string>();
  /** Cells whose line has a growing duration. */
  private readonly _moving = new Set<string>();
  /** Cells whose line names others. */
  private readonly _waiting = new Set<string>();
  private _frame: IDisposable | null = null;
}

export namespace StripController {
  export interface IOptions {
    panel: NotebookPanel;
    surroundings: ISurroundings;
    settings: IPilothouseSettings;
  }
}

function mark(set: Set<string>, id: string, belongs: boolean): void {
  if (belongs) {
    set.add(id);
  } else {
    set.delete(id);
  }
}
