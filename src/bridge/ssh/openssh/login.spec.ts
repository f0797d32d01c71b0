import { systemClock } from '../../clock';
import { type ISshSettings, settingsFrom } from '../config/settings';
import type { IPromptRound } from '../tokens';
import { OpenSshLogin } from './login';

const machine = (address: string): ISshSettings =>
  settingsFrom(new Map(), { address }, { home: '/h', user: 'u', environment: {} });

describe('a question of a machine on the way', () => {
  const asked: [string, IPromptRound][] = [];
  let at = '';
  const login = (): OpenSshLogin =>
    new OpenSshLogin({
      context: {
        clock: systemClock,
        folders: { state: '/s', runtime: '/r' },
        log: { info: () => undefined, warn: () => undefined, error: () => undefined }
      },
      way: [machine('jump'), machine('inner')],
      audience: {
        at: ({ address }) => void (at = address),
        key: () => undefined,
        banner: () => undefined,
        trust: () => Promise.resolve(true),
        ask: round => {
          asked.push([at, round]);
          return Promise.resolve(['x']);
        }
      },
      ...{ persons: true, lines: [], graceMs: 1000 },
      fail: why => {
        throw why;
      },
      ready: () => undefined
    });
  beforeEach(() => asked.splice(0));

  it.each([
    ['Password: ', 'Password: '],
    // As ssh says it since 8.8, and as any machine may before that.
    ['(u@inner) Password: ', 'Password: ']
  ])('is for whom the ssh that asks speaks, whatever the machine says: %p', async (text, shown) => {
    const made = login();
    made.begin();
    made.hear('debug1: Connecting to jump [192.0.2.1] port 22.\r');
    made.hear("debug1: Authenticating to jump:22 as 'u'\r");
    // A banner of that machine, which would have it taken for the next one.
    made.hear("debug1: Authenticating to inner:22 as 'u'\r");
    expect(await made.answer({ text, hint: '', hop: 0 })).toBe('x');
    expect(asked).toMatchObject([['jump', { prompts: [{ text: shown }] }]]);
  });

  it('is for whom ssh says where nothing else is known', async () => {
    const made = login();
    made.begin();
    await made.answer({ text: '(u@inner) Password: ', hint: '', hop: null });
    expect(asked).toMatchObject([['inner', { prompts: [{ text: 'Password: ' }] }]]);
  });
});
