import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Notebook, NotebookModel } from '@jupyterlab/notebook';
import { NBTestUtils } from '@jupyterlab/notebook/lib/testutils';
import { Signal } from '@lumino/signaling';
import { act, fireEvent } from '@testing-library/react';
import type { TaskGroup } from '../../protocol';
import { aGroup, aTask, NOW_MS, settle, Stage } from '../testing';
import type { IPilothouseSettings } from '../tokens';
import { StripController } from './controller';

/** What the controller needs of a panel: a real notebook, and signals of its context. */
const panelOf = (content: Notebook): NotebookPanel => {
  const context = { localPath: 'work/pi.ipynb' };
  const sessionContext = { session: { kernel: { id: 'k1' } } };
  return {
    content,
    context: Object.assign(context, { pathChanged: new Signal(context) }),
    sessionContext: Object.assign(sessionContext, { kernelChanged: new Signal(sessionContext) })
  } as unknown as NotebookPanel;
};

describe('the strips of a notebook', () => {
  let stage: Stage;
  let notebook: Notebook;
  let controller: StripController;
  const settings = {
    showStrips: true,
    showStatus: true,
    changed: new Signal<IPilothouseSettings, void>({} as IPilothouseSettings)
  };

  const put = async (...groups: TaskGroup[]): Promise<void> => {
    await stage.change(...groups.map(value => ({ kind: 'group' as const, value })));
  };
  const inCell = (index: number): HTMLElement[] => [
    ...notebook.widgets[index].node.querySelectorAll<HTMLElement>('.jp-Pilothouse-stripLine')
  ];
  const textsOf = (index: number): (string | null)[] => inCell(index).map(line => line.textContent);

  beforeEach(async () => {
    stage = new Stage(20);
    notebook = new Notebook({
      rendermime: NBTestUtils.defaultRenderMime(),
      contentFactory: NBTestUtils.createNotebookFactory(),
      mimeTypeService: NBTestUtils.mimeTypeService,
      notebookConfig: { ...Notebook.defaultNotebookConfig, windowingMode: 'none' }
    });
    const content = new NotebookModel();
    content.fromJSON({
      cells: ['c1', 'c2', 'c3'].map(id => ({
        cell_type: 'code',
        execution_count: null,
        id,
        metadata: {},
        outputs: [],
        source: id
      })),
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5
    });
    notebook.model = content;
    stage.attach(notebook);
    const { surroundings } = stage;
    controller = new StripController({ panel: panelOf(notebook), surroundings, settings });
    await stage.show({});
  });

  afterEach(() => {
    stage.leave(controller);
    settings.showStrips = true;
  });

  it('show a line for each app, before the footer, only in the cell that called it', async () => {
    await put(
      aGroup('g1', { app: 'pi', total: 3, done: 1, running: 2 }),
      aGroup('g2', { app: 'mean', total: 1, waiting: 1, firstAtMs: NOW_MS })
    );
    expect(textsOf(0)).toHaveLength(2);
    expect(textsOf(0)[0]).toContain('1 of 3 · 2 running');
    expect(textsOf(0)[1]).toContain('1 waiting for a pilot');
    expect(inCell(1)).toHaveLength(0);
    const children = [...notebook.widgets[0].node.children].map(child => child.className);
    const strip = children.findIndex(name => name.includes('jp-Pilothouse-strip'));
    expect(children[strip + 1]).toContain('jp-Cell-footer');
  });

  it('are drawn in the very frame that was asked for, not in a task after it', async () => {
    await put(aGroup('g1', { app: 'pi', total: 3, done: 1, running: 2 }));
    const value = aGroup('g1', { app: 'pi', total: 3, done: 2, running: 1 });
    stage.door.delta({ kind: 'group', value });
    stage.clock.pass(16);
    expect(textsOf(0)[0]).toContain('2 of 3 · 1 running');
    await stage.draw();
  });

  it('show the newest execution, and another notebook’s not at all', async () => {
    const again = { messageId: 'm2' };
    await put(aGroup('g1', { app: 'old', total: 1, done: 1 }));
    await put(aGroup('g2', { app: 'new', total: 1, done: 1, cell: again, firstAtMs: NOW_MS }));
    await put(aGroup('g3', { app: 'late', total: 1, running: 1, firstAtMs: NOW_MS + 1 }));
    expect(textsOf(0)).toEqual([expect.stringContaining('new')]);
    const origin = { kernelId: 'k2', notebook: 'other.ipynb', pid: 1, workingFolder: '/' };
    await put(aGroup('g4', { total: 1, running: 1, origin, cell: { cellId: 'c2' } }));
    expect(inCell(1)).toHaveLength(0);
  });

  it('stay with their cell when it is moved and when that is undone', async () => {
    await put(aGroup('g1', { total: 1, done: 1, cell: { cellId: 'c1' } }));
    // Else Yjs may undo what came shortly before together with the move.
    notebook.model!.sharedModel.clearUndoHistory();
    notebook.model!.sharedModel.moveCell(0, 2);
    await stage.draw();
    expect(notebook.widgets[2].model.id).toBe('c1');
    expect(inCell(2)).toHaveLength(1);
    notebook.model!.sharedModel.undo();
    await stage.draw();
    const index = notebook.widgets.findIndex(cell => cell.model.id === 'c1');
    expect(inCell(index)).toHaveLength(1);
    expect(notebook.node.querySelectorAll('.jp-Pilothouse-strip')).toHaveLength(1);
  });

  it('are drawn again only when what they show has changed', async () => {
    const group = aGroup('g1', { total: 3, waiting: 3 });
    await put(group);
    const line = inCell(0)[0];
    const seen: unknown[] = [];
    const observer = new MutationObserver(records => seen.push(...records));
    observer.observe(notebook.node, { subtree: true, childList: true, characterData: true });
    await put({ ...group, lastAtMs: NOW_MS + 1 });
    expect(seen).toEqual([]);
    await put({ ...group, waiting: 2, running: 1 });
    expect(seen).not.toEqual([]);
    expect(inCell(0)[0]).toBe(line);
    observer.disconnect();
  });

  it('open to the tasks and what they printed', async () => {
    const task = aTask(1, { printed: 'hello from a pilot' });
    stage.door.answers.set('tasks.list', () => ({ tasks: [task], cursor: null, total: 1 }));
    await put(aGroup('g1', { total: 1, done: 1 }));
    fireEvent.click(inCell(0)[0]);
    await stage.draw();
    await stage.draw();
    expect(notebook.widgets[0].node.textContent).toContain('hello from a pilot');
    expect(stage.door.asked[0].params).toMatchObject({ group: 'g1' });
    expect(inCell(0)[0].getAttribute('aria-expanded')).toBe('true');
  });

  it('leave when the cell was run again without apps, and when they are switched off', async () => {
    await put(aGroup('g1', { total: 1, done: 1 }));
    expect(inCell(0)).toHaveLength(1);
    (notebook.widgets[0] as CodeCell).model.executionCount = 6;
    await put(aGroup('g1', { total: 1, done: 1 }));
    expect(inCell(0)).toHaveLength(0);
    await put(aGroup('g2', { total: 1, done: 1, cell: { cellId: 'c2' } }));
    expect(inCell(1)).toHaveLength(1);
    settings.showStrips = false;
    settings.changed.emit();
    await stage.draw();
    expect(inCell(1)).toHaveLength(0);
  });

  it('are marked when nobody renews them', async () => {
    await put(aGroup('g1', { total: 1, running: 1 }));
    stage.door.close();
    await settle();
    await stage.draw();
    expect(notebook.node.querySelector('.jp-Pilothouse-strip.jp-mod-stale')).not.toBeNull();
  });

  it('leave no widget and no listener behind', async () => {
    await put(aGroup('g1', { total: 1, running: 1 }));
    act(() => controller.dispose());
    expect(notebook.node.querySelector('.jp-Pilothouse-strip')).toBeNull();
    // Disconnecting says whether there was a connection.
    const slot = (name: string): (() => void) => Reflect.get(controller, name) as () => void;
    expect(stage.model.changed.disconnect(slot('_onChanged'), controller)).toBe(false);
    expect(stage.model.ticked.disconnect(slot('_onTicked'), controller)).toBe(false);
    expect(settings.changed.disconnect(slot('_all'), controller)).toBe(false);
    await put(aGroup('g1', { total: 1, done: 1 }));
    expect(notebook.node.querySelector('.jp-Pilothouse-strip')).toBeNull();
  });
});
