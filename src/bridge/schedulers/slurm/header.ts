import { walltimeSeconds, writeWalltime, type Profile, type ScriptLine } from '../../../protocol';
import { namesGpus, slurmOptions } from './check';
import { directive } from './quote';

/** A pilot's standard output, which Slurm itself makes when the job starts. */
export const OUTPUT_FILE = 'output';
export const ERROR_FILE = 'error';

/**
 * The `#SBATCH` lines of an array of pilots. Further lines come last, since
 * the last of two has its way.
 * @throws QuoteError for what no such line can hold
 */
export function headerLines(profile: Profile, pilots: number): ScriptLine[] {
  const options = slurmOptions(profile);
  const { pilot } = profile;
  const lines: ScriptLine[] = [];
  const add = (
    field: string | null,
    option: string,
    value: string | number | null | undefined
  ): void => {
    if (value !== undefined) {
      lines.push({ text: directive(option, value), field });
    }
  };
  add(null, 'array', `0-${pilots - 1}`);
  add('scheduler.account', 'account', options.account);
  add('scheduler.partition', 'partition', options.partition);
  add('scheduler.qos', 'qos', options.qos);
  add('scheduler.reservation', 'reservation', options.reservation);
  add('scheduler.constraint', 'constraint', options.constraint);
  add(null, 'nodes', 1);
  add(null, 'ntasks', 1);
  add('pilot.cores', 'cpus-per-task', pilot.cores);
  add('pilot.memoryMiB', 'mem', pilot.memoryMiB === undefined ? undefined : `${pilot.memoryMiB}M`);
  add('pilot.diskMiB', 'tmp', pilot.diskMiB === undefined ? undefined : `${pilot.diskMiB}M`);
  addGres(profile, add);
  if (options.exclusive) {
    add('scheduler.exclusive', 'exclusive', null);
  }
  const seconds = walltimeSeconds(profile);
  add('pilot.walltime', 'time', seconds === null ? undefined : writeWalltime(seconds));
  add('scheduler.mailUser', 'mail-user', options.mailUser);
  add(
    'scheduler.mailType',
    'mail-type',
    options.mailType.length === 0 ? undefined : options.mailType.join(',')
  );
  lines.push(...ours(), ...furtherLines(options.further));
  return lines;
}

/** GPUs as a generic resource, which versions and plugins that do not know `--gpus` take, too. */
function addGres(
  profile: Profile,
  add: (field: string, option: string, value: string | undefined) => void
): void {
  const { gres } = slurmOptions(profile);
  const { gpus } = profile.pilot;
  if (gpus > 0 && (gres === undefined || !namesGpus(gres))) {
    const counted = `gpu:${gpus}`;
    add(
      gres === undefined ? 'pilot.gpus' : 'scheduler.gres',
      'gres',
      gres === undefined ? counted : `${counted},${gres}`
    );
  } else {
    add('scheduler.gres', 'gres', gres);
  }
}

function ours(): ScriptLine[] {
  return [
    directive('output', `%a/${OUTPUT_FILE}`),
    directive('error', `%a/${ERROR_FILE}`),
    // A job that is queued again writes on where its last attempt ended.
    directive('open-mode', 'append'),
    directive('requeue', null),
    // Neither variables nor resource limits of the process that submits.
    directive('export', 'NIL'),
    directive('propagate', 'NONE'),
    // Else sbatch obeys #PBS and #BSUB lines wherever they are, also in worker_init.
    directive('ignore-pbs', null)
  ].map(text => ({ text, field: null }));
}

function furtherLines(further: string): ScriptLine[] {
  return further === ''
    ? []
    : further
        .replace(/\n+$/, '')
        .split('\n')
        .map(text => ({ text, field: 'scheduler.further' }));
}
