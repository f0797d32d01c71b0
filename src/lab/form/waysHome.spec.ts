import { acceptDialog, waitForDialog } from '@jupyterlab/testing';
import { act, screen } from '@testing-library/react';
import type { Result } from '../../protocol';
import { button, openSection, section, SITE, TestForm, user } from './form.fixture';

const found = (verdict: 'works' | 'fails'): Result<'checks.uplink'> => ({
  result: { verdict },
  steps: [{ what: 'open', by: 'here', host: 'relay', port: 8443, tookMs: 10, error: null }]
});

describe('the form’s ways home', () => {
  let form: TestForm;

  beforeEach(() => {
    form = new TestForm();
  });

  afterEach(() => form.end());

  const accept = async (): Promise<void> => {
    await user.click(button('Try ways home…'));
    await form.draw();
    await waitForDialog();
    await act(() => acceptDialog());
    await form.draw();
  };

  it('are tried as they stand there, and the order that is found is written', async () => {
    form.door.answers.set('checks.uplink', params =>
      found((params as { kind: string }).kind === 'direct' ? 'fails' : 'works')
    );
    await form.edit({
      title: SITE,
      submitHost: { address: 'there' },
      uplink: { kinds: ['relay', 'direct'], relay: 'relay:8443' }
    });
    await openSection('Way home');
    expect(screen.queryByLabelText('Submit host’s ports')).toBeNull();
    await user.click(screen.getByLabelText('submit-host'));
    expect(screen.getByLabelText('Submit host’s ports')).toBeTruthy();
    await accept();
    expect(form.lastAsked('checks.uplink')).toMatchObject({
      ...{ pool: 'site', kind: 'submit-host', mayListen: true },
      profile: { submitHost: { address: 'there' }, uplink: { relay: 'relay:8443' } }
    });
    expect(form.shown.title.className).toBe('jp-mod-dirty');
    await user.click(button('Use this order: submit-host, relay'));
    await form.draw();
    expect(form.shown.content.draft?.written.uplink).toEqual({
      kinds: ['submit-host', 'relay'],
      relay: 'relay:8443'
    });
    expect(section('Way home').textContent).toContain('Use submit-host, relay, as it is.');
    await form.type('Submit host’s ports', '9000');
    expect(section('Way home').textContent).toContain('Something has changed since');
  });

  it('are not tried where the profile cannot be read, nor written where it is not one’s own', async () => {
    form.door.answers.set('checks.uplink', params =>
      found((params as { kind: string }).kind === 'direct' ? 'fails' : 'works')
    );
    await form.edit(
      { uplink: { kinds: ['direct', 'relay'], relay: 'relay:8443' } },
      { readOnly: true }
    );
    await openSection('Way home');
    await accept();
    expect(section('Way home').textContent).toContain('Use relay alone.');
    expect(screen.queryByRole('button', { name: /Use this order/ })).toBeNull();
    form.end();
    form = new TestForm();
    await form.edit({ uplink: { listenPorts: 'many' } });
    await openSection('Way home');
    expect(button('Try ways home…').disabled).toBe(true);
  });
});
