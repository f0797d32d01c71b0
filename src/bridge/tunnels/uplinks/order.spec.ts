import { Profile } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { ManualClock } from '../../manualClock.fixture';
import type { IAddress, IUplink } from '../tokens';
import { inOrder, openAll, OTHERS_WITHIN_MS, whyNone } from './order';

const profile = Profile.parse({ name: 'site' });
const at = (host: string): IAddress => ({ host, port: 1 });
const failed = (passing: boolean, problem = ''): PilothouseError =>
  new PilothouseError({ code: 'uplink_failed', params: { passing, problem } });
const login = new PilothouseError({ code: 'login_needed', params: { host: 'ap' } });

const way = (
  addresses: () => Promise<readonly IAddress[]>,
  known: readonly IAddress[]
): IUplink => ({
  kind: 'relay',
  addresses,
  known: () => known,
  view: () => null,
  keep: () => undefined,
  dispose: () => undefined
});
const opens = (host: string): IUplink => way(() => Promise.resolve([at(host)]), []);
const unwanted = (): IUplink => way(() => Promise.resolve([]), []);
const fails = (error: Error, host: string): IUplink => way(() => Promise.reject(error), [at(host)]);
const hangs = (host: string): IUplink => way(() => new Promise(() => undefined), [at(host)]);

const told = async (ways: readonly IUplink[]): Promise<string[]> => {
  const tried = await openAll(ways, profile, new ManualClock());
  return inOrder(tried, profile).map(({ host }) => host);
};

it.each<[string, readonly IUplink[], string[]]>([
  ['all are open', [opens('a'), opens('b')], ['a', 'b']],
  ['the first is away for a while', [fails(failed(true), 'a'), opens('b')], ['b', 'a']],
  ['the first waits for a login', [fails(login, 'a'), opens('b')], ['b', 'a']],
  ['the first never opens', [fails(failed(false), 'a'), opens('b')], ['b']],
  ['one is not meant', [unwanted(), opens('b')], ['b']],
  ['there is none', [], []]
])('where %s pilots are told what may be open when they run', async (_, ways, hosts) => {
  expect(await told(ways)).toEqual(hosts);
});

it('hardly waits for the others once one is open, and not before', async () => {
  const clock = new ManualClock();
  let open: (found: readonly IAddress[]) => void = () => undefined;
  const slow = way(() => new Promise(resolve => (open = resolve)), []);
  const tried = openAll([hangs('a'), slow, unwanted()], profile, clock);
  await Promise.resolve();
  clock.advance(OTHERS_WITHIN_MS * 10);
  open([at('b')]);
  await new Promise(resolve => setImmediate(resolve));
  expect(clock.pending).toBe(1);
  clock.advance(OTHERS_WITHIN_MS);
  expect(inOrder(await tried, profile).map(({ host }) => host)).toEqual(['b', 'a']);
  expect(clock.pending).toBe(0);
});

it.each<[string, readonly IUplink[], unknown]>([
  ['what is waited for', [fails(failed(false, 'no'), 'a'), fails(login, 'b')], login],
  ['the first', [fails(login, 'a'), fails(failed(false), 'b')], login],
  ['nothing, where none is meant', [unwanted()], null]
])('says why none is open: %s', async (_, ways, why) => {
  expect(whyNone(await openAll(ways, profile, new ManualClock()))).toBe(why);
});
