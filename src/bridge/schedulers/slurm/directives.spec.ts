import { Profile, type WrittenProfile } from '../../../protocol';
import { QuoteError } from '../quote';
import { checkSlurm } from './check';
import { readLine, splitWords } from './directives';
import { furtherProblems } from './further';
import { planSubmission } from './plan';
import { directive, quoteDirective } from './quote';

const profile = (written: Partial<WrittenProfile> = {}): Profile =>
  Profile.parse({ name: 'site', scheduler: { kind: 'slurm' }, ...written });

describe('values of #SBATCH lines', () => {
  /** Printable and hostile characters, by a generator that gives the same each time. */
  const hostile = (seed: number, length: number): string => {
    const alphabet = `ab \t"'\\\`$(){};|&<>#:=,%*?!~[]-é日\u{1F600}\r\v`;
    const characters = Array.from(alphabet);
    let state = seed;
    return Array.from({ length }, () => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return characters[(state >> 8) % characters.length];
    }).join('');
  };

  it.each(Array.from({ length: 200 }, (_, seed) => [seed]))(
    'are read back by sbatch’s rules as they were, whatever they hold (%i)',
    seed => {
      const text = hostile(seed + 1, 1 + ((seed * 37) % 400));
      const line = directive('comment', text);
      expect(readLine(line)).toEqual({
        kind: 'options',
        options: [{ option: 'comment', written: '--comment', value: text }]
      });
      expect(splitWords(`${quoteDirective(text)} next`)).toEqual({ words: [text, 'next'] });
    }
  );

  it.each(['a\nb', 'a\0b'])('cannot be %j', text => {
    expect(() => quoteDirective(text)).toThrow(QuoteError);
  });

  it('are left as they are where they are plain', () => {
    expect(directive('time', '2-15:59:00')).toBe('#SBATCH --time=2-15:59:00');
    expect(directive('requeue', null)).toBe('#SBATCH --requeue');
    expect(directive('comment', '')).toBe('#SBATCH --comment=""');
  });
});

describe('further lines', () => {
  it.each<[string, string, string]>([
    ['#SBATCH --partition=debug', 'scheduler.partition', 'debug'],
    ['#SBATCH -p debug', 'scheduler.partition', 'debug'],
    ['#SBATCH -pdebug', 'scheduler.partition', 'debug'],
    ['#SBATCH --part debug', 'scheduler.partition', 'debug'],
    ['#SBATCH  --acco="a b" # mine', 'scheduler.account', 'a b'],
    ['#SBATCH --mem=4G', 'pilot.memoryMiB', '4096'],
    ['#SBATCH --mem-per-cpu=1000', 'pilot.memoryMiB', '2000'],
    ['#SBATCH -t 2-0', 'pilot.walltime', '2-0'],
    ['#SBATCH -c 8', 'pilot.cores', '8'],
    ['#SBATCH --gpus-per-node=a100:2', 'scheduler.gres', 'gpu:a100:2'],
    ['#SBATCH -G 2', 'pilot.gpus', '2'],
    ['#SBATCH --exclusive', 'scheduler.exclusive', 'true'],
    ['#SBATCH -J mine', 'jobName', 'mine'],
    ['module load python', 'environment.workerInit', 'module load python']
  ])('%s belongs to a field', (line, field, value) => {
    expect(furtherProblems(line, 2)).toEqual([
      expect.objectContaining({ field: 'scheduler.further', moveTo: { field, value } })
    ]);
  });

  it.each([
    ['#SBATCH --array=1-3', /--array is set by Pilothouse/],
    ['#SBATCH -a 1-3', /-a \(--array\) is set by Pilothouse/],
    ['#SBATCH --outp=x', /--output/],
    ['#SBATCH -HQ', /--hold/],
    ['#SBATCH --export=ALL', /environment/],
    ['#SBATCH --wrap=true', /sbatch/],
    ['#SBATCH --no-requeue', /queues again/],
    ['#SBATCH --ti=5', /may mean --time or --time-min/],
    ['#SBATCH hetjob', /hetjob/],
    ['#SBATCH --comment="a', /without its other/],
    ['#SBATCH nonsense', /no option/],
    ['#SBATCH -Y', /no option -Y/],
    ['#PBS -l walltime=1:00', /#SBATCH instead of #PBS/],
    ['--nice=5', /Begin it with #SBATCH/],
    [`#SBATCH --comment=${'x'.repeat(1025)}`, /1024 bytes/]
  ])('%s is refused', (line, message) => {
    const problems = furtherProblems(`# a note\n\n${line}`, 1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ field: 'scheduler.further', severity: 'error' });
    expect(problems[0].message).toMatch(message);
    expect(problems[0].message).toMatch(/^Line 3: /);
  });

  it.each([
    '#SBATCH --nodelist=n[1-2] -x n3',
    '#SBATCH --comment="a # b"',
    '#SBATCH --licenses=matlab:1   # one',
    '#SBATCH --exclude n1',
    '#SBATCH --sites-own=plugin',
    '##SBATCH --array=1'
  ])('%s is possible', line => {
    expect(furtherProblems(line, 1)).toEqual([]);
  });
});

describe('a profile’s Slurm fields', () => {
  it('exclude each other where they would', () => {
    const problems = checkSlurm(
      profile({
        pilot: { gpus: 2, walltime: '60' },
        scheduler: { kind: 'slurm', gres: 'gpu:a100:1', mailUser: 'a@b', account: 'a b' }
      })
    );
    expect(problems.map(({ field, severity }) => [field, severity])).toEqual([
      ['scheduler.gres', 'error'],
      ['scheduler.mailType', 'warning'],
      ['scheduler.account', 'error']
    ]);
  });

  it.each(['/scratch/100%', '/scratch/a\\b'])(
    'have no folder %s, where no job would start',
    folder => {
      const problems = checkSlurm(profile({ pilot: { walltime: '60' }, submitHost: { folder } }));
      expect(problems.map(({ field }) => field)).toEqual(['submitHost.folder']);
    }
  );

  it('have files that lie where nodes see them, since Slurm brings none', () => {
    const files = ['/data/a.csv', '~/b.csv', 'c.csv', 'https://example.org/d.csv'];
    const problems = checkSlurm(profile({ pilot: { walltime: '60' }, environment: { files } }));
    expect(problems.map(({ field }) => field)).toEqual([
      'environment.files.2',
      'environment.files.3'
    ]);
  });

  it('become lines that name them, further lines last', () => {
    const { files, command } = planSubmission(
      profile({
        pilot: {
          cores: 4,
          memoryMiB: 8000,
          diskMiB: 500,
          gpus: 1,
          walltime: '2-15:59:00'
        },
        scheduler: {
          kind: 'slurm',
          account: 'physics',
          partition: 'general,debug',
          qos: 'normal',
          constraint: 'skylake&ib',
          gres: 'nvme:1',
          reservation: 'course',
          mailUser: 'someone@example.org',
          mailType: ['END', 'FAIL'],
          exclusive: true,
          further: '#SBATCH --nice=5\n'
        }
      }),
      12,
      {
        agent: 'agent-1.pyz',
        python: null,
        minor: '3.11',
        runtime: { name: 'r.tar.gz', hash: '1' }
      }
    );
    expect(command).toEqual(['sbatch', '--parsable', '--job-name=SUBMISSION', 'pilot.sh']);
    const { lines } = files[0];
    expect(lines[0].text).toBe('#!/bin/sh');
    // sbatch reads no directive below the first line that is a command.
    const header = lines.slice(
      1,
      lines.findIndex(({ text }, at) => at > 0 && !text.startsWith('#SBATCH'))
    );
    expect(lines.slice(1 + header.length).some(({ text }) => text.startsWith('#SBATCH'))).toBe(
      false
    );
    expect(header.map(({ text, field }) => [text.replace('#SBATCH --', ''), field])).toEqual([
      ['array=0-11', null],
      ['account=physics', 'scheduler.account'],
      ['partition=general,debug', 'scheduler.partition'],
      ['qos=normal', 'scheduler.qos'],
      ['reservation=course', 'scheduler.reservation'],
      ['constraint="skylake&ib"', 'scheduler.constraint'],
      ['nodes=1', null],
      ['ntasks=1', null],
      ['cpus-per-task=4', 'pilot.cores'],
      ['mem=8000M', 'pilot.memoryMiB'],
      ['tmp=500M', 'pilot.diskMiB'],
      ['gres=gpu:1,nvme:1', 'scheduler.gres'],
      ['exclusive', 'scheduler.exclusive'],
      ['time=2-15:59:00', 'pilot.walltime'],
      ['mail-user=someone@example.org', 'scheduler.mailUser'],
      ['mail-type=END,FAIL', 'scheduler.mailType'],
      ['output=%a/output', null],
      ['error=%a/error', null],
      ['open-mode=append', null],
      ['requeue', null],
      ['export=NIL', null],
      ['propagate=NONE', null],
      ['ignore-pbs', null],
      ['nice=5', 'scheduler.further']
    ]);
  });
});
