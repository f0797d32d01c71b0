import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ErrorData, HostConnection } from '../../protocol';
import { StatusItem } from '../status';
import { aHost, aKey, aPilot, aPool, aRound, asking, NOW_MS } from '../testing';
import { CommandIDs } from '../tokens';
import { PanelStage } from './panel.fixture';

const TITLE = 'OSPool';
const OTHER_TITLE = 'CHTC';
const HOUR_MS = 3_600_000;

const ospool = (changes: Parameters<typeof aPool>[0] = {}) =>
  aPool({
    pool: 'ospool',
    title: TITLE,
    scheduler: 'htcondor',
    submitHost: 'ap40.example.org',
    host: 'h1',
    ...changes
  });

describe('the connection to a place’s submit host', () => {
  let stage: PanelStage;
  const user = userEvent.setup();

  beforeEach(async () => {
    stage = await PanelStage.begin();
  });

  afterEach(() => stage.leave());

  const lost: ErrorData = { code: 'host_lost', params: { host: 'h1' }, words: 'ECONNRESET' };

  it.each<[string, HostConnection, string, string, [string, object]]>([
    [
      'nobody is logged in',
      aHost(),
      'ap40 · alice · not logged in',
      'Log in to ap40.example.org',
      [CommandIDs.logIn, { pool: 'ospool' }]
    ],
    [
      'the last login failed',
      aHost({ state: 'failed', trouble: lost }),
      'ap40 · alice · not logged in, the last login failed',
      'Log in to ap40.example.org',
      [CommandIDs.logIn, { pool: 'ospool' }]
    ],
    [
      'a login is under way',
      asking({ kind: 'none' }),
      'ap40 · alice · logging in…',
      'Show the login to ap40.example.org',
      [CommandIDs.answerLogin, { host: 'h1' }]
    ],
    [
      'a login asks',
      asking(aRound()),
      'ap40 · alice · logging in, asks you',
      'Answer the login to ap40.example.org',
      [CommandIDs.answerLogin, { host: 'h1' }]
    ],
    [
      'somebody is logged in',
      aHost({ state: 'connected', sinceMs: NOW_MS - 2 * HOUR_MS }),
      'ap40 · alice · connected 2 h',
      'Log out of ap40.example.org',
      [CommandIDs.logOut, { host: 'h1' }]
    ],
    [
      'the connection broke',
      aHost({ state: 'lost', trouble: lost }),
      'ap40 · alice · connection lost 40 s ago',
      'Reconnect to ap40.example.org',
      [CommandIDs.logIn, { pool: 'ospool' }]
    ],
    [
      'it comes back by itself',
      aHost({ state: 'lost', trouble: lost, returnsByItself: true, nextTryMs: NOW_MS + 20_900 }),
      'ap40 · alice · connection lost, tries again in 20 s',
      'Reconnect to ap40.example.org',
      [CommandIDs.logIn, { pool: 'ospool' }]
    ],
    [
      'the machine has an address only',
      aHost({ address: '192.0.2.7' }),
      '192.0.2.7 · alice · not logged in',
      'Log in to 192.0.2.7',
      [CommandIDs.logIn, { pool: 'ospool' }]
    ]
  ])('where %s', async (_where, host, line, button, command) => {
    await stage.show({ pools: [ospool()], hosts: [host] });
    expect(within(stage.places).getByText(line)).toBeTruthy();
    await user.click(within(stage.places).getByRole('button', { name: button }));
    expect(stage.executed).toEqual([command]);
  });

  it('is not left by a Return too many after the login', async () => {
    await stage.show({ pools: [ospool()], hosts: [aHost()] });
    await user.click(
      within(stage.places).getByRole('button', { name: 'Log in to ap40.example.org' })
    );
    await stage.change({ kind: 'host', value: asking({ kind: 'none' }) });
    await stage.change({ kind: 'host', value: aHost({ state: 'connected' }) });
    expect(document.activeElement).toBe(
      within(stage.places).getByRole('button', { name: /ap40 · alice · connected/ })
    );
    await user.keyboard('{Enter}');
    expect(stage.executed).toEqual([[CommandIDs.logIn, { pool: 'ospool' }]]);
  });

  it('opens to all that is known of it', async () => {
    await stage.show({
      pools: [ospool(), aPool({ pool: 'chtc', title: OTHER_TITLE, host: 'h1' })],
      hosts: [
        aHost({
          state: 'connected',
          port: 2222,
          via: ['alice@jump.example.org'],
          key: aKey(),
          methods: ['publickey', 'keyboard-interactive'],
          channels: { open: 3, most: 8 },
          pools: ['ospool', 'chtc']
        })
      ]
    });
    await user.click(
      within(stage.places).getAllByRole('button', { name: /ap40 · alice · connected/ })[1]
    );
    for (const fact of [
      'ap40.example.org:2222',
      'HTCondor',
      'alice@jump.example.org',
      'Pilothouse’s own',
      'ssh-ed25519 SHA256:sWgK3mTtO0n8qJdVZxYw1uR5aPbC7eF9gHiJkLmNoPq',
      'publickey, keyboard-interactive',
      '3 of 8',
      'waits for you',
      'OSPool, CHTC'
    ]) {
      expect(within(stage.places).getByText(fact)).toBeTruthy();
    }
  });

  it('says why the last login failed, in the machine’s words', async () => {
    const trouble: ErrorData = {
      code: 'login_not_allowed',
      params: { host: 'ap40.example.org' },
      words: 'Your account is not active yet.'
    };
    await stage.show({ pools: [ospool()], hosts: [aHost({ state: 'failed', trouble })] });
    await user.click(within(stage.places).getByRole('button', { name: /the last login failed/ }));
    expect(within(stage.places).getByText('Your account is not active yet.')).toBeTruthy();
  });

  const trouble = (code: ErrorData['code']) => ({ code, words: 'no', sinceMs: NOW_MS - 60_000 });

  it('takes “not logged in” for no trouble of the scheduler', async () => {
    const pools = [ospool({ schedulerTrouble: trouble('login_needed') })];
    await stage.show({ pools, hosts: [aHost()] });
    expect(within(stage.places).getByText('ap40 · alice · not logged in')).toBeTruthy();
    expect(within(stage.places).queryByText(/has not answered/)).toBeNull();
    // What came just before the connection broke is explained by that, too.
    await stage.show({
      pools: [ospool({ schedulerTrouble: trouble('command_failed') })],
      hosts: [aHost({ state: 'lost', trouble: lost })]
    });
    expect(within(stage.places).queryByText(/has not answered/)).toBeNull();
  });

  it('says both where somebody is logged in and the scheduler does not answer', async () => {
    const pools = [ospool({ schedulerTrouble: trouble('command_hangs') })];
    await stage.show({ pools, hosts: [aHost({ state: 'connected' })] });
    expect(within(stage.places).getByText(/ap40 · alice · connected 40 s/)).toBeTruthy();
    expect(
      within(stage.places).getByText(/HTCondor on ap40.example.org has not answered for 1 m/)
    ).toBeTruthy();
  });

  describe('what needs a person', () => {
    it('is a question of a login that was begun elsewhere', async () => {
      const text = 'Choose:\n 1. Push\n\nPasscode or option (1-1): ';
      const question = aRound({ prompts: [{ text, echo: true }] });
      await stage.show({ pools: [ospool()], hosts: [asking(question)] });
      expect(stage.needs?.textContent).toContain('ap40 asks: Passcode or option (1-1)');
      await user.click(
        within(stage.needs!).getByRole('button', { name: 'Answer the login to ap40.example.org' })
      );
      expect(stage.executed).toEqual([[CommandIDs.answerLogin, { host: 'h1' }]]);
      await stage.change({ kind: 'host', value: aHost({ state: 'connected' }) });
      expect(stage.needs).toBeNull();
    });

    it('is a machine that is not known', async () => {
      const question = { kind: 'machine-key' as const, key: aKey(), file: '/k' };
      await stage.show({ pools: [ospool()], hosts: [asking(question)] });
      expect(stage.needs?.textContent).toContain('ap40 asks: is this the right machine?');
    });

    it('is a connection that does not come back by itself', async () => {
      const host = aHost({ state: 'lost', trouble: lost });
      await stage.show({ pools: [ospool()], hosts: [host] });
      expect(stage.needs?.textContent).toContain('ap40: connection lost 40 s ago');
      expect(stage.needs?.textContent).toContain('ECONNRESET');
      await user.click(
        within(stage.needs!).getByRole('button', { name: 'Reconnect to ap40.example.org' })
      );
      expect(stage.executed).toEqual([[CommandIDs.logIn, { pool: 'ospool' }]]);
      await stage.change({ kind: 'host', value: { ...host, nextTryMs: NOW_MS + 1000 } });
      expect(stage.needs).toBeNull();
    });

    it('are pilots that are wanted where nobody is logged in', async () => {
      await stage.show({ pools: [ospool()], hosts: [aHost()] });
      expect(stage.needs).toBeNull();
      await stage.change({ kind: 'pool', value: ospool({ wanted: { count: 4 } }) });
      expect(stage.needs?.textContent).toContain('OSPool: log in to ap40');
      expect(stage.needs?.textContent).toContain('4 pilots are wanted');
      const refused: ErrorData = {
        code: 'login_refused',
        params: { host: 'ap40' },
        words: 'Sorry'
      };
      await stage.change({ kind: 'host', value: aHost({ state: 'failed', trouble: refused }) });
      expect(stage.needs?.textContent).toContain('ap40 did not let you in.');
      expect(stage.needs?.textContent).toContain('Sorry');
    });
  });

  it('offers this machine’s OpenSSH where Pilothouse’s own SSH cannot log in', async () => {
    const unfit: ErrorData = {
      code: 'transport_unfit',
      params: { host: 'h1', what: 'Kerberos' }
    };
    const host = aHost({ state: 'failed', trouble: unfit });
    await stage.show({ pools: [ospool({ wanted: { count: 1 } })], hosts: [host] });
    const name = 'Use OpenSSH to log in to ap40.example.org';
    expect(within(stage.needs!).getByRole('button', { name })).toBeTruthy();
    expect(within(stage.places).getByText(/the profile of OSPool is changed/)).toBeTruthy();
    await user.click(within(stage.places).getByRole('button', { name }));
    expect(stage.executed).toEqual([[CommandIDs.useOpenSsh, { pool: 'ospool' }]]);
    await stage.change({ kind: 'host', value: { ...host, transport: 'openssh' } });
    expect(screen.queryByRole('button', { name })).toBeNull();
  });

  it('counts down until the tasks of a pilot without contact run elsewhere', async () => {
    const pilot = aPilot('p1', { pool: 'ospool', state: 'lost', resumesUntilMs: NOW_MS + 80_000 });
    await stage.show({
      pools: [ospool({ counts: { lost: 1 } })],
      hosts: [aHost({ state: 'connected' })],
      pilots: [pilot]
    });
    expect(
      within(stage.places).getByText(/^no contact, its tasks run elsewhere in 1:(20|19)$/)
    ).toBeTruthy();
    await stage.draw(100_000);
    await stage.draw();
    expect(within(stage.places).getByText('no contact, its tasks run elsewhere')).toBeTruthy();
  });

  it('is in the status bar where it asks, or is lost', async () => {
    const status = new StatusItem(stage.surroundings);
    stage.attach(status);
    await stage.show({ pools: [ospool()], hosts: [aHost()] });
    expect(status.node.textContent).toBe('no pilots');
    await stage.change({ kind: 'host', value: asking(aRound()) });
    await stage.draw(500);
    expect(status.node.textContent).toBe('no pilots · a login asks you');
    await stage.change({ kind: 'host', value: aHost({ state: 'lost', trouble: lost }) });
    await stage.draw(500);
    expect(status.node.textContent).toBe('no pilots · ap40: connection lost');
  });
});
