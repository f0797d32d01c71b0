import { dismissDialog, waitForDialog } from '@jupyterlab/testing';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ProfileDocument } from '.';
import type { Start } from '.';
import { Profile } from '../../protocol';
import type { FieldProblem, SiteLimits, SubmissionPlan } from '../../protocol';
import { aPool, failing, NOW_MS, settle, Stage } from '../testing';
import { CommandIDs } from '../tokens';

const SITE = 'Site';
const OSPOOL = 'OSPool';
const PLAN: SubmissionPlan = {
  files: [
    {
      path: 'pilot.sh',
      language: 'shell',
      lines: [
        { text: '#!/bin/sh', field: null },
        { text: '#SBATCH --partition=general', field: 'scheduler.partition' },
        { text: '#SBATCH --time=04:00:00', field: 'pilot.walltime' }
      ]
    }
  ],
  others: [{ path: 'agent.pyz', what: 'the agent' }],
  commands: ['sbatch --parsable --job-name=SUBMISSION pilot.sh']
};

const general: SiteLimits['partitions'][number] = {
  name: 'general',
  isDefault: true,
  up: true,
  maxSeconds: 7 * 86_400,
  defaultSeconds: null,
  nodes: 2,
  coresPerNode: 64,
  memoryMiBPerNode: 8000,
  gres: [],
  features: [],
  accounts: null,
  qos: null,
  allowed: true,
  why: null
};
const LIMITS: SiteLimits = {
  scheduler: 'Slurm',
  version: '22.05.8',
  partitions: [
    general,
    {
      ...general,
      name: 'grand',
      isDefault: false,
      allowed: false,
      why: 'Only grand-users may run there.'
    }
  ],
  accounts: null,
  qos: null,
  maxArray: 10_001,
  maxSubmit: null,
  atMs: NOW_MS
};

describe('the form of a place', () => {
  let stage: Stage;
  let shown: ProfileDocument;
  const user = userEvent.setup();
  const nothing = (): { problems: FieldProblem[]; understood: []; dryRun: null } => ({
    problems: [],
    understood: [],
    dryRun: null
  });

  /** Until after the pause that follows the last key. */
  const pause = (): Promise<void> => stage.draw(1000);
  const open = async (start: Start): Promise<void> => {
    shown = new ProfileDocument(stage.surroundings, start);
    stage.attach(shown);
    await stage.draw();
    await pause();
  };
  /** A form of a place that is written so. */
  const edit = async (
    profile: Record<string, unknown>,
    options: { readOnly?: boolean; field?: string } = {}
  ): Promise<void> => {
    stage.door.answers.set('profiles.read', () => ({
      profile,
      source: '/home/ada/site.json',
      readOnly: options.readOnly ?? false
    }));
    await open({ kind: 'edit', name: 'site', field: options.field ?? null });
  };
  const field = (name: string | RegExp): HTMLInputElement =>
    screen.getByLabelText(name, { selector: 'input, select, textarea' });
  const section = (name: string): HTMLElement => screen.getByRole('region', { name });
  const openSection = async (name: string): Promise<void> => {
    const head = within(section(name)).getAllByRole('button')[0];
    if (head.getAttribute('aria-expanded') === 'false') {
      await user.click(head);
    }
  };
  const button = (name: string | RegExp): HTMLButtonElement => screen.getByRole('button', { name });
  const type = async (name: string | RegExp, text: string): Promise<void> => {
    fireEvent.focus(field(name));
    fireEvent.change(field(name), { target: { value: text } });
    await stage.draw();
  };
  const lastAsked = (method: string): Record<string, unknown> =>
    stage.door.asked.filter(one => one.method === method).at(-1)?.params as Record<string, unknown>;

  beforeEach(() => {
    stage = new Stage(0);
    const { door } = stage;
    door.answers.set('profiles.script', () => PLAN);
    door.answers.set('profiles.check', nothing);
    door.answers.set('profiles.limits', () => LIMITS);
    door.answers.set('profiles.save', params =>
      Profile.parse((params as { profile: unknown }).profile)
    );
    door.snapshot({ pools: [aPool(), aPool({ pool: 'ospool', title: OSPOOL })] });
  });

  afterEach(() => stage.leave(shown));

  it('begins with templates; OSPool’s asks for the project and says why nothing scales by itself', async () => {
    await open({ kind: 'new' });
    const names = within(screen.getByRole('list', { name: 'Templates' })).getAllByRole('strong');
    expect(names.map(one => one.textContent)).toEqual([
      'OSPool',
      'HTCondor of an experiment',
      'Campus cluster (Slurm)',
      'Slurm',
      'HTCondor',
      'This computer'
    ]);
    await user.click(button(/^OSPool/));
    await pause();
    // There is a place of that name already.
    expect(field('Name').value).toBe('ospool-2');
    expect(field(/^Project name yours to fill in/)).toBeTruthy();
    await openSection('Scaling');
    expect(field('Automatic').checked).toBe(false);
    expect(field('Why not automatic').value).toMatch(/policy/);
    await type(/^Project name/, 'OSG-Staff');
    await pause();
    expect(lastAsked('profiles.script')).toMatchObject({
      pilots: 1,
      profile: { name: 'ospool-2', scheduler: { kind: 'htcondor', projectName: 'OSG-Staff' } }
    });
    await user.click(button('Save'));
    await stage.draw();
    expect(lastAsked('profiles.save')).toMatchObject({ replaces: null });
    expect(Profile.safeParse(lastAsked('profiles.save').profile).success).toBe(true);
    expect(screen.getByText('Saved')).toBeTruthy();
    expect(button('Save').disabled).toBe(true);
  });

  it('closes sections whose summary says enough', async () => {
    await edit({
      scheduler: { kind: 'slurm', account: 'physics', partition: 'general' },
      pilot: { cores: 4, memoryMiB: 8000, walltime: '2-15:59:00' },
      environment: { modules: ['python/3.11'], workerInit: 'a\n\nb' },
      scaling: { max: 8 }
    });
    expect(screen.queryByLabelText('Cores')).toBeNull();
    expect(section('Where').textContent).toContain('this machine');
    expect(section('Project').textContent).toContain('physics · general');
    expect(section('Each pilot').textContent).toContain(
      '4 cores · 7.8 GiB · 2 days 15 hours 59 minutes'
    );
    expect(section('Environment').textContent).toContain('python/3.11 · 2 lines of worker_init');
    expect(section('Scaling').textContent).toContain('automatic, between 0 and 8');
    await openSection('Each pilot');
    expect(field('Cores').value).toBe('4');
  });

  it.each([
    ['Walltime', '4:00', '4 minutes'],
    ['Walltime', '60', '1 hour'],
    ['Memory', '2 GiB', '2,048 MiB']
  ])('shows what it understood of %s %s: %s', async (name, typed, says) => {
    await edit({}, { field: 'pilot.cores' });
    await type(name, typed);
    expect(within(section('Each pilot')).getByText(says)).toBeTruthy();
  });

  it.each([
    ['Memory', '0', /0 would mean all of a node/],
    ['Memory', 'much', /no amount: write MiB/],
    ['Cores', '0', /At least 1; you wrote 0/],
    ['Cores', 'two', /not a whole number/],
    ['Walltime', 'unlimited', /longest life/]
  ])('refuses %s %s at the field, with the reason, and saves nothing', async (name, typed, why) => {
    await edit({}, { field: 'pilot.cores' });
    await type(name, typed);
    expect(within(section('Each pilot')).getByRole('alert').textContent).toMatch(why);
    expect(field(name).getAttribute('aria-invalid')).toBe('true');
    expect(field(name).value).toBe(typed);
    expect(button('Save').disabled).toBe(true);
    expect(button('One field has to change first')).toBeTruthy();
  });

  it('checks brackets and quotes of an expression while it is typed', async () => {
    await edit({ scheduler: { kind: 'htcondor' } }, { field: 'scheduler.requirements' });
    await type('Requirements', '(HAS_SINGULARITY =?= True');
    expect(within(section('Project')).getByRole('alert')).toBeTruthy();
    await type('Requirements', '(HAS_SINGULARITY =?= True)');
    expect(within(section('Project')).queryByRole('alert')).toBeNull();
  });

  it('keeps the fields of a scheduler for the way back', async () => {
    await edit({ scheduler: { kind: 'slurm', account: 'physics' } }, { field: 'scheduler.kind' });
    fireEvent.change(field('Scheduler'), { target: { value: 'htcondor' } });
    await stage.draw();
    await openSection('Project');
    expect(screen.queryByLabelText('Account')).toBeNull();
    fireEvent.change(field('Scheduler'), { target: { value: 'slurm' } });
    await stage.draw();
    expect(field('Account').value).toBe('physics');
  });

  it('offers what the site has, and refuses what it has not, with the limit', async () => {
    await edit(
      { scheduler: { kind: 'slurm', partition: 'general' }, pilot: { walltime: '8-0' } },
      { field: 'scheduler.partition' }
    );
    expect(section('Project').textContent).toContain(
      'general: the default · at most 7 days · 2 nodes · 64 cores a node · 7.8 GiB a node'
    );
    const options = [...document.querySelectorAll('datalist option')].map(one =>
      one.getAttribute('value')
    );
    expect(options).toEqual(expect.arrayContaining(['general', 'grand']));
    expect(section('Each pilot').textContent).toContain(
      'general allows at most 7 days (7-00:00:00); you asked for 8 days.'
    );
    await type('Partition', 'grand');
    expect(section('Project').textContent).toContain(
      'You may not use grand. Only grand-users may run there.'
    );
    await type('Partition', 'nope');
    expect(section('Project').textContent).toContain('There are: general, grand.');
  });

  it('says why limits are not known, and asks again when told to', async () => {
    const error = {
      code: 'command_missing',
      params: { command: 'scontrol', tried: '/usr/bin' }
    } as const;
    stage.door.answers.set('profiles.limits', failing({ kind: 'bridge', error }));
    await edit({ scheduler: { kind: 'slurm' } }, { field: 'scheduler.kind' });
    expect(section('Scheduler').textContent).toContain('There is no program scontrol.');
    stage.door.answers.set('profiles.limits', () => LIMITS);
    await user.click(within(section('Scheduler')).getByRole('button', { name: 'Ask again' }));
    await stage.draw();
    expect(lastAsked('profiles.limits')).toMatchObject({ again: true });
    expect(section('Scheduler').textContent).toContain('those of Slurm 22.05.8');
  });

  it('moves a further line to the field it belongs to', async () => {
    const line = '#SBATCH --partition=debug';
    stage.door.answers.set('profiles.check', params => {
      const { profile } = params as { profile: { scheduler: { further?: string } } };
      const moveTo = { field: 'scheduler.partition', value: 'debug', line };
      const problem = {
        field: 'scheduler.further',
        message: 'The partition has a field of its own.',
        severity: 'error',
        moveTo
      };
      return {
        ...nothing(),
        problems: profile.scheduler.further?.includes(line) ? [problem] : []
      };
    });
    await edit({ scheduler: { kind: 'slurm', further: `${line}\n#SBATCH --nice=5` } });
    expect(section('Anything else').textContent).toContain('has a field of its own');
    await user.click(button('Move to “Partition”'));
    await pause();
    expect(field('Partition').value).toBe('debug');
    expect(document.activeElement).toBe(field('Partition'));
    expect(field('Further #SBATCH lines').value).toBe('#SBATCH --nice=5');
    // The testbed's site has no such partition: it says so.
    expect(section('Project').textContent).toContain('There is no partition “debug”');
  });

  it('shows what will be submitted, and to which field each line belongs', async () => {
    await edit({ scheduler: { kind: 'slurm', partition: 'general' } });
    const preview = within(screen.getByRole('region', { name: 'What will be submitted' }));
    // The code's view is loaded when it is first wanted.
    const loaded = (): void => expect(document.querySelector('.cm-line')).not.toBeNull();
    await waitFor(loaded, { timeout: 20_000 });
    expect(preview.getByRole('tabpanel').textContent).toContain('#SBATCH --partition=general');
    expect(preview.getByText('Sent beside: agent.pyz (the agent)')).toBeTruthy();
    await openSection('Project');
    await act(async () => {
      field('Partition').focus();
      await settle();
    });
    await waitFor(() => {
      const marked = [...document.querySelectorAll('.cm-line.jp-mod-pointed')];
      expect(marked.map(one => one.textContent)).toEqual(['#SBATCH --partition=general']);
    });
    await user.click(preview.getByRole('tab', { name: 'commands' }));
    await waitFor(() =>
      expect(preview.getByRole('tabpanel').textContent).toContain('sbatch --parsable')
    );
    fireEvent.change(preview.getByLabelText('Number of pilots to show it for'), {
      target: { value: '12' }
    });
    await pause();
    expect(lastAsked('profiles.script')).toMatchObject({ pilots: 12 });
  });

  it('keeps the last script, and says so, while a field cannot be read', async () => {
    await edit({ pilot: { cores: 2 } }, { field: 'pilot.cores' });
    const scripts = (): number =>
      stage.door.asked.filter(({ method }) => method === 'profiles.script').length;
    const before = scripts();
    await type('Cores', 'two');
    await pause();
    expect(scripts()).toBe(before);
    expect(screen.getByText('as it was before the fields marked ✕')).toBeTruthy();
    await type('Cores', '3');
    expect(screen.getByText('changing…')).toBeTruthy();
    await pause();
    expect(scripts()).toBe(before + 1);
    expect(screen.queryByText('changing…')).toBeNull();
  });

  it('asks the scheduler on Check, and lists what it said', async () => {
    await edit({ scheduler: { kind: 'slurm' } });
    const problem = { field: 'pilot.cores', message: 'Too many here.', severity: 'warning' };
    stage.door.answers.set('profiles.check', params => ({
      ...nothing(),
      problems: [problem],
      dryRun: (params as { deep: boolean }).deep ? 'sbatch: Job 7 to start at noon' : null
    }));
    await user.click(button('Check'));
    await stage.draw();
    expect(lastAsked('profiles.check')).toMatchObject({ deep: true });
    const found = within(screen.getByRole('region', { name: 'What the check found' }));
    expect(found.getByText('sbatch: Job 7 to start at noon')).toBeTruthy();
    expect(found.getByText('Every field can be used.')).toBeTruthy();
    await user.click(found.getByRole('button', { name: 'Cores' }));
    await stage.draw();
    expect(document.activeElement).toBe(field('Cores'));
    await type('Cores', '3');
    expect(screen.getByText('Something has changed since it was checked.')).toBeTruthy();
  });

  it('saves and asks for one pilot more', async () => {
    stage.door.snapshot({ pools: [aPool({ pool: 'site', wanted: { count: 2 } })] });
    await edit({ title: SITE });
    await user.click(button('Save and launch 1'));
    await stage.draw();
    expect(lastAsked('profiles.save')).toEqual({
      profile: { name: 'site', title: SITE },
      replaces: 'site'
    });
    expect(lastAsked('pools.setWanted')).toEqual({ pool: 'site', count: 3 });
  });

  it('saves nothing that the bridge refuses, however quick the person is', async () => {
    await edit({ scheduler: { kind: 'slurm' } }, { field: 'scheduler.account' });
    const problem = { field: 'scheduler.account', message: 'No such.', severity: 'error' };
    stage.door.answers.set('profiles.check', () => ({ ...nothing(), problems: [problem] }));
    await type('Account', 'b');
    await user.click(button('Save'));
    await stage.draw();
    expect(stage.door.asked.map(({ method }) => method)).not.toContain('profiles.save');
    expect(document.activeElement).toBe(field('Account'));
    expect(screen.getByRole('alert').textContent).toContain('No such.');
    expect(shown.title.className).toBe('jp-mod-dirty');
  });

  it('renames by saving under another name, and says where a name is taken', async () => {
    await edit({ title: SITE }, { field: 'name' });
    expect(document.activeElement).toBe(field('Name'));
    await type('Name', 'other');
    const error = { code: 'profile_exists', params: { name: 'other', file: '/f' } } as const;
    stage.door.answers.set('profiles.save', failing({ kind: 'bridge', error }));
    await user.click(button('Save'));
    await stage.draw();
    expect(lastAsked('profiles.save')).toMatchObject({
      profile: { name: 'other' },
      replaces: 'site'
    });
    expect(screen.getByText(/There is a profile “other” already/)).toBeTruthy();
    expect(shown.title.className).toBe('jp-mod-dirty');
  });

  it('shows a site’s own place without letting it be changed', async () => {
    await edit({ title: SITE }, { readOnly: true });
    expect(field('Name').disabled).toBe(true);
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
    await user.click(button('Duplicate to change it'));
    expect(stage.executed).toEqual([[CommandIDs.duplicatePlace, { pool: 'site' }]]);
  });

  it('makes a copy under a free name', async () => {
    stage.door.answers.set('profiles.read', () => ({
      profile: { name: 'ospool', title: OSPOOL, scaling: { max: 3 } },
      source: '/site/ospool.json',
      readOnly: true
    }));
    await open({ kind: 'copy', name: 'ospool' });
    expect(field('Name').value).toBe('ospool-2');
    expect(field('Title').value).toBe('OSPool (copy)');
    expect(screen.getByText('A new place, not saved yet')).toBeTruthy();
  });

  it('shows what is wrong with an imported file at its fields', async () => {
    await open({
      kind: 'import',
      written: { name: 'a place!', pilot: { cores: 0 }, workers_init: 'x' }
    });
    expect(field('Name').value).toBe('a-place');
    expect(section('Each pilot').textContent).toContain('At least 1; you wrote 0.');
    expect(screen.getByText(/There is no field “workers_init”/)).toBeTruthy();
    await user.click(button('Remove “workers_init”'));
    expect(screen.queryByText(/There is no field/)).toBeNull();
  });

  it('asks before changes are lost', async () => {
    await edit({ title: SITE });
    await type('Title', 'Another');
    expect(shown.title.className).toBe('jp-mod-dirty');
    act(() => shown.close());
    await stage.draw();
    await waitForDialog();
    expect(screen.getByText(/“Another” is lost/)).toBeTruthy();
    await act(async () => {
      await dismissDialog();
    });
    await stage.draw();
    expect(shown.isDisposed).toBe(false);
    act(() => shown.close());
    await stage.draw();
    await waitForDialog();
    fireEvent.click(screen.getByText('Discard'));
    await stage.draw();
    expect(shown.isDisposed).toBe(true);
  });

  it('says why a place cannot be read', async () => {
    const error = { code: 'unknown_profile', params: { name: 'site', known: 'local' } } as const;
    stage.door.answers.set('profiles.read', failing({ kind: 'bridge', error }));
    await open({ kind: 'edit', name: 'site', field: null });
    expect(screen.getByRole('alert').textContent).toContain('There is no profile “site”.');
    stage.door.answers.set('profiles.read', () => ({ profile: {}, source: '/f', readOnly: false }));
    await user.click(button('Try again'));
    await stage.draw();
    expect(field('Name').value).toBe('site');
  });
});
