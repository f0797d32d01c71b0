import { acceptDialog, dismissDialog, waitForDialog } from '@jupyterlab/testing';
import { nullTranslator } from '@jupyterlab/translation';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { PilothousePanel } from '.';
import { Profile } from '../../protocol';
import type { ErrorData, Result, UplinkStep, WrittenProfile } from '../../protocol';
import { aPool, failing, Stage } from '../testing';
import { CommandIDs } from '../tokens';

type Found = Result<'checks.uplink'>;
const TITLE = 'OSPool';
const AP = 'ap40.example.org';
const step = (changes: Partial<UplinkStep>): UplinkStep => ({
  ...{ what: 'open', by: AP, host: AP, port: 9000, tookMs: 120, error: null },
  ...changes
});
const REFUSED: ErrorData = {
  code: 'host_unreachable',
  params: { address: 'notebook:443' },
  machine: AP,
  words: '[Errno 111] Connection refused'
};
const WORKS: Found = { result: { verdict: 'works' }, steps: [step({}), step({ what: 'dial' })] };
const BLOCKED: Found = {
  result: { verdict: 'fails' },
  steps: [
    step({ by: 'here', host: 'notebook', port: 443 }),
    step({ what: 'dial', host: 'notebook', port: 443, error: REFUSED })
  ]
};
const UNTRIED: Found = { result: { verdict: 'untried', why: 'login' }, steps: [] };

describe('trying the ways home of a place', () => {
  let stage: Stage;
  let panel: PilothousePanel;
  const user = userEvent.setup();

  beforeEach(async () => {
    stage = new Stage();
    const { surroundings } = stage;
    panel = new PilothousePanel({ surroundings, translator: nullTranslator, notebooks: null });
    stage.attach(panel);
    await stage.show({
      pools: [aPool(), aPool({ pool: 'ospool', title: TITLE, scheduler: 'htcondor' })]
    });
  });

  afterEach(() => stage.leave(panel));

  const begin = async (
    uplink: WrittenProfile['uplink'],
    found: Record<string, Found | (() => never)>
  ): Promise<void> => {
    const written = { name: 'ospool', submitHost: { address: AP }, uplink };
    const { answers } = stage.door;
    answers.set('profiles.get', () => Profile.parse(written));
    answers.set('checks.uplink', params => {
      const answer = found[(params as { kind: string }).kind];
      return typeof answer === 'function' ? answer() : answer;
    });
    await user.click(screen.getByRole('button', { name: 'OSPool' }));
    await user.click(button('Try the ways home of OSPool'));
    await stage.draw();
    await waitForDialog();
  };
  const button = (name: string): HTMLElement => screen.getByRole('button', { name });
  const accept = async (): Promise<void> => {
    await act(() => acceptDialog());
    await stage.draw();
  };
  const asked = (): unknown[] =>
    stage.door.asked
      .filter(({ method }) => method === 'checks.uplink')
      .map(({ params }) => (params as { kind: string }).kind);
  const region = (): HTMLElement => screen.getByRole('region', { name: 'Ways home of OSPool' });
  const ways = (): string[] =>
    [...region().querySelectorAll('.jp-Pilothouse-way')].map(way => way.textContent);

  it('says what it starts and where, and starts nothing without a yes', async () => {
    await begin(
      {
        kinds: ['submit-host', 'direct', 'relay'],
        ...{ listenAddress: '192.0.2.1', listenPorts: '9000-9010', submitHostPorts: '31000' },
        relay: 'relay.example.org:8443'
      },
      {}
    );
    const says = document.querySelector('.jp-Dialog')?.textContent;
    for (const said of [
      'On ap40.example.org, over your login, Python starts a relay in your name',
      'It listens at one of the ports 31000.',
      'This machine listens at 192.0.2.1, at one of the ports 9000-9010.',
      'This machine dials relay.example.org:8443',
      'No pilot is submitted.'
    ]) {
      expect(says).toContain(said);
    }
    await act(() => dismissDialog());
    await stage.draw();
    expect(asked()).toEqual([]);
    expect(screen.queryByRole('region', { name: 'Ways home of OSPool' })).toBeNull();
  });

  it('shows each way’s steps and why one does not work, and says which to choose', async () => {
    await begin(
      { kinds: ['direct', 'submit-host'], listenPorts: '443' },
      { direct: BLOCKED, 'submit-host': WORKS }
    );
    await accept();
    expect(asked()).toEqual(['direct', 'submit-host']);
    const [direct, submitHost] = ways();
    for (const said of [
      'direct does not work',
      'here listens at notebook:443 (0.1 s)',
      'ap40.example.org dials notebook:443 in vain',
      'Connection refused',
      'Is a firewall between'
    ]) {
      expect(direct).toContain(said);
    }
    expect(submitHost).toContain('submit-host works');
    expect(submitHost).toContain('dials ap40.example.org:9000, and this bridge answers');
    expect(within(region()).getByRole('status').textContent).toMatch(
      /Use submit-host alone.*worker nodes reach ap40.example.org:9000, too, was not tried/
    );
    await user.click(button('Change it…: submit-host'));
    expect(stage.executed).toContainEqual([
      CommandIDs.editPlace,
      { pool: 'ospool', field: 'uplink.kinds' }
    ]);
    await user.click(button('Put away what trying the ways home of OSPool found'));
    expect(screen.queryByRole('region', { name: 'Ways home of OSPool' })).toBeNull();
  });

  it('shows how far it is, and goes on where one could not be asked for', async () => {
    let answer = (_: Found): void => undefined;
    const waits = new Promise<Found>(resolve => {
      answer = resolve;
    });
    const error: ErrorData = { code: 'too_many_requests', params: {} };
    await begin(
      { kinds: ['relay', 'submit-host'], relay: 'relay.example.org:8443' },
      { relay: failing({ kind: 'bridge', error }) }
    );
    stage.door.answers.set('checks.uplink', params =>
      (params as { kind: string }).kind === 'relay' ? failing({ kind: 'bridge', error })() : waits
    );
    await accept();
    expect(ways()[0]).toContain('relay Too many requests are under way.');
    expect(ways()[1]).toContain('submit-host is being tried…');
    expect(button('Try the ways home of OSPool')).toHaveProperty('disabled', true);
    answer(UNTRIED);
    await stage.draw();
    expect(ways()[1]).toContain('nobody is logged in to the submit host');
    expect(region().textContent).toContain('None of the ways that were tried can be used.');
    await user.click(button('Log in'));
    expect(stage.executed).toContainEqual([CommandIDs.logIn, { pool: 'ospool' }]);
  });

  it('says why nothing could be tried; this computer’s own pilots need no way', async () => {
    stage.door.answers.set('profiles.get', failing({ kind: 'server', status: null, words: 'x' }));
    await user.click(screen.getByRole('button', { name: 'OSPool' }));
    await user.click(button('Try the ways home of OSPool'));
    await stage.draw();
    expect(region().textContent).toContain('The Jupyter server does not answer.');
    expect(screen.queryByRole('button', { name: 'Try the ways home of This computer' })).toBeNull();
  });
});
