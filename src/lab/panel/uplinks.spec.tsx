import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ErrorData, Uplink } from '../../protocol';
import { aPool, NOW_MS } from '../testing';
import { PanelStage } from './panel.fixture';

const AWAY: ErrorData = {
  code: 'uplink_failed',
  params: {
    kind: 'relay',
    field: 'uplink.relay',
    problem: 'relay.example.org:8443: connect ECONNREFUSED',
    passing: true
  },
  words: 'Check whether a relay runs there.'
};

describe('ways home of a place’s pilots', () => {
  let stage: PanelStage;
  const user = userEvent.setup();

  beforeEach(async () => {
    stage = await PanelStage.begin();
  });

  afterEach(() => stage.leave());

  const relay = (changes: Partial<Uplink> = {}): Uplink => ({
    kind: 'relay',
    machine: 'relay.example.org',
    port: 8443,
    sinceMs: NOW_MS - 60_000,
    trouble: null,
    nextTryMs: null,
    ...changes
  });
  const show = (...uplinks: Uplink[]) => stage.show({ pools: [aPool({ uplinks })] });
  const note = () => document.querySelector('.jp-Pilothouse-note')?.textContent;
  const line = () => screen.queryByRole('button', { name: /No way home by/ });

  it('are not spoken of while they are open, and are once one is lost', async () => {
    await show(relay());
    expect(line()).toBeNull();
    await show(relay({ trouble: AWAY, nextTryMs: NOW_MS + 4000 }));
    expect(line()?.textContent).toContain('No way home by relay.example.org:8443 for 1 m');
    await user.click(line()!);
    for (const said of [
      /connect ECONNREFUSED/,
      /Check whether a relay runs there/,
      /What pilots run goes on/,
      /next in \d s/
    ]) {
      expect(note()).toMatch(said);
    }
    await show(relay());
    expect(line()).toBeNull();
  });

  it('say that older pilots know another machine, though it is open', async () => {
    const moved = { from: 'node-1', to: 'node-2', atMs: NOW_MS - 60_000 };
    await show(relay({ kind: 'submit-host', machine: 'login.example.org', moved }));
    expect(line()).toBeNull();
    const said = screen.getByRole('button', { name: /Older pilots dial node-1 in vain for 1 m/ });
    await user.click(said);
    expect(note()).toMatch(/^login.example.org is several machines: .* New pilots know node-2/);
    expect(note()).toContain('write the name of one of them as the submit host’s address');
  });

  it('say that another is open, and that one waits for a login', async () => {
    const needed: ErrorData = { code: 'login_needed', params: { host: 'ap40' } };
    const lost = relay({ kind: 'submit-host', machine: 'ap40', port: null, trouble: needed });
    await show(lost, relay());
    await user.click(line()!);
    expect(line()?.textContent).toContain('No way home by ap40 for 1 m');
    expect(screen.getByText('Pilots use the other way.')).toBeTruthy();
    expect(screen.getByText('It opens by itself once you have logged in.')).toBeTruthy();
  });
});
