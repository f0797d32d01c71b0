import { within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { HostConnection } from '../../protocol';
import { aHost, aKey, aRound, asking, failing, NOW_MS } from '../testing';
import { LoginStage, OSPOOL } from './login.fixture';

const SECRET = 'correct horse';

describe('the dialog of a login', () => {
  let stage: LoginStage;
  const user = userEvent.setup();

  beforeEach(async () => {
    stage = new LoginStage();
    await stage.draw();
  });

  afterEach(() => stage.end());

  it('says where and as whom, shows the machine’s whole text, and has a field for each prompt', async () => {
    await stage.logIn(
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
    expect(within(stage.dialog).getByRole('heading', { hidden: true }).textContent).toBe(
      'Log in to ap40.example.org as alice'
    );
    expect(stage.dialog.textContent).toContain('known since Nov 2, 2026');
    expect(stage.dialog.textContent).toContain(
      'SHA256:sWgK3mTtO0n8qJdVZxYw1uR5aPbC7eF9gHiJkLmNoPq'
    );
    // Text, and nothing but text.
    expect(stage.dialog.textContent).toContain('<b>Authorized</b> use only!');
    expect(stage.dialog.textContent).toContain('for alice\n   see https://example.org/help.');
    const link = within(stage.dialog).getByRole('link', { hidden: true });
    expect(link.getAttribute('href')).toBe('https://example.org/help');
    expect(link.getAttribute('target')).toBe('_blank');
    expect(link.getAttribute('rel')).toBe('noopener noreferrer');
    expect(stage.dialog.textContent).toContain('  1. Duo Push to XXX-1234');
    expect(stage.field('Passcode or option (1-1):').type).toBe('text');
    expect(stage.field('Answer:').type).toBe('password');
    for (const input of stage.dialog.querySelectorAll('input')) {
      expect(input.getAttribute('autocomplete')).toBe('one-time-code');
      expect(input.dataset).toMatchObject({
        '1pIgnore': 'true',
        bwignore: 'true',
        lpignore: 'true'
      });
      expect(input.getAttribute('spellcheck')).toBe('false');
    }
    expect(stage.dialog.textContent).toContain('about 1:52 left');
    expect(stage.dialog.textContent).toContain('Nothing is stored');
  });

  it('sends what is typed with Return, and forgets it at once', async () => {
    await stage.logIn(aRound());
    expect(document.activeElement).toBe(stage.field('Password:'));
    await user.keyboard(SECRET);
    const typed = stage.field('Password:');
    expect(document.documentElement.outerHTML).not.toContain(SECRET);
    await user.keyboard('{Enter}');
    await stage.draw();
    expect(stage.sent).toEqual([['logins.answer', { login: 'l1', round: 1, answers: [SECRET] }]]);
    expect(typed.value).toBe('');
    expect(typed.disabled).toBe(true);
    expect(stage.dialog.textContent).toContain('Waiting for ap40.example.org…');
    await user.keyboard('{Enter}');
    expect(stage.sent).toHaveLength(1);
  });

  it('takes Return in an empty field for an empty answer', async () => {
    await stage.logIn(aRound({ prompts: [{ text: 'Press Return: ', echo: true }] }));
    await user.keyboard('{Enter}');
    await stage.draw();
    expect(stage.sent).toEqual([['logins.answer', { login: 'l1', round: 1, answers: [''] }]]);
  });

  it('goes with Return from field to field, and sends from the last', async () => {
    await stage.logIn(
      aRound({
        prompts: [
          { text: 'Password: ', echo: false },
          { text: 'Code: ', echo: true }
        ]
      })
    );
    await user.keyboard('one{Enter}');
    expect(document.activeElement).toBe(stage.field('Code:'));
    expect(stage.sent).toEqual([]);
    await user.keyboard('two{Enter}');
    await stage.draw();
    expect(stage.sent).toEqual([
      ['logins.answer', { login: 'l1', round: 1, answers: ['one', 'two'] }]
    ]);
  });

  it('says that an answer was refused, and asks again with an empty field in focus', async () => {
    await stage.logIn(aRound());
    await user.keyboard('wrong{Enter}');
    await stage.draw();
    await stage.now(asking({ kind: 'none' }));
    expect(document.activeElement).not.toBe(document.body);
    await stage.now(asking(aRound({ round: 2, again: true })));
    expect(stage.alert?.textContent).toContain(
      'The answer was refused; ap40.example.org asks again.'
    );
    expect(document.activeElement).toBe(stage.field('Password:'));
    expect(stage.field('Password:').value).toBe('');
  });

  it('moves on when another tab answers, and closes when somebody is in', async () => {
    await stage.logIn(aRound());
    const typed = stage.field('Password:');
    await user.keyboard('half of a pass');
    await stage.now(asking(aRound({ round: 2, prompts: [{ text: 'Code: ', echo: true }] })));
    expect(stage.field('Code:').value).toBe('');
    expect(document.activeElement).toBe(stage.field('Code:'));
    expect(typed.value).toBe('');
    await stage.now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    expect(stage.isOpen).toBe(false);
    expect(stage.sent).toEqual([]);
  });

  it('takes an answer that came too late for no failure', async () => {
    const error = { code: 'unknown_login', params: {} } as const;
    await stage.logIn(aRound());
    stage.door.answers.set('logins.answer', failing({ kind: 'bridge', error }));
    await user.keyboard('late{Enter}');
    await stage.draw();
    expect(stage.alert).toBeNull();
    await stage.now(aHost({ state: 'connected', sinceMs: NOW_MS }));
    expect(stage.isOpen).toBe(false);
  });

  it('says why an answer could not be sent, and takes another', async () => {
    await stage.logIn(aRound());
    stage.door.answers.set(
      'logins.answer',
      failing({ kind: 'server', status: null, words: 'network' })
    );
    await user.keyboard('one{Enter}');
    await stage.draw();
    expect(stage.alert?.textContent).toContain('The Jupyter server does not answer');
    expect(stage.field('Password:').disabled).toBe(false);
    expect(stage.field('Password:').value).toBe('');
  });

  it.each(['Escape', 'Cancel'])('ends the login with %s', async how => {
    await stage.logIn(aRound());
    await (how === 'Escape' ? user.keyboard('{Escape}') : user.click(stage.button('Cancel')));
    await stage.draw();
    expect(stage.sent).toEqual([['logins.cancel', { login: 'l1' }]]);
    expect(stage.isOpen).toBe(false);
  });

  it('is not ended by a click beside it', async () => {
    await stage.logIn(aRound());
    await user.click(stage.dialog);
    expect(document.activeElement).toBe(stage.field('Password:'));
    await stage.draw();
    expect(stage.dialog.isConnected).toBe(true);
    expect(stage.sent).toEqual([]);
  });

  it('names the jump host that asks', async () => {
    await stage.logIn(aRound(), { hop: { address: 'jump.example.org', number: 1, of: 2 } });
    expect(stage.dialog.textContent).toContain('Hop 1 of 2: jump.example.org as alice');
  });

  describe('at a machine that is not known', () => {
    const question = {
      kind: 'machine-key' as const,
      key: aKey({ knownSinceMs: null, alsoKnownAs: ['old.example.org'] }),
      file: '/home/alice/.ssh/known_hosts'
    };

    it('shows the whole key, and trusts it only when told to', async () => {
      await stage.logIn(question, { key: null });
      for (const said of [
        'SHA256:sWgK3mTtO0n8qJdVZxYw1uR5aPbC7eF9gHiJkLmNoPq',
        'ssh-ed25519',
        'old.example.org',
        '/home/alice/.ssh/known_hosts'
      ]) {
        expect(stage.dialog.textContent).toContain(said);
      }
      // Return that was meant for something else trusts nobody.
      await user.keyboard('{Enter}');
      await stage.draw();
      expect(stage.sent).toEqual([]);
      await user.click(stage.button('Trust and continue'));
      await stage.draw();
      const { fingerprint } = question.key;
      expect(stage.sent).toEqual([['logins.trust', { login: 'l1', fingerprint }]]);
      expect(stage.button('Trust and continue')).toHaveProperty('disabled', true);
    });

    it('leaves it with Cancel', async () => {
      await stage.logIn(question, { key: null });
      await user.click(stage.button('Cancel'));
      await stage.draw();
      expect(stage.sent).toEqual([['logins.cancel', { login: 'l1' }]]);
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
      await stage.logIn(aRound());
      await stage.now(failed());
      const alert = stage.alert!;
      expect(alert.textContent).toContain('does not let this account in');
      expect(alert.textContent).toContain('Your account is not active yet.');
      expect(within(alert).getByRole('link', { hidden: true }).textContent).toBe(
        'https://example.org/accounts'
      );
      await user.click(stage.button('Close'));
      await stage.draw();
      expect(stage.isOpen).toBe(false);
      expect(stage.sent).toEqual([]);
    });

    it('tries again when told to, and not by Return', async () => {
      await stage.logIn(aRound());
      await stage.now(failed());
      await user.keyboard('{Enter}');
      await stage.draw();
      expect(stage.sent).toEqual([]);
      stage.door.answers.set('hosts.login', () =>
        asking({ kind: 'none' }, { login: 'l2' }, { sinceMs: NOW_MS + 1 })
      );
      await user.click(stage.button('Try again'));
      await stage.draw();
      expect(stage.sent).toEqual([['hosts.login', { pool: 'ospool' }]]);
      expect(stage.dialog.textContent).toContain('Waiting for ap40.example.org…');
    });

    describe('because Pilothouse’s own SSH cannot do what is asked', () => {
      const unfit = { code: 'transport_unfit', params: { host: 'h1', what: 'Kerberos' } } as const;
      const profile = {
        name: 'ospool',
        submitHost: { address: 'ap40.example.org', user: 'alice' },
        x: 1
      };
      beforeEach(async () => {
        await stage.logIn(aRound());
        await stage.now(aHost({ state: 'failed', sinceMs: NOW_MS, trouble: unfit }));
        stage.door.answers.set('profiles.read', () => ({ profile, source: '/p', readOnly: false }));
        const by = { host: 'h1 by openssh', transport: 'openssh', sinceMs: NOW_MS + 1 } as const;
        stage.door.answers.set('hosts.login', () => asking(aRound(), { login: 'l2' }, by));
      });

      it('says what would be changed, and goes on by OpenSSH when told to', async () => {
        expect(stage.alert?.textContent).toContain('cannot log in to h1: Kerberos');
        expect(stage.alert?.textContent).toContain('"transport": "openssh"');
        expect(stage.sent).toEqual([]);
        await user.click(stage.button('Use OpenSSH for this place'));
        await stage.draw();
        const submitHost = { ...profile.submitHost, transport: 'openssh' };
        expect(stage.sent).toEqual([
          ['profiles.read', { name: 'ospool' }],
          ['profiles.save', { profile: { ...profile, submitHost }, replaces: 'ospool' }],
          ['hosts.login', { pool: 'ospool' }]
        ]);
        expect(stage.field('Password:').isConnected).toBe(true);
        const connected = {
          transport: 'openssh',
          state: 'connected',
          sinceMs: NOW_MS + 2
        } as const;
        await stage.now(aHost({ host: 'h1 by openssh', ...connected }));
        expect(stage.isOpen).toBe(false);
      });

      it('says why the profile cannot be changed', async () => {
        const error = {
          code: 'profile_read_only',
          params: { name: 'ospool', source: '/s' }
        } as const;
        stage.door.answers.set('profiles.save', failing({ kind: 'bridge', error }));
        await user.click(stage.button('Use OpenSSH for this place'));
        await stage.draw();
        expect(stage.dialog.textContent).toContain('cannot be changed');
        expect(stage.sent.map(([method]) => method)).not.toContain('hosts.login');
      });

      it('is not offered OpenSSH where that is what cannot', async () => {
        const other = { state: 'failed', sinceMs: NOW_MS, trouble: unfit } as const;
        await stage.now(aHost({ ...other, transport: 'openssh' }));
        expect(stage.button('Try again').isConnected).toBe(true);
      });
    });

    it('closes when the login was cancelled in another tab', async () => {
      await stage.logIn(aRound());
      await stage.now(
        aHost({ sinceMs: NOW_MS, trouble: { code: 'login_cancelled', params: { host: 'h1' } } })
      );
      expect(stage.isOpen).toBe(false);
    });

    it('says that the login is gone when the bridge has begun anew', async () => {
      await stage.logIn(aRound());
      await stage.show({ instance: 'b2', pools: [OSPOOL], hosts: [aHost({ sinceMs: NOW_MS })] });
      expect(stage.alert?.textContent).toContain('This login is not under way any more.');
    });
  });
});
