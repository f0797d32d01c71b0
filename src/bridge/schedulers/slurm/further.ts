import type { FieldProblem } from '../../../protocol';
import { readLine, type IDirective } from './directives';

const FIELD = 'scheduler.further';

/** Where an option's value belongs, and what it is there. */
interface IOwner {
  readonly field: string;
  /** The value as the field takes it; null: it has no such form. */
  readonly value: (value: string, cores: number) => string | null;
}

const same = (value: string): string => value;
const owner = (field: string, value: IOwner['value'] = same): IOwner => ({ field, value });

/** Options that fields of a profile set. */
const OWNED: Readonly<Partial<Record<string, IOwner>>> = {
  account: owner('scheduler.account'),
  partition: owner('scheduler.partition'),
  qos: owner('scheduler.qos'),
  constraint: owner('scheduler.constraint'),
  reservation: owner('scheduler.reservation'),
  'mail-user': owner('scheduler.mailUser'),
  'mail-type': owner('scheduler.mailType', value => value.toUpperCase()),
  exclusive: owner('scheduler.exclusive', value => (value === '' ? 'true' : null)),
  'job-name': owner('jobName'),
  'cpus-per-task': owner('pilot.cores', number),
  mem: owner('pilot.memoryMiB', mebibytes),
  'mem-per-cpu': owner('pilot.memoryMiB', (value, cores) => {
    const each = mebibytes(value);
    return each === null ? null : String(Number(each) * cores);
  }),
  tmp: owner('pilot.diskMiB', mebibytes),
  time: owner('pilot.walltime'),
  gres: owner('scheduler.gres'),
  gpus: owner('pilot.gpus', number),
  'gpus-per-node': owner('pilot.gpus', number),
  'gpus-per-task': owner('pilot.gpus', number)
};

/** Options that are ours, and why nobody else can set them. */
const SHAPE = 'A pilot is one task on one node, and pilots of one submission are one array.';
const FILES = 'A pilot’s files lie in its own folder, where Pilothouse finds them.';
const ASKED = 'It would change what sbatch does or says when pilots are submitted.';
const ENVIRONMENT = 'Nothing of the environment of whoever submits reaches a pilot.';
const OURS: Readonly<Partial<Record<string, string>>> = {
  array: SHAPE,
  nodes: SHAPE,
  ntasks: SHAPE,
  'ntasks-per-core': SHAPE,
  'ntasks-per-gpu': SHAPE,
  'ntasks-per-node': SHAPE,
  'ntasks-per-socket': SHAPE,
  'ntasks-per-tres': SHAPE,
  'tasks-per-node': SHAPE,
  'gpus-per-socket': SHAPE,
  'tres-per-task': SHAPE,
  output: FILES,
  error: FILES,
  input: FILES,
  chdir: FILES,
  'open-mode': FILES,
  export: ENVIRONMENT,
  'export-file': ENVIRONMENT,
  'get-user-env': ENVIRONMENT,
  propagate: ENVIRONMENT,
  parsable: ASKED,
  wrap: ASKED,
  wait: ASKED,
  'test-only': ASKED,
  help: ASKED,
  usage: ASKED,
  version: ASKED,
  autocomplete: ASKED,
  'ignore-pbs': ASKED,
  cluster: 'Pilots run on the cluster of their submit host.',
  clusters: 'Pilots run on the cluster of their submit host.',
  uid: 'Pilots run as whoever submits them.',
  gid: 'Pilots run as whoever submits them.',
  hold: 'Pilots are held and released in the panel.',
  requeue: 'A pilot that Slurm queues again goes on under the next number of its attempts.',
  'no-requeue': 'A pilot that Slurm queues again goes on under the next number of its attempts.',
  signal: 'Pilots know the end of their walltime themselves, and a signal would end them early.'
};

/**
 * What is wrong with further lines: those that set what a field owns, with the
 * offer to move it there; those that set what is ours; what are no `#SBATCH`
 * lines.
 */
export function furtherProblems(further: string, cores: number): FieldProblem[] {
  return further.split('\n').flatMap((line, index) => {
    const problem = (message: string, moveTo?: FieldProblem['moveTo']): FieldProblem => ({
      field: FIELD,
      message: `Line ${index + 1}: ${message}`,
      severity: 'error',
      ...(moveTo === undefined ? {} : { moveTo })
    });
    const read = readLine(line);
    switch (read.kind) {
      case 'blank':
        return [];
      case 'problem':
        return [problem(read.problem)];
      case 'command':
        return [
          /^\s*-/.test(line)
            ? problem(`Begin it with #SBATCH: #SBATCH ${line.trim()}`)
            : problem('Only #SBATCH lines are possible here; commands belong to worker_init.', {
                field: 'environment.workerInit',
                value: line
              })
        ];
      case 'options':
        return read.options.flatMap(option => optionProblem(option, cores, problem));
    }
  });
}

function optionProblem(
  { option, written, value }: IDirective,
  cores: number,
  problem: (message: string, moveTo?: FieldProblem['moveTo']) => FieldProblem
): FieldProblem[] {
  const called = written === `--${option}` ? written : `${written} (--${option})`;
  const ours = OURS[option];
  if (ours !== undefined) {
    return [problem(`${called} is set by Pilothouse. ${ours}`)];
  }
  if (value !== null && !LONG_VALUES.has(option) && Buffer.byteLength(value) > MOST_BYTES) {
    return [problem(`${called} is longer than the ${MOST_BYTES} bytes that Slurm takes.`)];
  }
  const owned = OWNED[option];
  if (owned === undefined) {
    return [];
  }
  const moved = owned.value(value ?? '', cores);
  if (moved === null) {
    return owned.field === 'pilot.gpus' && value !== null
      ? [
          problem(`${called} belongs to its own field.`, {
            field: 'scheduler.gres',
            value: `gpu:${value}`
          })
        ]
      : [problem(`${called} belongs to the field ${owned.field}.`)];
  }
  return [problem(`${called} belongs to its own field.`, { field: owned.field, value: moved })];
}

function number(value: string): string | null {
  return /^\d+$/.test(value) ? value : null;
}

const FACTORS: Readonly<Partial<Record<string, number>>> = { k: 1 / 1024, g: 1024, t: 1024 * 1024 };

/** slurm/src/slurmctld/job_mgr.c, _test_job_desc_fields */
const MOST_BYTES = 1024;
const LONG_VALUES: ReadonlySet<string> = new Set(['dependency', 'bb', 'bbf', 'mem-bind']);

/** An amount as Slurm writes it, in MiB if it has no unit (sbatch(1), `--mem`). */
function mebibytes(value: string): string | null {
  const found = /^(\d+)([kmgt]?)b?$/i.exec(value);
  if (found === null || Number(found[1]) === 0) {
    return null;
  }
  const factor = FACTORS[found[2].toLowerCase()] ?? 1;
  return String(Math.max(1, Math.round(Number(found[1]) * factor)));
}
