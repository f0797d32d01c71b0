import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { LogViewer } from '.';
import { PilotId } from '../../protocol';
import { aPilot, aPool, failing, NOW_MS, Stage } from '../testing';
import { findAll, piecesOf } from './find';

describe('a log', () => {
  let stage: Stage;
  let viewer: LogViewer;
  let texts: Record<string, string>;
  const user = userEvent.setup();
  const pilot = PilotId.parse('p1');

  const files = (keptUntilMs: number | null = null) => ({
    files: Object.entries(texts).map(([file, text]) => ({
      file,
      path: `/s/${file}`,
      size: text.length
    })),
    keptUntilMs
  });
  const text = (): string => screen.getByRole('log').textContent;
  const choice = (): HTMLSelectElement => screen.getByLabelText('Which log');

  beforeEach(async () => {
    stage = new Stage();
    const { door } = stage;
    texts = { output: 'one\nTwo two\n', script: '#!/bin/sh\n' };
    door.answers.set('pilots.files', () => files());
    door.answers.set('pilots.log', params => {
      const { file, offset } = params as { file: string; offset: number };
      const all = texts[file] ?? '';
      const begin = offset < 0 ? 0 : Math.min(offset, all.length);
      return {
        path: `/s/${file}`,
        text: all.slice(begin),
        offset: begin,
        end: all.length,
        size: all.length
      };
    });
    viewer = new LogViewer(stage.surroundings, { kind: 'pilot', pilot, file: 'output' });
    stage.attach(viewer);
    await stage.draw();
  });

  afterEach(() => stage.leave(viewer));

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
    expect(screen.getByText(/kept while the pilot lives/)).toBeTruthy();
    texts.pool = 'Manager started\n';
    stage.door.answers.set('pilots.files', () => files(NOW_MS + 86_400_000));
    stage.door.snapshot({ pools: [aPool()], pilots: [aPilot('p1', { state: 'ended' })] });
    await stage.draw(2500);
    await stage.draw();
    expect([...choice().options].map(({ value }) => value)).toEqual(['output', 'script', 'pool']);
    expect(screen.getByText(/^kept until /)).toBeTruthy();
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
