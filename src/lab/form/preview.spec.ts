import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { settle } from '../testing';
import { button, field, NOTHING_FOUND, openSection, TestForm, user } from './form.fixture';

describe('the form’s preview and check', () => {
  let form: TestForm;

  beforeEach(() => {
    form = new TestForm();
  });

  afterEach(() => form.end());

  it('shows what will be submitted, and to which field each line belongs', async () => {
    await form.edit({ scheduler: { kind: 'slurm', partition: 'general' } });
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
    await form.pause();
    expect(form.lastAsked('profiles.script')).toMatchObject({ pilots: 12 });
  });

  it('keeps the last script, and says so, while a field cannot be read', async () => {
    await form.edit({ pilot: { cores: 2 } }, { field: 'pilot.cores' });
    const scripts = (): number =>
      form.door.asked.filter(({ method }) => method === 'profiles.script').length;
    const before = scripts();
    await form.type('Cores', 'two');
    await form.pause();
    expect(scripts()).toBe(before);
    expect(screen.getByText('as it was before the fields marked ✕')).toBeTruthy();
    await form.type('Cores', '3');
    expect(screen.getByText('changing…')).toBeTruthy();
    await form.pause();
    expect(scripts()).toBe(before + 1);
    expect(screen.queryByText('changing…')).toBeNull();
  });

  it('asks the scheduler on Check, and lists what it said', async () => {
    await form.edit({ scheduler: { kind: 'slurm' } });
    const problem = { field: 'pilot.cores', message: 'Too many here.', severity: 'warning' };
    form.door.answers.set('profiles.check', params => ({
      ...NOTHING_FOUND,
      problems: [problem],
      dryRun: (params as { deep: boolean }).deep ? 'sbatch: Job 7 to start at noon' : null
    }));
    await user.click(button('Check'));
    await form.draw();
    expect(form.lastAsked('profiles.check')).toMatchObject({ deep: true });
    const found = within(screen.getByRole('region', { name: 'What the check found' }));
    expect(found.getByText('sbatch: Job 7 to start at noon')).toBeTruthy();
    expect(found.getByText('Every field can be used.')).toBeTruthy();
    await user.click(found.getByRole('button', { name: 'Cores' }));
    await form.draw();
    expect(document.activeElement).toBe(field('Cores'));
    await form.type('Cores', '3');
    expect(screen.getByText('Something has changed since it was checked.')).toBeTruthy();
  });
});
