import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { LogViewer } from '.';
import { PilotId, type ErrorData, type Params } from '../../protocol';
import { aPilot, aPool, failing, NOW_MS, Stage } from '../testing';
import { findAll, piecesOf } from './find';

describe('a log', () => {
  let stage: Stage;
  let viewer: LogViewer;
  let texts: Record<string, string>;
  /** The folder of the lease whose files are there. */
  let lease: string;
  let trouble: ErrorData | null;
  const user = userEvent.setup();
  const pilot = PilotId.parse('p1');

  const files = (keptUntilMs: number | null = null) => ({
    files: Object.entries(texts).map(([name, text]) => ({
      file: name.split(' ')[0],
      worker: name.startsWith('worker ') ? Number(name.split(' ')[1]) : null,
      path: `/s/${name}`,
      size: text.length
    })),
    keptUntilMs,
    keepDays: 14,
    trouble
  });
  const text = (): string => screen.getByRole('log').textContent;
  const choice = (): HTMLSelectElement => screen.getByLabelText('Which log');

  beforeEach(async () => {
    stage = new Stage();
    const { door } = stage;
    lease = 's';
    trouble = null;
    texts = { output: 'one\nTwo two\n', script: '#!/bin/sh\n' };
    door.answers.set('pilots.files', () => files());
    door.answers.set('pilots.log', params => {
      const { file, worker, offset } = params as Params<'pilots.log'>;
      const name = typeof worker === 'number' ? `${file} ${worker}` : file;
      const all = texts[name] ?? '';
      const begin = offset < 0 ? 0 : Math.min(offset, all.length);
      return {
        path: `/${lease}/${name}`,
        text: all.slice(begin),
        offset: begin,
        end: all.length,
        size: all.length
      };
    });
    const source = { kind: 'pilot', pilot, file: 'output', worker: null } as const;
    viewer = new LogViewer(stage.surroundings, source);
    stage.attach(viewer);
    await stage.draw();
  });

  afterEach(() => stage.leave());

  it('lists the files that there are, with their size, and shows another', async () => {
    expect([...choice().options].map(option => option.textContent)).toEqual([
      'output of the pilot (12 bytes)',
      'script (10 bytes)'
    ]);
    expect(screen.getByText('/s/output')).toBeTruthy();
    fireEvent.change(choice(), { target: { value: 'script' } });
    await stage.draw();
    expect(text()).toBe('#!/bin/sh\n');
  });

  it('follows what is written, and sees new files and the end', async () => {
    texts.output += 'three\n';
    await stage.draw(1500);
    expect(text()).toBe('one\nTwo two\nthree\n');
    expect(screen.getByText('kept while the pilot lives, and 14 days more')).toBeTruthy();
    texts.pool = 'Manager started\n';
    stage.door.answers.set('pilots.files', () => files(NOW_MS + 86_400_000));
    stage.door.snapshot({ pools: [aPool()], pilots: [aPilot('p1', { state: 'ended' })] });
    await stage.draw(2500);
    await stage.draw();
    expect([...choice().options].map(({ value }) => value)).toEqual(['output', 'script', 'pool']);
    expect(screen.getByText(/^kept until /)).toBeTruthy();
  });

  it('shows what tasks printed in a worker, and begins anew with its next lease', async () => {
    texts['worker 3'] = 'hello from a task\n';
    texts['worker 12'] = 'hello from another\n';
    stage.door.snapshot({ pools: [aPool()], pilots: [aPilot('p1')] });
    await stage.draw(2500);
    await stage.draw();
    expect([...choice().options].map(option => option.textContent).slice(2)).toEqual([
      'worker 3, what its tasks printed (18 bytes)',
      'worker 12, what its tasks printed (19 bytes)'
    ]);
    fireEvent.change(choice(), { target: { value: 'worker 3' } });
    await stage.draw();
    expect(text()).toBe('hello from a task\n');
    lease = 't';
    texts['worker 3'] = 'hello from a task of the next lease\n';
    await stage.draw(1500);
    expect(text()).toBe('hello from a task of the next lease\n');
    expect(screen.getByText('/t/worker 3')).toBeTruthy();
  });

  it('sees of itself that a task has printed', async () => {
    texts['worker 0'] = 'hello\n';
    await stage.draw(10_000);
    await stage.draw();
    expect([...choice().options].map(({ value }) => value)).toContain('worker 0');
  });

  it('says why there may be more files than are listed', async () => {
    trouble = { code: 'agent_unreachable', params: { pilot: 'p1', problem: 'no answer' } };
    stage.door.snapshot({ pools: [aPool()], pilots: [aPilot('p1')] });
    await stage.draw(2500);
    await stage.draw();
    expect(screen.getByRole('alert').textContent).toContain('no answer');
    expect(choice().options).toHaveLength(2);
  });

  it('finds text, forward and back', async () => {
    const find = screen.getByLabelText('Find in this log');
    await user.type(find, 'two');
    expect(screen.getByText('2')).toBeTruthy();
    expect([...document.querySelectorAll('mark')].map(mark => mark.textContent)).toEqual([
      'Two',
      'two'
    ]);
    await user.type(find, '{Enter}');
    expect(screen.getByText('1 of 2')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Next place' }));
    expect(screen.getByText('2 of 2')).toBeTruthy();
    expect(document.querySelector('mark.jp-mod-current')?.textContent).toBe('two');
    await user.type(find, '{Shift>}{Enter}{/Shift}');
    expect(screen.getByText('1 of 2')).toBeTruthy();
    await user.clear(find);
    await user.type(find, 'nowhere');
    expect(screen.getByText('not found')).toBeTruthy();
  });

  it('says why files are not known, and shows the log all the same', async () => {
    stage.door.answers.set(
      'pilots.files',
      failing({ kind: 'bridge', error: { code: 'internal', params: {} } })
    );
    stage.door.snapshot({ pools: [aPool()], pilots: [aPilot('p1')] });
    await stage.draw(2500);
    await stage.draw();
    expect(screen.getByRole('alert').textContent).toContain('unforeseen');
    expect(text()).toBe('one\nTwo two\n');
  });
});

describe('finding', () => {
  it.each([
    ['abcabc', 'bc', [1, 4]],
    ['a.b a+b', 'a+b', [4]],
    ['ÄÖ äö', 'äö', [0, 3]],
    ['x', '', []]
  ])('%s for %s', (text, wanted, places) => {
    expect(findAll(text, wanted)).toEqual(places);
    const pieces = piecesOf(text, places, wanted.length);
    expect(pieces.map(piece => piece.text).join('')).toBe(text);
  });
});
