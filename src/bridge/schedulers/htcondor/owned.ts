import type { Profile } from '../../../protocol';
import { writeWalltime } from '../../../protocol';

/** A setting of a submit file that is not for further lines: a field's, or ours with a reason. */
export type Owner =
  | {
      readonly field: string;
      /** The field's value for a setting's; null: it cannot be said in the field. */
      readonly move: (value: string) => string | null;
    }
  | { readonly why: string };

const unquoted = (value: string): string =>
  /^"[^]*"$/.test(value) ? value.slice(1, -1).replaceAll('\\"', '"') : value;
const number = (value: string): string | null => (/^\d+$/.test(value) ? value : null);

/** HTCondor's quantities: without a unit it is `unit`, each of a power of 1024. */
const mebibytes =
  (unit: 'K' | 'M') =>
  (value: string): string | null => {
    const found = /^(?<amount>\d+(?:\.\d+)?)\s*(?<letter>[KMGT]?)B?$/i.exec(value)?.groups;
    if (found === undefined) {
      return null;
    }
    const { amount = '', letter = '' }: Partial<Record<string, string>> = found;
    const power = 'KMGT'.indexOf(letter === '' ? unit : letter.toUpperCase());
    return String(Math.ceil(Number(amount) * 1024 ** (power - 1)));
  };
const duration = (value: string): string | null =>
  /^\d+$/.test(value) ? writeWalltime(Number(value)) : null;
const choice =
  (...choices: readonly string[]) =>
  (value: string): string | null =>
    choices.find(one => one.toLowerCase() === unquoted(value).toLowerCase()) ?? null;

const PILOTS = 'how many pilots there are is said in the panel or to load()';
const ARRANGED = 'Pilothouse arranges this for each pilot';
const OUTPUT = 'the output of pilots comes home so that it can be shown';
const FOUND = 'pilots are found again by it';
const LEAVES = 'pilots that have ended leave the queue';

const field = (name: string, move: (value: string) => string | null): Owner => ({
  field: name,
  move
});
const ours = (why: string): Owner => ({ why });

/** Owners by each name that a setting has, as a submit command and as an attribute, in small letters. */
const TABLE: readonly (readonly [string, Owner])[] = [
  ['request_cpus requestcpus', field('pilot.cores', number)],
  ['request_memory requestmemory', field('pilot.memoryMiB', mebibytes('M'))],
  ['request_disk requestdisk', field('pilot.diskMiB', mebibytes('K'))],
  ['request_gpus requestgpus', field('pilot.gpus', number)],
  ['allowed_execute_duration allowedexecuteduration', field('pilot.walltime', duration)],
  ['batch_name jobbatchname', field('jobName', unquoted)],
  ['projectname project_name', field('scheduler.projectName', unquoted)],
  ['jobdurationcategory', field('scheduler.jobDurationCategory', choice('Medium', 'Long'))],
  ['requirements', field('scheduler.requirements', value => value)],
  ['container_image containerimage', field('scheduler.containerImage', unquoted)],
  [
    'docker_image dockerimage',
    field('scheduler.containerImage', value => `docker://${unquoted(value)}`)
  ],
  ['singularityimage', field('scheduler.containerImage', unquoted)],
  [
    'notification jobnotification',
    field('scheduler.notification', choice('Never', 'Complete', 'Error', 'Always'))
  ],
  ['notify_user notifyuser', field('scheduler.notifyUser', unquoted)],
  [
    'transfer_input_files transferinputfiles transferinput transfer_input',
    field('environment.files', value => value)
  ],
  ['queue', ours(PILOTS)],
  ['max_materialize max_idle jobmaterializelimit jobmaterializemaxidle', ours(PILOTS)],
  ['executable cmd arguments args arguments2 universe jobuniverse', ours(ARRANGED)],
  ['transfer_executable transferexecutable copy_to_spool', ours(ARRANGED)],
  ['initialdir initial_dir job_iwd iwd remote_initialdir remote_iwd', ours(ARRANGED)],
  ['input stdin in transfer_input stream_input', ours(ARRANGED)],
  ['should_transfer_files shouldtransferfiles', ours(ARRANGED)],
  [
    'encrypt_input_files encryptinputfiles dont_encrypt_input_files dontencryptinputfiles',
    ours('it keeps the pilot’s secret secret on its way')
  ],
  [
    'getenv get_env getenvironment',
    ours('pilots do not take the environment of whoever submits; worker_init sets variables')
  ],
  ['output stdout out error stderr err', ours(OUTPUT)],
  ['stream_output streamout stream_error streamerr', ours(OUTPUT)],
  ['when_to_transfer_output whentotransferoutput', ours(OUTPUT)],
  ['transfer_output transferout transfer_error transfererr', ours(OUTPUT)],
  [
    'transfer_output_files transferoutputfiles transferoutput transfer_output_remaps transferoutputremaps output_destination outputdestination',
    ours('nothing of a pilot’s folder is copied home')
  ],
  [
    'transfer_checkpoint_files transfercheckpoint checkpoint_exit_code checkpointexitcode',
    ours('a pilot has no state to keep')
  ],
  [
    'log userlog log_xml userlogusexml dagman_log dagmanworkflowlog',
    ours('what happens to pilots is read there')
  ],
  ['ulog_execute_attrs ulogexecuteattrs', ours('it tells where pilots run')],
  ['leave_in_queue leavejobinqueue', ours(LEAVES)],
  ['on_exit_remove onexitremove on_exit_remove_check onexitremovecheck', ours(LEAVES)],
  ['periodic_remove periodicremove', ours('pilots that are held for too long are removed by it')],
  [
    'max_retries maxretries jobmaxretries retry_until success_exit_code successcheckpointexitcode',
    ours(LEAVES)
  ],
  ['hold', ours('pilots are put on hold in the panel')],
  ['clusterid procid jobstatus owner user', ours(FOUND)],
  ['include', ours('what another file or a program brings in cannot be seen here')]
];

const OWNERS = new Map(
  TABLE.flatMap(([names, owner]) => names.split(' ').map(name => [name, owner] as const))
);

/**
 * Who owns a setting, by its name in any of its spellings: `+X`, `MY.X`, `x`,
 * `SUBMIT.x`, which wins over `x` wherever it stands (tried with 23.9.6).
 */
export function ownerOf(key: string): Owner | undefined {
  return OWNERS.get(
    key
      .toLowerCase()
      .replace(/^[-+]/, '')
      .replace(/^(my|submit)\./, '')
  );
}

/** Whether a field of a profile is set: its value would be lost if something were moved there. */
export function isSet(profile: Profile, path: string): boolean {
  let value: unknown = profile;
  for (const name of path.split('.')) {
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  }
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}
