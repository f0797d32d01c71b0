import { Profile, textOf } from '../../../protocol';
import { QuoteError } from '../quote';
import { checkProfile } from './check';
import { readFurther } from './furtherLines';
import { quoteExpression, quoteFile, quoteForConstraint, quoteString, quoteValue } from './quote';
import { submitFile } from './submitFile';

const profile = (scheduler: object, more: object = {}): Profile =>
  Profile.parse({ name: 'pool', scheduler: { kind: 'htcondor', ...scheduler }, ...more });
const submitted = (profile: Profile): string =>
  textOf({
    path: 'job.sub',
    language: 'submit',
    lines: submitFile(profile, 3, { agent: 'agent-1.pyz', runtime: null })
  });

/** Each was submitted to HTCondor 23.9.6, and condor_q -json gave the text back. */
describe('text in a submit file', () => {
  it.each([
    ['one"quote', '"one\\"quote"'],
    ['a\\b', '"a\\b"'],
    ['end\\', '"end\\"'],
    ['a\\"b', '"a\\\\"b"'],
    ['""', '"\\"\\""'],
    ['$(HOME) $ENV(HOME) $F(x)', '"$(DOLLAR)(HOME) $(DOLLAR)ENV(HOME) $(DOLLAR)F(x)"'],
    ['$ $x $$ $5 $$b', '"$ $x $$ $5 $$b"'],
    ["; `id` ünï 日本 'x' #", '"; `id` ünï 日本 \'x\' #"']
  ])('%j is the string %s', (text, written) => {
    expect(quoteString(text)).toBe(written);
  });

  it.each(['a\nb', 'a\rb', 'a\0b', '$$(Machine)', '$$([1])', '$$b(x)', '$(DOLLAR)', '$(dollar)'])(
    '%j is refused',
    text => {
      for (const quote of [quoteString, quoteValue]) {
        expect(() => quote(text)).toThrow(QuoteError);
      }
    }
  );

  it.each([' a', 'a ', 'a\\'])('%j is refused as a value', text => {
    expect(() => quoteValue(text)).toThrow(QuoteError);
  });

  it('is an expression, or refused at its place', () => {
    expect(quoteExpression('a == "$(x)"')).toBe('a == "$(DOLLAR)(x)"');
    expect(() => quoteExpression('a) || (b')).toThrow(/character 2/);
  });

  it('is a file, by an absolute path, from home or a URL', () => {
    expect(quoteFile('~/a b')).toBe('$ENV(HOME)/a b');
    expect(quoteFile('/a$(x)')).toBe('/a$(DOLLAR)(x)');
    expect(quoteFile('osdf:///ospool/x')).toBe('osdf:///ospool/x');
    expect(() => quoteFile('a')).toThrow(QuoteError);
    expect(() => quoteFile('/a,b')).toThrow(QuoteError);
  });

  it('stands in a constraint as new ClassAds write it', () => {
    expect(quoteForConstraint('a"b\\c')).toBe('"a\\"b\\\\c"');
  });
});

describe('further lines', () => {
  it('are read as condor_submit reads them', () => {
    const read = readFurther(
      '# note\nrank = a + \\\n  b\nif $(x)\n+Y = 1\nendif\nenvironment @=end\nA=1\n@end\nQUEUE 5'
    );
    expect(read.problems).toEqual([]);
    expect(read.settings).toEqual([
      { number: 2, key: 'rank', value: 'a + b' },
      { number: 5, key: '+Y', value: '1' },
      { number: 7, key: 'environment', value: 'A=1' },
      { number: 10, key: 'queue', value: '5' }
    ]);
  });

  it.each(['foo bar', 'if x', 'endif', 'a @=end\nb', 'rank = 1 \\'])('%j is refused', text => {
    expect(readFurther(text).problems).toHaveLength(1);
  });

  it.each([
    ['request_cpus = 4', 'pilot.cores', '4'],
    ['Request_Memory = 2GB', 'pilot.memoryMiB', '2048'],
    ['request_disk = 2048', 'pilot.diskMiB', '2'],
    ['+RequestMemory = 100', 'pilot.memoryMiB', '100'],
    ['+ProjectName = "OSG-Staff"', 'scheduler.projectName', 'OSG-Staff'],
    ['MY.JobDurationCategory = "long"', 'scheduler.jobDurationCategory', 'Long'],
    ['REQUIREMENTS = a == 1', 'scheduler.requirements', 'a == 1'],
    ['allowed_execute_duration = 3600', 'pilot.walltime', '01:00:00'],
    ['SUBMIT.request_cpus = 4', 'pilot.cores', '4']
  ])('%s belongs to a field', (further, field, value) => {
    expect(checkProfile(profile({ further }))).toMatchObject([
      { field: 'scheduler.further', severity: 'error', moveTo: { field, value } }
    ]);
  });

  it.each([
    'queue 3',
    'Executable = x',
    'log=x',
    '+Iwd = "x"',
    'getenv = true',
    'MY.UserLog = "x"',
    'Submit.Executable = x',
    'include : /home/me/more.sub',
    'INCLUDE : echo executable = x |'
  ])('%s is ours', further => {
    const problem = checkProfile(profile({ further }))[0];
    expect(problem.message).toMatch(/cannot be set here/);
    expect(problem.moveTo).toBeUndefined();
  });

  it('that belong to nobody are let through', () => {
    expect(checkProfile(profile({ further: 'rank = Memory\n+X = "a"' }))).toEqual([]);
  });
});

describe('a submit file', () => {
  it('says each field once, each line pointing at it', () => {
    const site = profile(
      {
        projectName: 'OSG-Staff',
        requirements: 'HAS_SINGULARITY =?= True',
        attributes: { X: '"a"' },
        further: 'rank = Memory\n'
      },
      { pilot: { cores: 2, memoryMiB: 2000, walltime: '2-15:59:00' } }
    );
    expect(checkProfile(site)).toEqual([]);
    const text = submitted(site);
    expect(text).toContain('\nrequest_memory = 2000MB\n');
    expect(text).toContain('\nallowed_execute_duration = 230400\n');
    expect(text).toContain('\n+ProjectName = "OSG-Staff"\n');
    expect(text).toMatch(/\n\+X = "a"\nrank = Memory\nqueue 3\n$/);
    const keys = text.split('\n').map(line => line.split(' = ')[0]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each<[string, object, object, string[]]>([
    ['the relay alone', {}, {}, ['(PORT_8443 =?= True)']],
    [
      'a person’s requirements stay',
      { requirements: 'a || b' },
      { kinds: ['direct', 'relay'] },
      ['(a || b) && (PORT_8443 =?= True)']
    ],
    ['another way leads home, too', {}, { kinds: ['submit-host', 'relay'] }, []],
    ['so does this machine’s', {}, { kinds: ['relay', 'direct'], listenPorts: '9000' }, []],
    ['no relay', {}, { kinds: ['submit-host'] }, []],
    ['machines do not tell', { tellsPorts: false }, {}, []],
    ['nor of this port', {}, { relay: 'relay.example.org:443' }, []]
  ])('asks for machines that reach the relay: %s', (_, scheduler, uplink, wanted) => {
    const relay = { kinds: ['relay'], relay: 'relay.example.org:8443', relaySecretFile: '/s' };
    const site = profile(
      { tellsPorts: true, ...scheduler },
      { submitHost: { address: 'ap' }, uplink: { ...relay, ...uplink } }
    );
    const found = [...submitted(site).matchAll(/^requirements = (.*)$/gm)].map(each => each[1]);
    expect(found).toEqual(wanted);
  });

  it('says where no machine tells of the relay’s port', () => {
    const uplink = { kinds: ['relay'], relay: 'relay.example.org:443', relaySecretFile: '/s' };
    const message = expect.stringMatching(/nothing of 443/) as string;
    expect(checkProfile(profile({ tellsPorts: true }, { uplink }))).toEqual([
      { field: 'uplink.relay', severity: 'warning', message }
    ]);
    expect(checkProfile(profile({}, { uplink }))).toEqual([]);
  });

  it('points at the relay with the line that it is for', () => {
    const uplink = { kinds: ['relay'], relay: 'relay.example.org:8443', relaySecretFile: '/s' };
    const lines = submitFile(profile({ tellsPorts: true }, { uplink }), 1, {
      agent: 'agent-1.pyz',
      runtime: null
    });
    expect(lines.filter(({ field }) => field === 'uplink.relay').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^# The relay is the only way home/),
      'requirements = (PORT_8443 =?= True)'
    ]);
  });

  it('is not written with what check refuses', () => {
    const site = profile({ requirements: 'a) || (b' });
    expect(checkProfile(site)).toMatchObject([{ field: 'scheduler.requirements' }]);
    expect(() => submitted(site)).toThrow(QuoteError);
  });
});
