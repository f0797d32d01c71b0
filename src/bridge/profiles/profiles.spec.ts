import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { METHODS } from '../../protocol';
import { PilothouseError } from '../errors';
import { Profiles } from '.';

describe('profiles', () => {
  let home: string;
  let profiles: Profiles;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ph-'));
    ['user', 'site1', 'site2'].forEach(folder => mkdirSync(join(home, folder)));
    const sites = [join(home, 'site1'), join(home, 'site2'), join(home, 'is-not-there')];
    profiles = new Profiles({ user: join(home, 'user'), sites }, 2);
  });

  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const write = (path: string, content: unknown): string => {
    const file = join(home, path);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const failure = (name: string): PilothouseError => {
    try {
      profiles.get(name);
    } catch (error) {
      if (error instanceof PilothouseError) {
        return error;
      }
      throw error;
    }
    throw new Error(`${name} is a profile`);
  };

  it('has local, with as many pilots as CPUs, four at most', () => {
    expect(profiles.get('local')).toMatchObject({
      title: 'This computer',
      scheduler: { kind: 'local' },
      scaling: { initial: 2, max: 64, min: 0 }
    });
    const wide = new Profiles({ user: null, sites: [] }, 128);
    expect(wide.get('local').scaling.initial).toBe(4);
    expect(profiles.list()).toEqual({
      profiles: [{ name: 'local', title: 'This computer', source: 'built-in' }],
      broken: []
    });
  });

  it("lets the user's file win over sites', earlier sites over later, files over the built-in", () => {
    write('site2/local.json', { name: 'local', title: 'second site' });
    expect(profiles.get('local').title).toBe('second site');
    write('site1/local.json', { name: 'local', title: 'first site' });
    expect(profiles.get('local').title).toBe('first site');
    const file = write('user/local.json', { name: 'local', title: 'mine' });
    expect(profiles.get('local').title).toBe('mine');
    expect(profiles.list().profiles).toEqual([{ name: 'local', title: 'mine', source: file }]);
  });

  it('reads a file anew each time, with or without a byte order mark', () => {
    write('user/lab.json', '\uFEFF{"name": "lab", "pilot": {"cores": 2}}');
    expect(profiles.get('lab').pilot).toEqual({ cores: 2, gpus: 0 });
    write('user/lab.json', { name: 'lab', pilot: { cores: 3 } });
    expect(profiles.get('lab').pilot.cores).toBe(3);
  });

  it('names those that are known when one is not', () => {
    write('site1/lab.json', { name: 'lab' });
    expect(failure('ospool').data).toEqual({
      code: 'unknown_profile',
      params: { name: 'ospool', known: 'lab, local' }
    });
    expect(failure('../user/lab').code).toBe('unknown_profile');
    expect(failure('').code).toBe('unknown_profile');
  });

  it.each([
    ['no JSON', '{"name": ', '', 'The file is no JSON.'],
    ['no object', '[]', '', /object/],
    ['another name', { name: 'other' }, 'name', /bad\.json.*other/],
    ['no name', {}, 'name', /string/],
    ['a name that is no name', { name: '../x' }, 'name', /./],
    ['an unknown key', { name: 'bad', pilot: { core: 1 } }, 'pilot', /core/],
    ['memory of 0', { name: 'bad', pilot: { memoryMiB: 0 } }, 'pilot.memoryMiB', /one pilot needs/],
    ['a scheduler that is none', { name: 'bad', scheduler: { kind: 'x' } }, 'scheduler.kind', /./],
    ['min above max', { name: 'bad', scaling: { min: 5, max: 4 } }, 'scaling.min', /5.*4/],
    ['initial above max', { name: 'bad', scaling: { initial: 5, max: 4 } }, 'scaling.initial', /5/]
  ])('says of %s which file, which field and why', (_, content, field, message) => {
    const file = write('user/bad.json', content);
    const { data } = failure('bad');
    expect(data).toMatchObject({ code: 'invalid_profile', params: { name: 'bad', file, field } });
    expect(data.params.message).toMatch(message);
    const list = METHODS['profiles.list'].result.parse(profiles.list());
    expect(list.broken).toEqual([{ file, error: data }]);
    expect(list.profiles.map(({ name }) => name)).toEqual(['local']);
  });

  it('says which folder cannot be read, and goes on with the others', () => {
    write('site1/lab.json', { name: 'lab' });
    const folder = join(home, 'user');
    rmSync(folder, { recursive: true });
    // Who has all rights can read every folder; not even they follow a link to itself.
    symlinkSync(folder, folder);
    expect(profiles.get('lab').name).toBe('lab');
    const { data } = failure('mine');
    expect(data).toMatchObject({ code: 'invalid_profile', params: { file: folder } });
    expect(data.words).toContain('ELOOP');
    const list = METHODS['profiles.list'].result.parse(profiles.list());
    expect(list.profiles.map(({ name }) => name)).toEqual(['lab', 'local']);
    expect(list.broken).toEqual([{ file: folder, error: data }]);
  });

  it("does not fall back to a site's profile behind a broken one of the user", () => {
    write('site1/local.json', { name: 'local' });
    write('user/local.json', '{');
    expect(failure('local').code).toBe('invalid_profile');
  });
});
