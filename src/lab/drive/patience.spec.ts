import { HOME, refused, Submitting } from './drive.fixture';

const FILE = `${HOME}/a.txt`;
const DOCUMENT = { type: 'file', format: 'text', content: true, hash: true } as const;

let there: Submitting;
beforeEach(() => {
  there = new Submitting();
  there.file('/home/alice/a.txt', 'x');
  there.now('away');
});
afterEach(() => there.leave());

const awaited = (): [string, string][] =>
  [...there.drive.patience.awaited].map(([pool, { message }]) => [pool, message]);
const asked = (): number => there.asked.filter(method => method === 'files.stat').length;

describe('a document of a place where nobody is logged in', () => {
  it('waits for that, asks nothing meanwhile, and is opened then', async () => {
    const heard: number[] = [];
    there.drive.patience.changed.connect(() => heard.push(awaited().length));
    const opening = [there.drive.get(FILE, DOCUMENT), there.drive.get(FILE, DOCUMENT)];
    await there.pass(10_000);
    expect(awaited()).toEqual([['ospool', 'Nobody is logged in to h1. Log in.']]);
    expect(asked()).toBe(2);
    there.now('connected');
    await there.pass(2000);
    expect((await Promise.all(opening)).map(({ content }) => content as unknown)).toEqual([
      'x',
      'x'
    ]);
    expect([awaited(), heard]).toEqual([[], [1, 1, 0]]);
  });

  it('waits on where the login is lost again before it is read', async () => {
    const opening = there.drive.get(FILE, DOCUMENT);
    await there.pass(1000);
    there.now('connected');
    there.away = 'host_lost';
    await there.pass(1000);
    expect(awaited()[0][1]).toContain('broke');
    there.away = null;
    await there.pass(1000);
    expect((await opening).content).toBe('x');
  });

  it('fails for whatever else is wrong, and where the place is no more', async () => {
    const [gone, missing] = [
      refused(there.drive.get(FILE, DOCUMENT)),
      refused(there.drive.get(`${HOME}/no`, DOCUMENT))
    ];
    await there.pass(0);
    there.files.clear();
    there.now('connected');
    await there.pass(1000);
    expect((await missing)[0]).toBe(404);
    expect((await gone)[0]).toBe(404);

    there.now('away');
    const placeless = refused(there.drive.get(FILE, DOCUMENT));
    await there.pass(0);
    there.door.snapshot({ pools: [], hosts: [] });
    await there.pass(1000);
    expect((await placeless)[1]).toContain('Nobody is logged in to h1');
  });

  it('fails when the page is left', async () => {
    const left = refused(there.drive.get(FILE, DOCUMENT));
    await there.pass(0);
    there.drive.dispose();
    expect((await left)[0]).toBe(503);
  });

  it('is there for who only looks, and not for who saves', async () => {
    const glance = await there.drive.get(FILE, { content: false });
    expect([glance.path, glance.type, glance.content]).toEqual([FILE, 'file', null]);
    expect((await there.drive.get(`${HOME}/pi.ipynb`, { content: false })).type).toBe('notebook');
    expect((await refused(there.drive.get(FILE, { content: false, hash: true })))[0]).toBe(503);
    there.now('connected');
    expect((await refused(there.drive.get(`${HOME}/no`, { content: false })))[0]).toBe(404);
    expect(awaited()).toEqual([]);
  });
});
