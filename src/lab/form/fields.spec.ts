import { fireEvent, screen, within } from '@testing-library/react';
import { Profile } from '../../protocol';
import { failing } from '../testing';
import {
  button,
  field,
  LIMITS,
  NOTHING_FOUND,
  openSection,
  section,
  TestForm,
  user
} from './form.fixture';

describe('the form’s fields', () => {
  let form: TestForm;

  beforeEach(() => {
    form = new TestForm();
  });

  afterEach(() => form.end());

  it('begins with templates; OSPool’s asks for the project and says why nothing scales by itself', async () => {
    await form.open({ kind: 'new' });
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
    await form.pause();
    // There is a place of that name already.
    expect(field('Name').value).toBe('ospool-2');
    expect(field(/^Project name yours to fill in/)).toBeTruthy();
    await openSection('Scaling');
    expect(field('Automatic').checked).toBe(false);
    expect(field('Why not automatic').value).toMatch(/policy/);
    await form.type(/^Project name/, 'OSG-Staff');
    await form.pause();
    expect(form.lastAsked('profiles.script')).toMatchObject({
      pilots: 1,
      profile: { name: 'ospool-2', scheduler: { kind: 'htcondor', projectName: 'OSG-Staff' } }
    });
    await user.click(button('Save'));
    await form.draw();
    expect(form.lastAsked('profiles.save')).toMatchObject({ replaces: null });
    expect(Profile.safeParse(form.lastAsked('profiles.save').profile).success).toBe(true);
    expect(screen.getByText('Saved')).toBeTruthy();
    expect(button('Save').disabled).toBe(true);
  });

  it('closes sections whose summary says enough', async () => {
    await form.edit({
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
    await form.edit({}, { field: 'pilot.cores' });
    await form.type(name, typed);
    expect(within(section('Each pilot')).getByText(says)).toBeTruthy();
  });

  it.each([
    ['Memory', '0', /0 would mean all of a node/],
    ['Memory', 'much', /no amount: write MiB/],
    ['Cores', '0', /At least 1; you wrote 0/],
    ['Cores', 'two', /not a whole number/],
    ['Walltime', 'unlimited', /longest life/]
  ])('refuses %s %s at the field, with the reason, and saves nothing', async (name, typed, why) => {
    await form.edit({}, { field: 'pilot.cores' });
    await form.type(name, typed);
    expect(within(section('Each pilot')).getByRole('alert').textContent).toMatch(why);
    expect(field(name).getAttribute('aria-invalid')).toBe('true');
    expect(field(name).value).toBe(typed);
    expect(button('Save').disabled).toBe(true);
    expect(button('One field has to change first')).toBeTruthy();
  });

  it('checks brackets and quotes of an expression while it is typed', async () => {
    await form.edit({ scheduler: { kind: 'htcondor' } }, { field: 'scheduler.requirements' });
    await form.type('Requirements', '(HAS_SINGULARITY =?= True');
    expect(within(section('Project')).getByRole('alert')).toBeTruthy();
    await form.type('Requirements', '(HAS_SINGULARITY =?= True)');
    expect(within(section('Project')).queryByRole('alert')).toBeNull();
  });

  it('keeps the fields of a scheduler for the way back', async () => {
    await form.edit(
      { scheduler: { kind: 'slurm', account: 'physics' } },
      { field: 'scheduler.kind' }
    );
    fireEvent.change(field('Scheduler'), { target: { value: 'htcondor' } });
    await form.draw();
    await openSection('Project');
    expect(screen.queryByLabelText('Account')).toBeNull();
    fireEvent.change(field('Scheduler'), { target: { value: 'slurm' } });
    await form.draw();
    expect(field('Account').value).toBe('physics');
  });

  it('offers what the site has, and refuses what it has not, with the limit', async () => {
    await form.edit(
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
    await form.type('Partition', 'grand');
    expect(section('Project').textContent).toContain(
      'You may not use grand. Only grand-users may run there.'
    );
    await form.type('Partition', 'nope');
    expect(section('Project').textContent).toContain('There are: general, grand.');
  });

  it('says why limits are not known, and asks again when told to', async () => {
    const error = {
      code: 'command_missing',
      params: { command: 'scontrol', tried: '/usr/bin' }
    } as const;
    form.door.answers.set('profiles.limits', failing({ kind: 'bridge', error }));
    await form.edit({ scheduler: { kind: 'slurm' } }, { field: 'scheduler.kind' });
    expect(section('Scheduler').textContent).toContain('There is no program scontrol.');
    form.door.answers.set('profiles.limits', () => LIMITS);
    await user.click(within(section('Scheduler')).getByRole('button', { name: 'Ask again' }));
    await form.draw();
    expect(form.lastAsked('profiles.limits')).toMatchObject({ again: true });
    expect(section('Scheduler').textContent).toContain('those of Slurm 22.05.8');
  });

  it('moves a further line to the field it belongs to', async () => {
    const line = '#SBATCH --partition=debug';
    form.door.answers.set('profiles.check', params => {
      const { profile } = params as { profile: { scheduler: { further?: string } } };
      const moveTo = { field: 'scheduler.partition', value: 'debug', line };
      const problem = {
        field: 'scheduler.further',
        message: 'The partition has a field of its own.',
        severity: 'error',
        moveTo
      };
      return {
        ...NOTHING_FOUND,
        problems: profile.scheduler.further?.includes(line) ? [problem] : []
      };
    });
    await form.edit({ scheduler: { kind: 'slurm', further: `${line}\n#SBATCH --nice=5` } });
    expect(section('Anything else').textContent).toContain('has a field of its own');
    await user.click(button('Move to “Partition”'));
    await form.pause();
    expect(field('Partition').value).toBe('debug');
    expect(document.activeElement).toBe(field('Partition'));
    expect(field('Further #SBATCH lines').value).toBe('#SBATCH --nice=5');
    // The testbed's site has no such partition: it says so.
    expect(section('Project').textContent).toContain('There is no partition “debug”');
  });
});
