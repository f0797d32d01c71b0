import { dismissDialog, waitForDialog } from '@jupyterlab/testing';
import { act, fireEvent, screen } from '@testing-library/react';
import { aPool, failing } from '../testing';
import { CommandIDs } from '../tokens';
import {
  button,
  field,
  NOTHING_FOUND,
  OSPOOL,
  section,
  SITE,
  TestForm,
  user
} from './form.fixture';

describe('opening, saving and leaving a form', () => {
  let form: TestForm;

  beforeEach(() => {
    form = new TestForm();
  });

  afterEach(() => form.end());

  it('saves and asks for one pilot more', async () => {
    form.door.snapshot({ pools: [aPool({ pool: 'site', wanted: { count: 2 } })] });
    await form.edit({ title: SITE });
    await user.click(button('Save and launch 1'));
    await form.draw();
    expect(form.lastAsked('profiles.save')).toEqual({
      profile: { name: 'site', title: SITE },
      replaces: 'site'
    });
    expect(form.lastAsked('pools.setWanted')).toEqual({ pool: 'site', count: 3 });
  });

  it('saves nothing that the bridge refuses, however quick the person is', async () => {
    await form.edit({ scheduler: { kind: 'slurm' } }, { field: 'scheduler.account' });
    const problem = { field: 'scheduler.account', message: 'No such.', severity: 'error' };
    form.door.answers.set('profiles.check', () => ({ ...NOTHING_FOUND, problems: [problem] }));
    await form.type('Account', 'b');
    await user.click(button('Save'));
    await form.draw();
    expect(form.door.asked.map(({ method }) => method)).not.toContain('profiles.save');
    expect(document.activeElement).toBe(field('Account'));
    expect(screen.getByRole('alert').textContent).toContain('No such.');
    expect(form.shown.title.className).toBe('jp-mod-dirty');
  });

  it('renames by saving under another name, and says where a name is taken', async () => {
    await form.edit({ title: SITE }, { field: 'name' });
    expect(document.activeElement).toBe(field('Name'));
    await form.type('Name', 'other');
    const error = { code: 'profile_exists', params: { name: 'other', file: '/f' } } as const;
    form.door.answers.set('profiles.save', failing({ kind: 'bridge', error }));
    await user.click(button('Save'));
    await form.draw();
    expect(form.lastAsked('profiles.save')).toMatchObject({
      profile: { name: 'other' },
      replaces: 'site'
    });
    expect(screen.getByText(/There is a profile “other” already/)).toBeTruthy();
    expect(form.shown.title.className).toBe('jp-mod-dirty');
  });

  it('shows a site’s own place without letting it be changed', async () => {
    await form.edit({ title: SITE }, { readOnly: true });
    expect(field('Name').disabled).toBe(true);
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
    await user.click(button('Duplicate to change it'));
    expect(form.executed).toEqual([[CommandIDs.duplicatePlace, { pool: 'site' }]]);
  });

  it('deletes the place that it has just saved, and no other', async () => {
    await form.edit({ title: SITE });
    await form.type('Name', 'other');
    await user.click(button('Save'));
    await user.click(button('Delete…'));
    expect(form.executed).toEqual([[CommandIDs.deletePlace, { pool: 'other' }]]);
  });

  it('makes a copy under a free name', async () => {
    form.door.answers.set('profiles.read', () => ({
      profile: { name: 'ospool', title: OSPOOL, scaling: { max: 3 } },
      source: '/site/ospool.json',
      readOnly: true
    }));
    await form.open({ kind: 'copy', name: 'ospool' });
    expect(field('Name').value).toBe('ospool-2');
    expect(field('Title').value).toBe('OSPool (copy)');
    expect(screen.getByText('A new place, not saved yet')).toBeTruthy();
  });

  it('shows what is wrong with an imported file at its fields', async () => {
    await form.open({
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
    await form.edit({ title: SITE });
    await form.type('Title', 'Another');
    expect(form.shown.title.className).toBe('jp-mod-dirty');
    act(() => form.shown.close());
    await form.draw();
    await waitForDialog();
    expect(screen.getByText(/“Another” is lost/)).toBeTruthy();
    await act(async () => {
      await dismissDialog();
    });
    await form.draw();
    expect(form.shown.isDisposed).toBe(false);
    act(() => form.shown.close());
    await form.draw();
    await waitForDialog();
    fireEvent.click(screen.getByText('Discard'));
    await form.draw();
    expect(form.shown.isDisposed).toBe(true);
  });

  it('says why a place cannot be read', async () => {
    const error = { code: 'unknown_profile', params: { name: 'site', known: 'local' } } as const;
    form.door.answers.set('profiles.read', failing({ kind: 'bridge', error }));
    await form.open({ kind: 'edit', name: 'site', field: null });
    expect(screen.getByRole('alert').textContent).toContain('There is no profile “site”.');
    form.door.answers.set('profiles.read', () => ({ profile: {}, source: '/f', readOnly: false }));
    await user.click(button('Try again'));
    await form.draw();
    expect(field('Name').value).toBe('site');
  });
});
