import type { IDocumentManager } from '@jupyterlab/docmanager';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { ContentsManager } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { act, screen, waitFor, within } from '@testing-library/react';
import type { PoolName } from '../../protocol';
import { Submitting } from '../drive/drive.fixture';
import { settle } from '../testing';
import { CommandIDs } from '../tokens';
import { HostFiles } from '.';

const OSPOOL = 'ospool' as PoolName;

let there: Submitting;
let contents: ContentsManager;
let browser: HostFiles;
let opened: string[];
let executed: unknown[];
let registry: DocumentRegistry;
beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
  there = new Submitting();
  contents = new ContentsManager();
  contents.addDrive(there.drive);
  opened = [];
  executed = [];
  const commands = new CommandRegistry();
  commands.addCommand(CommandIDs.logIn, {
    execute: args => void executed.push(args),
    describedBy: { args: {} }
  });
  // As much of JupyterLab's as a file browser asks for.
  const sessions = { runningChanged: new Signal({}), running: () => [].values() };
  registry = new DocumentRegistry();
  const documents = {
    services: { contents, sessions },
    registry,
    activateRequested: new Signal({}),
    deleteFile: (path: string) => contents.delete(path)
  };
  const { model, clock } = there;
  browser = new HostFiles({
    surroundings: { model, clock, commands, trans: nullTranslator.load('jupyterlab_pilothouse') },
    drive: there.drive,
    documents: documents as unknown as IDocumentManager,
    translator: nullTranslator,
    open: path => opened.push(path)
  });
});
afterEach(() => {
  act(() => browser.dispose());
  contents.dispose();
  registry.dispose();
  there.leave();
});

const attach = (): void => act(() => Widget.attach(browser, document.body));
/** Lets requests be answered and what comes of it be drawn. */
const drawn = async (): Promise<void> => {
  await act(async () => {
    for (let turns = 0; turns < 8; turns += 1) {
      await settle();
      await new Promise(resolve => setTimeout(resolve, 5));
      MessageLoop.flush();
    }
    there.clock.pass(200);
    await settle();
    MessageLoop.flush();
  });
};
const show = async (pool: PoolName): Promise<void> => {
  void browser.showPlace(pool);
  await drawn();
};
const names = (): string[] =>
  [...browser.node.querySelectorAll('.jp-DirListing-itemText')].map(node => node.textContent);
const filesAsked = (): number => there.asked.filter(method => method.startsWith('files.')).length;

it('shows a place’s home folder, and what its machine calls files as text', async () => {
  attach();
  for (const name of ['plain.txt', 'a\nb', '\u202egpj.exe', '<b>bold']) {
    there.file(`/home/alice/${name}`, 'x');
  }
  await show(OSPOOL);
  expect(browser.localPath).toBe('ospool/home/alice');
  await waitFor(() => expect(names()).toHaveLength(4));
  expect(new Set(names())).toEqual(
    new Set(['plain.txt', 'a⟨U+000A⟩b', '⟨U+202E⟩gpj.exe', '<b>bold'])
  );
});

it('shows the login where nobody is logged in, and the folder as soon as somebody is', async () => {
  there.file('/home/alice/a.txt', 'x');
  there.now('away');
  attach();
  await show(OSPOOL);
  const note = within(browser.node).getByRole('status');
  expect(note.textContent).toContain('log in to its submit host');
  act(() =>
    within(browser.node)
      .getByRole('button', { name: /^Log in/ })
      .click()
  );
  expect(executed).toEqual([{ pool: 'ospool' }]);
  expect(filesAsked()).toBe(0);

  there.now('connected');
  await drawn();
  await waitFor(() => expect(names()).toEqual(['a.txt']));
  expect(within(browser.node).queryByRole('status')).toBeNull();
});

it('keeps what is shown when the connection breaks, and lists it again when it is back', async () => {
  attach();
  there.file('/home/alice/a.txt', 'x');
  await show(OSPOOL);
  await waitFor(() => expect(names()).toEqual(['a.txt']));
  there.now('lost');
  await drawn();
  expect(screen.getByRole('status').textContent).toContain('out of reach');
  expect(names()).toEqual(['a.txt']);
  const before = filesAsked();
  there.clock.pass(300_000);
  await drawn();
  expect(filesAsked()).toBe(before);
  there.file('/home/alice/b.txt', 'x');
  there.now('connected');
  await drawn();
  await waitFor(() => expect(names()).toEqual(['a.txt', 'b.txt']));
});

it('asks nothing while nobody looks at it', async () => {
  attach();
  await show(OSPOOL);
  act(() => browser.hide());
  await drawn();
  const before = filesAsked();
  there.clock.pass(600_000);
  await drawn();
  expect(filesAsked()).toBe(before);
  there.file('/home/alice/new.txt', 'x');
  act(() => browser.show());
  await drawn();
  await waitFor(() => expect(names()).toEqual(['new.txt']));
});

it('says why a folder cannot be listed, until another is', async () => {
  attach();
  await show(OSPOOL);
  there.folders.add('/home/alice/closed');
  const list = there.door.answers.get('files.list')!;
  there.door.answers.set('files.list', params => {
    if ((params as { path: string }).path === '/home/alice/closed') {
      throw new Error('Permission denied');
    }
    return list(params);
  });
  await browser.showFolder('ospool/home/alice/closed');
  await drawn();
  expect(screen.getByRole('alert').textContent).toContain('Permission denied');
  expect(browser.localPath).toBe('ospool/home/alice');
  await browser.showFolder('ospool/home');
  await drawn();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('says that a folder has more entries than are shown', async () => {
  attach();
  there.more = true;
  await show(OSPOOL);
  expect(browser.node.textContent).toContain('Only the first 10,000 entries are shown.');
});

it('lists again what is saved, made or deleted in the folder that it shows', async () => {
  attach();
  await show(OSPOOL);
  await contents.save('pilothouse:ospool/home/alice/up.txt', {
    type: 'file',
    format: 'text',
    content: 'x'
  });
  await drawn();
  await waitFor(() => expect(names()).toEqual(['up.txt']));
  await contents.delete('pilothouse:ospool/home/alice/up.txt');
  await drawn();
  await waitFor(() => expect(names()).toEqual([]));
});
