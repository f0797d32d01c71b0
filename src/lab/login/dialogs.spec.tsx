import { within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aHost, aRound, asking, failing, NOW_MS } from '../testing';
import { CommandIDs } from '../tokens';
import { LoginStage, OSPOOL } from './login.fixture';

describe('dialogs of logins come and go', () => {
  let stage: LoginStage;
  const user = userEvent.setup();

  beforeEach(async () => {
    stage = new LoginStage();
    await stage.draw();
  });

  afterEach(() => stage.end());

  it('can be put away and opened again while the login goes on', async () => {
    await stage.logIn(aRound());
    await user.click(stage.button(/^Answer later/));
    await stage.draw();
    expect(stage.isOpen).toBe(false);
    expect(stage.sent).toEqual([]);
    await stage.execute(CommandIDs.answerLogin, { host: 'h1' });
    await stage.draw();
    expect(stage.field('Password:').isConnected).toBe(true);
  });

  it('does not open by itself for a login that was begun elsewhere', async () => {
    await stage.show({ pools: [OSPOOL], hosts: [asking(aRound())] });
    expect(stage.isOpen).toBe(false);
    await stage.now(asking(aRound({ round: 2 })));
    expect(stage.isOpen).toBe(false);
  });

  it('is not shown for a login that keys alone do', async () => {
    await stage.press();
    expect(stage.isOpen).toBe(false);
    await stage.now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    await stage.draw(5000);
    expect(stage.isOpen).toBe(false);
  });

  it('is shown after a moment where the machine lets one wait', async () => {
    await stage.press();
    await stage.draw(1000);
    expect(stage.dialog.textContent).toContain('Waiting for ap40.example.org…');
    await user.keyboard('{Escape}');
    await stage.draw();
    expect(stage.sent).toContainEqual(['logins.cancel', { login: 'l1' }]);
  });

  it('is not deceived by what the stream said of the login before', async () => {
    const refused = { code: 'login_refused', params: { host: 'h1' } } as const;
    await stage.press(aHost({ state: 'failed', trouble: refused }));
    await stage.draw(0);
    expect(stage.isOpen).toBe(false);
  });

  it('counts the time down, and says so to a screen reader only when it becomes little', async () => {
    await stage.logIn(aRound());
    const timer = within(stage.dialog).getByRole('timer', { hidden: true });
    const said = (): string =>
      within(stage.dialog)
        .getAllByRole('status', { hidden: true })
        .map(({ textContent }: HTMLElement) => textContent)
        .join('');
    await stage.draw(40_000);
    expect(timer.textContent).toMatch(/^about 1:1[0-2] left$/);
    expect(said()).toBe('');
    await stage.draw(30_000);
    expect(said()).toBe('About 60 seconds left');
    await stage.draw(5000);
    expect(said()).toBe('About 60 seconds left');
    await stage.draw(60_000);
    expect(timer.textContent).toBe('about 0:00 left');
    expect(said()).toBe('About 10 seconds left');
  });

  it('keeps the focus within, both ways round', async () => {
    const behind = document.body.appendChild(document.createElement('button'));
    await stage.logIn(aRound());
    const last = stage.button('Continue');
    await user.tab({ shift: true });
    expect(document.activeElement).toBe(last);
    await user.tab();
    expect(stage.dialog.contains(document.activeElement)).toBe(true);
    behind.focus();
    expect(document.activeElement).not.toBe(behind);
    expect(stage.dialog.contains(document.activeElement)).toBe(true);
  });

  it('gives the focus back to where it was', async () => {
    const behind = document.body.appendChild(document.createElement('button'));
    behind.focus();
    await stage.logIn(aRound());
    await stage.now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    expect(document.activeElement).toBe(behind);
  });

  it('waits for the dialog of another login, and is not shown if it is over by then', async () => {
    const others = ['h2', 'h3'].map(host => asking(aRound(), {}, { host, address: host }));
    await stage.logIn(aRound());
    for (const other of others) {
      await stage.now(other);
      await stage.execute(CommandIDs.answerLogin, { host: other.host });
    }
    await stage.draw();
    expect(stage.dialog.textContent).toContain('Log in to ap40.example.org');
    await stage.now({ ...others[0], state: 'connected', login: null, sinceMs: NOW_MS });
    await stage.now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    await stage.draw();
    expect(stage.dialog.textContent).toContain('Log in to h3 as alice');
    await user.keyboard('{Escape}');
    await stage.draw();
    expect(stage.isOpen).toBe(false);
  });

  it('says that the bridge is not there while a question stands', async () => {
    await stage.logIn(aRound());
    stage.door.message({
      kind: 'offline',
      error: { code: 'bridge_unreachable', params: { folder: '/r', problem: 'gone' } }
    });
    await stage.draw();
    expect(stage.dialog.textContent).toContain('The bridge is not there');
  });

  it('says why a login cannot begin', async () => {
    const error = { code: 'unknown_profile', params: { name: 'ospool', known: 'local' } } as const;
    await stage.show({ pools: [OSPOOL], hosts: [aHost()] });
    stage.door.answers.set('hosts.login', failing({ kind: 'bridge', error }));
    await stage.execute(CommandIDs.logIn, { pool: 'ospool' });
    await stage.draw();
    expect(stage.dialog.textContent).toContain('There is no profile “ospool”.');
    await user.click(stage.button('Close'));
    await stage.draw();
    expect(stage.isOpen).toBe(false);
  });

  it('has a place log in by OpenSSH from where the login failed', async () => {
    const unfit = { code: 'transport_unfit', params: { host: 'h1', what: 'Kerberos' } } as const;
    const profile = { name: 'ospool', submitHost: { address: 'ap40.example.org' } };
    stage.door.answers.set('profiles.read', () => ({ profile, source: '/p', readOnly: false }));
    const by = { host: 'h1 by openssh', transport: 'openssh' } as const;
    stage.door.answers.set('hosts.login', () => asking(aRound(), {}, by));
    await stage.show({ pools: [OSPOOL], hosts: [aHost()] });
    expect(stage.commands.isEnabled(CommandIDs.useOpenSsh, { pool: 'ospool' })).toBe(false);
    await stage.now(aHost({ state: 'failed', trouble: unfit }));
    expect(stage.commands.isEnabled(CommandIDs.useOpenSsh, { pool: 'ospool' })).toBe(true);
    await stage.execute(CommandIDs.useOpenSsh, { pool: 'ospool' });
    await stage.draw();
    const submitHost = { address: 'ap40.example.org', transport: 'openssh' };
    expect(stage.sent[1]).toEqual([
      'profiles.save',
      { profile: { name: 'ospool', submitHost }, replaces: 'ospool' }
    ]);
    expect(stage.field('Password:').isConnected).toBe(true);
    await stage.now(aHost({ ...by, state: 'connected', sinceMs: NOW_MS }));
    expect(stage.isOpen).toBe(false);
  });

  describe('logging out', () => {
    const connected = aHost({ state: 'connected' });

    it('is done at once where no pilot is there', async () => {
      await stage.show({ pools: [OSPOOL], hosts: [connected] });
      await stage.execute(CommandIDs.logOut, { host: 'h1' });
      expect(stage.sent).toEqual([['hosts.logout', { host: 'h1' }]]);
    });

    it('asks first where pilots may need the connection', async () => {
      const pools = [{ ...OSPOOL, counts: { ...OSPOOL.counts, busy: 2, queued: 1 } }];
      await stage.show({ pools, hosts: [connected] });
      await stage.execute(CommandIDs.logOut, { host: 'h1' });
      await stage.draw();
      expect(stage.dialog.textContent).toContain('OSPool has 3 pilots.');
      expect(stage.sent).toEqual([]);
      await user.click(stage.button('Log out'));
      await stage.draw();
      expect(stage.sent).toEqual([['hosts.logout', { host: 'h1' }]]);
    });
  });
});
