import { textOf, type FieldProblem, type Profile } from '../../../protocol';
import { wordsOf, type SchedulerCommands } from '../commands';
import { isUnreachable } from './commands';
import { planSubmission } from './plan';

/** Makings that stand for any: sbatch looks at none of them. */
const ANY = { agent: 'agent.pyz', python: null, minor: '3.11', runtime: null };

/**
 * What `sbatch --test-only` says of a pilot: the profile's problems by field.
 * @throws PilothouseError where slurmctld cannot be asked
 */
export async function dryRun(
  commands: SchedulerCommands,
  profile: Profile
): Promise<{ problems: FieldProblem[]; words: string }> {
  const [script] = planSubmission(profile, 1, ANY).files;
  const argv = ['sbatch', '--test-only'];
  const result = await commands.run(argv, { input: textOf(script) });
  const words = wordsOf(result);
  if (result.exitCode !== 0 && isUnreachable(words)) {
    throw commands.failure(argv, result);
  }
  return { problems: result.exitCode === 0 ? [] : [problemOf(words)], words };
}

/** Slurm's words for what is wrong with a request (slurm/src/common/slurm_errno.c), and whose fault it is. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  // Names of the site's come first: a partition may be called gpu, or bigmemory.
  [/invalid partition/i, 'scheduler.partition'],
  [/invalid account/i, 'scheduler.account'],
  [/invalid qos/i, 'scheduler.qos'],
  [/memory/i, 'pilot.memoryMiB'],
  [/temporary disk/i, 'pilot.diskMiB'],
  [/time limit|time-min|QOSMaxWall|AssocMaxWall|PartitionTimeLimit/i, 'pilot.walltime'],
  [/feature|constraint/i, 'scheduler.constraint'],
  [/gres|generic resource|GPU/i, 'scheduler.gres'],
  [/reservation/i, 'scheduler.reservation'],
  [/account/i, 'scheduler.account'],
  [/qos/i, 'scheduler.qos'],
  [/group not permitted|partition/i, 'scheduler.partition'],
  [/cpu count|processors|--cpus-per-task/i, 'pilot.cores'],
  [/mail/i, 'scheduler.mailUser'],
  [/option|directive|license|node name/i, 'scheduler.further']
];

/** The field that a refusal is about; where only "not available" is said, the whole. */
export function problemOf(words: string): FieldProblem {
  const said = words
    .split('\n')
    .map(line => line.replace(/^(sbatch: )?(error: )?/, '').trim())
    .filter(line => line !== '');
  // The first line is the most exact: the last one only says that it failed.
  const fields = said.flatMap(line => {
    const fault = FAULTS.find(([pattern]) => pattern.test(line));
    return fault === undefined || line.includes('accounting/QOS policy') ? [] : [fault[1]];
  });
  return {
    field: fields.at(0) ?? '',
    message: said.join(' ') || 'Slurm refuses it.',
    severity: 'error'
  };
}
