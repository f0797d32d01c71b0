import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { BrokenProfile, Pool } from '../../protocol';
import { EXAMPLE } from '../example';
import { aGroup, anExecutor, aPilot, aPool, aTask, failing, NOW_MS, settle } from '../testing';
import { CommandIDs } from '../tokens';
import { PanelStage } from './panel.fixture';

describe('the panel', () => {
  let stage: PanelStage;
  const user = userEvent.setup();

  beforeEach(async () => {
    stage = await PanelStage.begin();
  });

  afterEach(() => stage.leave());

  const wanted = (): HTMLInputElement =>
    screen.getByRole('textbox', { name: 'Pilots wanted in This computer' });

  it('says that it is loading, and then shows the place', async () => {
    expect(screen.getByText('Looking for the bridge…')).toBeTruthy();
    await stage.show({ pools: [aPool({ counts: { busy: 2, idle: 2 }, wanted: { count: 4 } })] });
    expect(screen.queryByText('Looking for the bridge…')).toBeNull();
    expect(within(stage.places).getByText('This computer')).toBeTruthy();
    expect(within(stage.places).getByText('2 busy · 2 idle')).toBeTruthy();
    expect(wanted().value).toBe('4');
  });

  it('shows how to begin where there are no tasks', async () => {
    await stage.show({ pools: [aPool()] });
    expect(screen.getByLabelText('Example').textContent).toBe(EXAMPLE);
    expect(EXAMPLE.split('\n')).toHaveLength(3);
    expect(stage.button('Insert into notebook')).toHaveProperty('disabled', true);
  });

  it('changes the number with + and −', async () => {
    await stage.show({ pools: [aPool({ wanted: { count: 4 }, counts: { idle: 4 } })] });
    await user.click(stage.button('One pilot more: One more pilot will start.'));
    await stage.draw();
    await user.click(stage.button('One pilot fewer: One idle pilot will end.'));
    await stage.draw();
    expect(stage.door.asked.filter(({ method }) => method === 'pools.setWanted')).toEqual([
      { method: 'pools.setWanted', params: { pool: 'local', count: 5 } },
      { method: 'pools.setWanted', params: { pool: 'local', count: 3 } }
    ]);
  });

  it('says what a typed number will do before it is sent', async () => {
    await stage.show({ pools: [aPool({ wanted: { count: 4 }, counts: { busy: 4 } })] });
    await user.clear(wanted());
    await user.type(wanted(), '2');
    expect(screen.getByText('2 busy pilots will finish their tasks, then end.')).toBeTruthy();
    expect(stage.door.asked).toEqual([]);
    await user.type(wanted(), '{Enter}');
    await stage.draw();
    expect(stage.door.asked).toEqual([
      { method: 'pools.setWanted', params: { pool: 'local', count: 2 } }
    ]);
  });

  it.each(['-3', 'many', '1000000'])('refuses %s and sends nothing', async typed => {
    await stage.show({ pools: [aPool({ wanted: { count: 4 } })] });
    await user.clear(wanted());
    await user.type(wanted(), `${typed}{Enter}`);
    expect(screen.getByRole('alert').textContent).toMatch(/negative|whole number|at most 64/);
    expect(wanted().getAttribute('aria-invalid')).toBe('true');
    expect(stage.door.asked).toEqual([]);
    await user.type(wanted(), '{Escape}');
    expect(wanted().value).toBe('4');
  });

  it('shows why a request failed where it was made', async () => {
    const error = { code: 'too_many_pilots', params: { asked: 5, limit: 4 } } as const;
    stage.door.answers.set('pools.setWanted', failing({ kind: 'bridge', error }));
    await stage.show({ pools: [aPool({ wanted: { count: 4 } })] });
    await user.click(stage.button(/^One pilot more/));
    await stage.draw();
    expect(within(stage.places).getByRole('alert').textContent).toContain(
      'more than the 4 allowed'
    );
  });

  it('says which profile file is broken and where, until it is mended', async () => {
    const file = '/home/ada/big.json';
    const params = { file, name: 'big', field: 'workers_init', message: 'is not known.' };
    const broken: BrokenProfile = { file, error: { code: 'invalid_profile', params } };
    await stage.show({ pools: [aPool()], brokenProfiles: [broken] });
    const needs = screen.getByRole('region', { name: 'Needs you' });
    expect(needs.textContent).toContain('/home/ada/big.json');
    expect(needs.textContent).toContain('workers_init: is not known.');
    expect(needs.textContent).toContain('Correct the file, or remove it');
    const other = { ...params, field: '', message: 'The file is no JSON.' };
    const value: BrokenProfile = { file, error: { code: 'invalid_profile', params: other } };
    await stage.change({ kind: 'broken-profile', value });
    expect(needs.textContent).not.toContain('workers_init');
    expect(needs.textContent).toContain('The file is no JSON.');
    await stage.change({ kind: 'broken-profile-gone', file });
    expect(screen.queryByRole('region', { name: 'Needs you' })).toBeNull();
  });

  it('clears a typed number', async () => {
    await stage.show({ pools: [aPool({ wanted: { count: 8, typed: 8, asked: 4 } })] });
    expect(screen.getByText('wanted: 8 (typed; notebooks ask for 4)')).toBeTruthy();
    await user.click(stage.button('Clear the typed number; notebooks then decide'));
    await stage.draw();
    expect(stage.door.asked[0].params).toEqual({ pool: 'local', count: null });
  });

  it('opens a pilot to what is known of it, and acts on it', async () => {
    const pilot = aPilot('p1', { state: 'leased', running: ['pi', 'pi'] });
    await stage.show({
      pools: [aPool({ counts: { busy: 1 } })],
      pilots: [pilot],
      executors: [anExecutor('e1')]
    });
    expect(screen.getByText('pi.ipynb asks for 4, has 4')).toBeTruthy();
    await user.click(stage.button(/p1.*busy.*pi, pi.*3 m/));
    for (const fact of ['4711', 'node7', '1.5 GiB', '3.11.7', '12']) {
      expect(screen.getByText(fact)).toBeTruthy();
    }
    await user.click(stage.button(/^Drain/));
    await stage.draw();
    await user.click(stage.button(/^Remove/));
    await stage.draw();
    await user.click(stage.button('Log'));
    expect(stage.door.asked.map(({ method }) => method)).toEqual(['pilots.drain', 'pilots.remove']);
    expect(stage.executed).toEqual([[CommandIDs.showLog, { pilot: 'p1' }]]);
  });

  it('keeps ended pilots out of the way, with the reason', async () => {
    const ended = aPilot('p9', {
      state: 'ended',
      end: 'failed',
      endedAtMs: NOW_MS,
      words: 'line\nno such file: python9'
    });
    await stage.show({ pools: [aPool()], pilots: [ended] });
    expect(screen.queryByText('p9')).toBeNull();
    await user.click(stage.button('1 ended'));
    expect(stage.button(/p9.*failed/)).toBeTruthy();
    expect(screen.getByText('no such file: python9')).toBeTruthy();
  });

  it('draws the first rows of ten thousand pilots, and more when asked', async () => {
    const pilots = Array.from({ length: 10_000 }, (_, index) => aPilot(`p${index}`));
    await stage.show({ pools: [aPool({ counts: { idle: 10_000 } })], pilots });
    const list = screen.getByRole('list', { name: 'Pilots of This computer' });
    expect(list.children).toHaveLength(100);
    await user.click(stage.button('Show more (9,900 are not shown)'));
    expect(list.children).toHaveLength(200);
  });

  it('says which notebook cannot go on, why, and what helps', async () => {
    const params = { exit: -9, log: '/runs/1/interchange.out' };
    const failure = { code: 'interchange_died' as const, params, words: 'Killed' };
    await stage.show({ pools: [aPool()], executors: [anExecutor('e1', { failure })] });
    const needs = screen.getByRole('region', { name: 'Needs you' });
    expect(needs.textContent).toContain('pi.ipynb has stopped: run its load cell again');
    expect(needs.textContent).toContain('ended unexpectedly (exit code -9)');
    expect(needs.textContent).toContain('/runs/1/interchange.out');
    expect(needs.textContent).toContain('Killed');
    stage.door.delta({ kind: 'executor', value: anExecutor('e1') });
    await stage.draw();
    expect(screen.queryByRole('region', { name: 'Needs you' })).toBeNull();
  });

  it('asks a person about a pool that has stopped', async () => {
    const stopped: Pool['stopped'] = {
      code: 'python_missing',
      params: {},
      words: 'python9: not found',
      failures: 3,
      sinceMs: NOW_MS - 60_000
    };
    await stage.show({ pools: [aPool({ stopped, wanted: { count: 1 } })] });
    const needs = within(screen.getByRole('region', { name: 'Needs you' }));
    expect(needs.getByText(/This computer: 3 pilots in a row failed/)).toBeTruthy();
    expect(needs.getByRole('button', { name: 'Edit This computer' })).toBeTruthy();
    expect(needs.getByText('python9: not found')).toBeTruthy();
    await user.click(needs.getByRole('button', { name: 'Try again' }));
    await stage.draw();
    await user.click(needs.getByRole('button', { name: 'Want no pilots of This computer' }));
    await stage.draw();
    expect(stage.door.asked).toEqual([
      { method: 'pools.resume', params: { pool: 'local' } },
      { method: 'pools.setWanted', params: { pool: 'local', count: 0 } }
    ]);
    // Stopped still, but nobody waits for it.
    stage.door.delta({ kind: 'pool', value: aPool({ stopped }) });
    await stage.draw();
    expect(screen.queryByRole('region', { name: 'Needs you' })).toBeNull();
  });

  it('keeps the rest, marked, when the bridge is not there', async () => {
    await stage.show({ pools: [aPool({ counts: { idle: 1 } })] });
    stage.door.message({
      kind: 'offline',
      error: {
        code: 'bridge_start_failed',
        params: { command: 'node bridge.js', problem: 'it ended', log: '/s/bridge.log' },
        words: 'SyntaxError'
      }
    });
    await stage.draw();
    await act(async () => {
      stage.clock.pass(40_000);
      await settle();
    });
    await stage.draw();
    expect(screen.getByText(/last heard 40 s ago/)).toBeTruthy();
    expect(screen.getByText(/node bridge\.js/)).toBeTruthy();
    expect(screen.getByText('SyntaxError')).toBeTruthy();
    expect(screen.getByText('1 idle')).toBeTruthy();
    await user.click(stage.button('Show log'));
    expect(stage.executed).toEqual([[CommandIDs.showBridgeLog, {}]]);
    await user.click(stage.button('Start again'));
    await stage.draw();
    expect(stage.door.asked.map(({ method }) => method)).toContain('start');
  });

  it('lists tasks newest first and filters them', async () => {
    await stage.show({
      pools: [aPool()],
      groups: [
        aGroup('g1', { app: 'pi', total: 100, done: 87, running: 10, waiting: 3 }),
        aGroup('g2', { app: 'mean', total: 1, waiting: 1, firstAtMs: NOW_MS }),
        aGroup('g3', {
          app: 'load',
          total: 1,
          failed: 1,
          firstAtMs: NOW_MS - 99_000,
          error: { type: 'FileNotFoundError', message: 'a.csv' }
        })
      ]
    });
    const rows = (): string[] =>
      [...screen.getByRole('list', { name: 'Tasks' }).children].map(row => row.textContent);
    expect(rows().map(row => /pi|mean|load/.exec(row)?.[0])).toEqual(['mean', 'pi', 'load']);
    expect(rows()[1]).toContain('87 done · 10 running · 3 waiting');
    expect(rows()[2]).toContain('FileNotFoundError: a.csv');
    fireEvent.change(screen.getByLabelText('In which state'), { target: { value: 'failed' } });
    await stage.draw();
    expect(rows()).toHaveLength(1);
    fireEvent.change(screen.getByLabelText('In which state'), { target: { value: '' } });
    await stage.draw();
    await user.type(screen.getByLabelText('App, notebook or error'), 'mea');
    await stage.draw();
    expect(rows()).toHaveLength(1);
    await user.click(stage.button(/^Go to In \[5\]/));
    expect(stage.executed).toEqual([
      [CommandIDs.goToCell, { cellId: 'c1', kernelId: 'k1', notebook: 'work/pi.ipynb' }]
    ]);
  });

  it('opens a group to its tasks and a failed one to its traceback', async () => {
    const task = aTask(7, {
      state: 'failed',
      reason: 'exception',
      error: { type: 'ValueError', message: 'bad', traceback: 'Traceback …\nValueError: bad' },
      printed: 'so far'
    });
    stage.door.answers.set('tasks.list', () => ({ tasks: [task], cursor: null, total: 1 }));
    await stage.show({ pools: [aPool()], groups: [aGroup('g1', { total: 1, failed: 1 })] });
    await user.click(stage.button(/pi.*×1/));
    await stage.draw();
    expect(stage.door.asked).toEqual([
      { method: 'tasks.list', params: { group: 'g1', pilot: undefined, limit: 50 } }
    ]);
    await user.click(stage.button(/call 1.*failed.*node7.*1\.5 s/));
    expect(screen.getByLabelText('Traceback').textContent).toContain('ValueError: bad');
    expect(screen.getByLabelText('Printed').textContent).toBe('so far');
  });

  it('says why tasks cannot be listed', async () => {
    const error = { code: 'internal', params: {} } as const;
    stage.door.answers.set('tasks.list', failing({ kind: 'bridge', error }));
    await stage.show({ pools: [aPool()], groups: [aGroup('g1', { total: 1, done: 1 })] });
    await user.click(stage.button(/pi.*×1/));
    await stage.draw();
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('unforeseen'));
  });
});
