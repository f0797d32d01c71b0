import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { HostConnection, LoginQuestion } from '../../protocol';
import { aHost, aKey, aPool, aRound, asking, failing, NOW_MS, settle, Stage } from '../testing';
import { CommandIDs } from '../tokens';
import { addLoginCommands } from '.';

const TITLE = 'OSPool';
const OSPOOL = aPool({ pool: 'ospool', title: TITLE, scheduler: 'htcondor', host: 'h1' });
const SECRET = 'correct horse';

describe('the dialog of a login', () => {
  let stage: Stage;
  let commands: CommandRegistry;
  let added: ReturnType<typeof addLoginCommands>;
  const user = userEvent.setup();

  beforeEach(async () => {
    // Dialogs say their own errors on the console.
    jest.spyOn(console, 'warn').mockImplementation();
    stage = new Stage();
    commands = new CommandRegistry();
    added = addLoginCommands({ ...stage.surroundings, commands });
    await stage.draw();
  });

  afterEach(() => {
    stage.leave(added);
    noDialog();
    document.body.textContent = '';
  });

  const dialog = (): HTMLElement => screen.getByRole('dialog', { hidden: true });
  const shown = () => within(dialog());
  const noDialog = (): void => expect(document.querySelector('.jp-Dialog')).toBeNull();
  const button = (name: RegExp | string): HTMLElement =>
    shown().getByRole('button', { name, hidden: true });
  const field = (label: string): HTMLInputElement => shown().getByLabelText(label);
  const sent = (): unknown[] => stage.door.asked.map(({ method, params }) => [method, params]);
  const now = (host: HostConnection): Promise<void> => stage.change({ kind: 'host', value: host });

  const execute = (id: string, args: ReadonlyPartialJSONObject): Promise<void> =>
    act(async () => {
      void commands.execute(id, args);
      await settle();
    });

  /** A person presses `Log in`, and the host asks this. */
  const logIn = async (question: LoginQuestion, ...of: unknown[]): Promise<void> => {
    await stage.show({ pools: [OSPOOL], hosts: [aHost()] });
    stage.door.answers.set('hosts.login', () => asking({ kind: 'none' }));
    await execute(CommandIDs.logIn, { pool: 'ospool' });
    await now(asking(question, ...(of as [])));
    stage.door.asked.length = 0;
  };

  it('says where and as whom, shows the machine’s whole text, and has a field for each prompt', async () => {
    await logIn(
      aRound({
        name: 'Duo two-factor login',
        instructions: 'for alice\n   see https://example.org/help.',
        prompts: [
          {
            text: 'Enter a passcode or select one:\n\n  1. Duo Push to XXX-1234\n\nPasscode or option (1-1): ',
            echo: true
          },
          { text: '', echo: false }
        ]
      }),
      { banner: '<b>Authorized</b> use only\u0021' }
    );
    expect(shown().getByRole('heading', { hidden: true }).textContent).toBe(
      'Log in to ap40.example.org as alice'
    );
    expect(dialog().textContent).toContain('known since Nov 2, 2026');
    expect(dialog().textContent).toContain('SHA256:sWgK3mTtO0n8qJdVZxYw1uR5aPbC7eF9gHiJkLmNoPq');
    // Text, and nothing but text.
    expect(dialog().textContent).toContain('<b>Authorized</b> use only!');
    expect(dialog().textContent).toContain('for alice\n   see https://example.org/help.');
    const link = shown().getByRole('link', { hidden: true });
    expect(link.getAttribute('href')).toBe('https://example.org/help');
    expect(link.getAttribute('target')).toBe('_blank');
    expect(link.getAttribute('rel')).toBe('noopener noreferrer');
    expect(dialog().textContent).toContain('  1. Duo Push to XXX-1234');
    expect(field('Passcode or option (1-1):').type).toBe('text');
    expect(field('Answer:').type).toBe('password');
    for (const input of dialog().querySelectorAll('input')) {
      expect(input.autocomplete).toBe('off');
      expect(input.getAttribute('spellcheck')).toBe('false');
    }
    expect(dialog().textContent).toContain('1:52 left');
    expect(dialog().textContent).toContain('Nothing is stored');
  });

  it('sends what is typed with Return, and forgets it at once', async () => {
    await logIn(aRound());
    expect(document.activeElement).toBe(field('Password:'));
    await user.keyboard(SECRET);
    const typed = field('Password:');
    expect(document.documentElement.outerHTML).not.toContain(SECRET);
    await user.keyboard('{Enter}');
    await stage.draw();
    expect(sent()).toEqual([['logins.answer', { login: 'l1', round: 1, answers: [SECRET] }]]);
    expect(typed.value).toBe('');
    expect(typed.disabled).toBe(true);
    expect(dialog().textContent).toContain('Waiting for ap40.example.org…');
    await user.keyboard('{Enter}');
    expect(sent()).toHaveLength(1);
  });

  it('takes Return in an empty field for an empty answer', async () => {
    await logIn(aRound({ prompts: [{ text: 'Press Return: ', echo: true }] }));
    await user.keyboard('{Enter}');
    await stage.draw();
    expect(sent()).toEqual([['logins.answer', { login: 'l1', round: 1, answers: [''] }]]);
  });

  it('goes with Return from field to field, and sends from the last', async () => {
    await logIn(
      aRound({
        prompts: [
          { text: 'Password: ', echo: false },
          { text: 'Code: ', echo: true }
        ]
      })
    );
    await user.keyboard('one{Enter}');
    expect(document.activeElement).toBe(field('Code:'));
    expect(sent()).toEqual([]);
    await user.keyboard('two{Enter}');
    await stage.draw();
    expect(sent()).toEqual([['logins.answer', { login: 'l1', round: 1, answers: ['one', 'two'] }]]);
  });

  it('says that an answer was refused, and asks again with an empty field in focus', async () => {
    await logIn(aRound());
    await user.keyboard('wrong{Enter}');
    await stage.draw();
    await now(asking({ kind: 'none' }));
    expect(document.activeElement).not.toBe(document.body);
    await now(asking(aRound({ round: 2, again: true })));
    expect(shown().getByRole('alert', { hidden: true }).textContent).toContain(
      'The answer was refused; ap40.example.org asks again.'
    );
    expect(document.activeElement).toBe(field('Password:'));
    expect(field('Password:').value).toBe('');
  });

  it('moves on when another tab answers, and closes when somebody is in', async () => {
    await logIn(aRound());
    await user.keyboard('half of a pass');
    await now(asking(aRound({ round: 2, prompts: [{ text: 'Code: ', echo: true }] })));
    expect(field('Code:').value).toBe('');
    expect(document.activeElement).toBe(field('Code:'));
    await now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    noDialog();
    expect(sent()).toEqual([]);
  });

  it('takes an answer that came too late for no failure', async () => {
    const error = { code: 'unknown_login', params: {} } as const;
    await logIn(aRound());
    stage.door.answers.set('logins.answer', failing({ kind: 'bridge', error }));
    await user.keyboard('late{Enter}');
    await stage.draw();
    expect(shown().queryByRole('alert', { hidden: true })).toBeNull();
    await now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    noDialog();
  });

  it('says why an answer could not be sent, and takes another', async () => {
    await logIn(aRound());
    stage.door.answers.set(
      'logins.answer',
      failing({ kind: 'server', status: null, words: 'network' })
    );
    await user.keyboard('one{Enter}');
    await stage.draw();
    expect(shown().getByRole('alert', { hidden: true }).textContent).toContain(
      'The Jupyter server does not answer'
    );
    expect(field('Password:').disabled).toBe(false);
    expect(field('Password:').value).toBe('');
  });

  it.each(['Escape', 'Cancel'])('ends the login with %s', async how => {
    await logIn(aRound());
    await (how === 'Escape' ? user.keyboard('{Escape}') : user.click(button('Cancel')));
    await stage.draw();
    expect(sent()).toEqual([['logins.cancel', { login: 'l1' }]]);
    noDialog();
  });

  it('is not ended by a click beside it', async () => {
    await logIn(aRound());
    await user.click(dialog());
    expect(document.activeElement).toBe(field('Password:'));
    await stage.draw();
    expect(dialog().isConnected).toBe(true);
    expect(sent()).toEqual([]);
  });

  it('can be put away and opened again while the login goes on', async () => {
    await logIn(aRound());
    await user.click(button(/^Answer later/));
    await stage.draw();
    noDialog();
    expect(sent()).toEqual([]);
    await execute(CommandIDs.answerLogin, { host: 'h1' });
    await stage.draw();
    expect(field('Password:').isConnected).toBe(true);
  });

  it('does not open by itself for a login that was begun elsewhere', async () => {
    await stage.show({ pools: [OSPOOL], hosts: [asking(aRound())] });
    noDialog();
    await now(asking(aRound({ round: 2 })));
    noDialog();
  });

  it('is not shown for a login that keys alone do', async () => {
    await stage.show({ pools: [OSPOOL], hosts: [aHost()] });
    stage.door.answers.set('hosts.login', () => asking({ kind: 'none' }));
    await execute(CommandIDs.logIn, { pool: 'ospool' });
    noDialog();
    await now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    await stage.draw(5000);
    noDialog();
  });

  it('is shown after a moment where the machine lets one wait', async () => {
    await stage.show({ pools: [OSPOOL], hosts: [aHost()] });
    stage.door.answers.set('hosts.login', () => asking({ kind: 'none' }));
    await execute(CommandIDs.logIn, { pool: 'ospool' });
    await stage.draw(1000);
    expect(dialog().textContent).toContain('Waiting for ap40.example.org…');
    await user.keyboard('{Escape}');
    await stage.draw();
    expect(sent()).toContainEqual(['logins.cancel', { login: 'l1' }]);
  });

  it('is not deceived by what the stream said of the login before', async () => {
    const refused = { code: 'login_refused', params: { host: 'h1' } } as const;
    await stage.show({ pools: [OSPOOL], hosts: [aHost({ state: 'failed', trouble: refused })] });
    stage.door.answers.set('hosts.login', () => asking({ kind: 'none' }));
    await execute(CommandIDs.logIn, { pool: 'ospool' });
    await stage.draw(0);
    noDialog();
  });

  it('names the jump host that asks', async () => {
    await logIn(aRound(), { hop: { address: 'jump.example.org', number: 1, of: 2 } });
    expect(dialog().textContent).toContain('Hop 1 of 2: jump.example.org as alice');
  });

  describe('at a machine that is not known', () => {
    const question = {
      kind: 'machine-key' as const,
      key: aKey({ knownSinceMs: null, alsoKnownAs: ['old.example.org'] }),
      file: '/home/alice/.ssh/known_hosts'
    };

    it('shows the whole key, and trusts it only when told to', async () => {
      await logIn(question, { key: null });
      for (const said of [
        'SHA256:sWgK3mTtO0n8qJdVZxYw1uR5aPbC7eF9gHiJkLmNoPq',
        'ssh-ed25519',
        'old.example.org',
        '/home/alice/.ssh/known_hosts'
      ]) {
        expect(dialog().textContent).toContain(said);
      }
      // Return that was meant for something else trusts nobody.
      await user.keyboard('{Enter}');
      await stage.draw();
      expect(sent()).toEqual([]);
      await user.click(button('Trust and continue'));
      await stage.draw();
      const { fingerprint } = question.key;
      expect(sent()).toEqual([['logins.trust', { login: 'l1', fingerprint }]]);
      expect(button('Trust and continue')).toHaveProperty('disabled', true);
    });

    it('leaves it with Cancel', async () => {
      await logIn(question, { key: null });
      await user.click(button('Cancel'));
      await stage.draw();
      expect(sent()).toEqual([['logins.cancel', { login: 'l1' }]]);
    });
  });

  describe('when it fails', () => {
    const trouble = {
      code: 'login_not_allowed' as const,
      params: { host: 'ap40.example.org' },
      words: 'Your account is not active yet.\nSee https://example.org/accounts'
    };
    const failed = (): HostConnection => aHost({ state: 'failed', sinceMs: NOW_MS, trouble });

    it('says why in the machine’s words, and what helps', async () => {
      await logIn(aRound());
      await now(failed());
      const alert = shown().getByRole('alert', { hidden: true });
      expect(alert.textContent).toContain('does not let this account in');
      expect(alert.textContent).toContain('Your account is not active yet.');
      expect(within(alert).getByRole('link', { hidden: true }).textContent).toBe(
        'https://example.org/accounts'
      );
      await user.click(button('Close'));
      await stage.draw();
      noDialog();
      expect(sent()).toEqual([]);
    });

    it('tries again when told to, and not by Return', async () => {
      await logIn(aRound());
      await now(failed());
      await user.keyboard('{Enter}');
      await stage.draw();
      expect(sent()).toEqual([]);
      stage.door.answers.set('hosts.login', () =>
        asking({ kind: 'none' }, { login: 'l2' }, { sinceMs: NOW_MS + 1 })
      );
      await user.click(button('Try again'));
      await stage.draw();
      expect(sent()).toEqual([['hosts.login', { pool: 'ospool' }]]);
      expect(dialog().textContent).toContain('Waiting for ap40.example.org…');
    });

    it('closes when the login was cancelled in another tab', async () => {
      await logIn(aRound());
      await now(
        aHost({ sinceMs: NOW_MS, trouble: { code: 'login_cancelled', params: { host: 'h1' } } })
      );
      noDialog();
    });

    it('says that the login is gone when the bridge has begun anew', async () => {
      await logIn(aRound());
      await stage.show({ instance: 'b2', pools: [OSPOOL], hosts: [aHost({ sinceMs: NOW_MS })] });
      expect(shown().getByRole('alert', { hidden: true }).textContent).toContain(
        'This login is not under way any more.'
      );
    });
  });

  it('counts the time down, and says so to a screen reader only when it becomes little', async () => {
    await logIn(aRound());
    const timer = shown().getByRole('timer', { hidden: true });
    const said = (): string =>
      shown()
        .getAllByRole('status', { hidden: true })
        .map(({ textContent }: HTMLElement) => textContent)
        .join('');
    await stage.draw(40_000);
    expect(timer.textContent).toMatch(/^1:1[0-2] left$/);
    expect(said()).toBe('');
    await stage.draw(30_000);
    expect(said()).toBe('Less than 60 seconds left');
    await stage.draw(5000);
    expect(said()).toBe('Less than 60 seconds left');
    await stage.draw(60_000);
    expect(timer.textContent).toBe('0:00 left');
  });

  it('keeps the focus within, both ways round', async () => {
    const behind = document.body.appendChild(document.createElement('button'));
    await logIn(aRound());
    const last = button('Continue');
    await user.tab({ shift: true });
    expect(document.activeElement).toBe(last);
    await user.tab();
    expect(dialog().contains(document.activeElement)).toBe(true);
    behind.focus();
    expect(document.activeElement).not.toBe(behind);
    expect(dialog().contains(document.activeElement)).toBe(true);
  });

  it('gives the focus back to where it was', async () => {
    const behind = document.body.appendChild(document.createElement('button'));
    behind.focus();
    await logIn(aRound());
    await now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    expect(document.activeElement).toBe(behind);
  });

  it('waits for the dialog of another login, and is not shown if it is over by then', async () => {
    const others = ['h2', 'h3'].map(host => asking(aRound(), {}, { host, address: host }));
    await logIn(aRound());
    for (const other of others) {
      await now(other);
      await execute(CommandIDs.answerLogin, { host: other.host });
    }
    await stage.draw();
    expect(dialog().textContent).toContain('Log in to ap40.example.org');
    await now({ ...others[0], state: 'connected', login: null, sinceMs: NOW_MS });
    await now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    await stage.draw();
    expect(dialog().textContent).toContain('Log in to h3 as alice');
    await user.keyboard('{Escape}');
    await stage.draw();
    noDialog();
  });

  it('says that the bridge is not there while a question stands', async () => {
    await logIn(aRound());
    stage.door.message({
      kind: 'offline',
      error: { code: 'bridge_unreachable', params: { folder: '/r', problem: 'gone' } }
    });
    await stage.draw();
    expect(dialog().textContent).toContain('The bridge is not there');
  });

  it('says why a login cannot begin', async () => {
    const error = { code: 'unknown_profile', params: { name: 'ospool', known: 'local' } } as const;
    await stage.show({ pools: [OSPOOL], hosts: [aHost()] });
    stage.door.answers.set('hosts.login', failing({ kind: 'bridge', error }));
    await execute(CommandIDs.logIn, { pool: 'ospool' });
    await stage.draw();
    expect(dialog().textContent).toContain('There is no profile “ospool”.');
    await user.click(button('Close'));
    await stage.draw();
    noDialog();
  });

  describe('logging out', () => {
    const connected = aHost({ state: 'connected' });

    it('is done at once where no pilot is there', async () => {
      await stage.show({ pools: [OSPOOL], hosts: [connected] });
      await execute(CommandIDs.logOut, { host: 'h1' });
      expect(sent()).toEqual([['hosts.logout', { host: 'h1' }]]);
    });

    it('asks first where pilots may need the connection', async () => {
      const pools = [{ ...OSPOOL, counts: { ...OSPOOL.counts, busy: 2, queued: 1 } }];
      await stage.show({ pools, hosts: [connected] });
      await execute(CommandIDs.logOut, { host: 'h1' });
      await stage.draw();
      expect(dialog().textContent).toContain('OSPool has 3 pilots.');
      expect(sent()).toEqual([]);
      await user.click(button('Log out'));
      await stage.draw();
      expect(sent()).toEqual([['hosts.logout', { host: 'h1' }]]);
    });
  });
});
