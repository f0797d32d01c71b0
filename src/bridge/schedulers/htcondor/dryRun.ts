import { randomBytes } from 'node:crypto';
import { join } from 'node:path/posix';
import { textOf, type FieldProblem, type Profile } from '../../../protocol';
import type { IHost } from '../../hosts/tokens';
import type { SchedulerCommands } from '../commands';
import { readFurther } from './furtherLines';
import { optionsOf, type HTCondorOptions } from './options';
import { htcondorPlan, SUBMIT_FILE } from './submitFile';

/** Makings that stand for any: nothing of them is looked at. */
const ANY = { agent: 'agent.pyz', python: null, minor: '3.11', runtime: null };

/**
 * What `condor_submit -dry-run` says of a pilot: the profile's problems by
 * field. It wants to see the files and folders, so they are there for that
 * time.
 * @throws PilothouseError where there is no condor_submit, or no room
 */
export async function dryRun(
  commands: SchedulerCommands,
  host: IHost,
  profile: Profile
): Promise<{ problems: FieldProblem[]; words: string }> {
  const home = await host.folder(profile.submitHost.folder);
  const folder = join(home, `check-${randomBytes(8).toString('hex')}`);
  const { files } = htcondorPlan(profile, 1, ANY);
  try {
    await host.putFolder(folder, [
      ...files.map(file => ({ path: file.path, content: textOf(file), mode: 0o700 as const })),
      { path: '0/pilot.json', content: '', mode: 0o600 }
    ]);
    const argv = ['condor_submit', '-dry-run', '-', SUBMIT_FILE];
    const result = await commands.run(argv, { folder });
    const said = result.stderr.trim().slice(0, 4000);
    return {
      problems: problemsIn(said, result.exitCode !== 0, optionsOf(profile)),
      words: said === '' ? (result.stdout.trim().split('\n').at(-1) ?? '') : said
    };
  } finally {
    await host.remove([folder]);
  }
}

/** condor_submit's words for what is wrong (htcondor/src/condor_utils/submit_utils.cpp), and whose fault it is. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  // It names what the expression refers to, and what would be better.
  [/your requirements expression/i, 'scheduler.requirements'],
  [/request_?memory|ImageSize/i, 'pilot.memoryMiB'],
  [/request_?disk/i, 'pilot.diskMiB'],
  [/request_?cpus/i, 'pilot.cores'],
  [/request_?gpus|require_gpus/i, 'pilot.gpus'],
  [/allowed_?execute_?duration/i, 'pilot.walltime'],
  [/transfer_?input/i, 'environment.files'],
  [/container_?image|docker_?image|singularity/i, 'scheduler.containerImage'],
  [/requirements/i, 'scheduler.requirements'],
  [/project_?name/i, 'scheduler.projectName'],
  [/notif/i, 'scheduler.notification'],
  [/was unused by condor_submit/i, 'scheduler.further']
];

/** Each message with the field that it is about; where none is named, the whole. */
export function problemsIn(
  said: string,
  failed: boolean,
  options: Pick<HTCondorOptions, 'attributes' | 'further'>
): FieldProblem[] {
  const messages = said
    .split(/\n(?=\s*(?:ERROR|WARNING)\b)/)
    .map(message => message.replace(/\s+/g, ' ').trim())
    .filter(message => message !== '');
  const problems = messages.map((message): FieldProblem => ({
    field: fieldOf(message, options),
    message: message.replace(/^(ERROR|WARNING): ?/, ''),
    severity: message.startsWith('WARNING') ? 'warning' : 'error'
  }));
  return failed && !problems.some(({ severity }) => severity === 'error')
    ? [...problems, { field: '', message: 'HTCondor refuses it.', severity: 'error' }]
    : problems;
}

function fieldOf(
  message: string,
  { attributes, further }: Pick<HTCondorOptions, 'attributes' | 'further'>
): string {
  const fault = FAULTS.find(([pattern]) => pattern.test(message));
  if (fault !== undefined) {
    return fault[1];
  }
  // Submit commands are named as the attributes that they make: periodic_hold as PeriodicHold.
  const plain = (name: string): string => name.toLowerCase().replace(/^[-+]|^my\.|_/g, '');
  const names = (message.match(/\w+/g) ?? []).map(plain);
  const attribute = Object.keys(attributes).find(name => names.includes(plain(name)));
  if (attribute !== undefined) {
    return `scheduler.attributes.${attribute}`;
  }
  const { settings } = readFurther(further);
  return settings.some(({ key }) => names.includes(plain(key))) ? 'scheduler.further' : '';
}
