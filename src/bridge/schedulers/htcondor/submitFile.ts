import { walltimeSeconds, type Profile, type ScriptLine } from '../../../protocol';
import { pilotScript } from '../pilotScript';
import { SUBMISSION_NAME, type IPilotMakings, type IPlan } from '../tokens';
import { optionsOf } from './options';
import { quoteExpression, quoteFile, quoteString, quoteValue } from './quote';
import { portToReach, reaches } from './reach';

export const SCRIPT_FILE = 'pilot.sh';
export const SUBMIT_FILE = 'job.sub';
export const EVENTS_FILE = 'events';
export const OUTPUT_FILE = 'output';
export const ERROR_FILE = 'error';

/** The agent ends itself at its walltime; this long after, HTCondor does. */
const GRACE_SECONDS = 60;
/** A pilot that nobody released within this leaves the queue: no bridge may be there to remove it. */
const LONGEST_HOLD_SECONDS = 86_400;

/** Attributes of the slot that stand in the log's execute events: where pilots run, without a query. */
const SLOT_ATTRIBUTES = ['GLIDEIN_Site', 'GLIDEIN_ResourceName', 'Machine'];

const ours = (text: string): ScriptLine => ({ text, field: null });

/** A line, if its field is set. */
function line<T>(
  field: string,
  value: T | undefined,
  write: (value: T) => string
): readonly ScriptLine[] {
  return value === undefined || value === '' ? [] : [{ text: write(value), field }];
}

/**
 * The submit file of so many pilots (HTCondor manual, condor_submit). Each
 * pilot has the folder of its number: paths are relative to that, but for the
 * executable's. What comes home is what the script prints, as it is printed:
 * a pilot that is removed, held or evicted would otherwise take it along.
 * @throws QuoteError for what a submit file cannot say
 */
export function submitFile(
  profile: Profile,
  pilots: number,
  makings: Pick<IPilotMakings, 'agent' | 'runtime'>
): ScriptLine[] {
  const options = optionsOf(profile);
  const { pilot, environment } = profile;
  const archives = [makings.agent, ...(makings.runtime === null ? [] : [makings.runtime.name])];
  const inputs = ['pilot.json', ...archives.map(name => quoteValue(`../../${name}`))];
  const seconds = walltimeSeconds(profile);
  const tooLong = `JobStatus == 5 && (HoldReasonCode == 46 || HoldReasonCode == 47 || time() - EnteredCurrentStatus > ${LONGEST_HOLD_SECONDS})`;
  return [
    ours('universe = vanilla'),
    ours(`executable = ${SCRIPT_FILE}`),
    ours('initialdir = $(Process)'),
    ours(`log = ../${EVENTS_FILE}`),
    ours(`ulog_execute_attrs = ${SLOT_ATTRIBUTES.join(',')}`),
    ours(`output = ${OUTPUT_FILE}`),
    ours(`error = ${ERROR_FILE}`),
    ours('stream_output = True'),
    ours('stream_error = True'),
    ours('getenv = False'),
    ours('should_transfer_files = YES'),
    ours('when_to_transfer_output = ON_EXIT'),
    {
      text: `transfer_input_files = ${[...inputs, ...environment.files.map(quoteFile)].join(', ')}`,
      field: environment.files.length > 0 ? 'environment.files' : null
    },
    ours('encrypt_input_files = pilot.json'),
    ours('transfer_output_files = ""'),
    { text: `request_cpus = ${pilot.cores}`, field: 'pilot.cores' },
    ...line('pilot.memoryMiB', pilot.memoryMiB, value => `request_memory = ${value}MB`),
    ...line('pilot.diskMiB', pilot.diskMiB, value => `request_disk = ${value}MB`),
    ...line('pilot.gpus', pilot.gpus || undefined, value => `request_gpus = ${value}`),
    ...line(
      'pilot.walltime',
      seconds ?? undefined,
      value => `allowed_execute_duration = ${value + GRACE_SECONDS}`
    ),
    ours(`periodic_remove = ${tooLong}`),
    ...line(
      'scheduler.projectName',
      options.projectName,
      value => `+ProjectName = ${quoteString(value)}`
    ),
    ...line(
      'scheduler.jobDurationCategory',
      options.jobDurationCategory,
      value => `+JobDurationCategory = ${quoteString(value)}`
    ),
    ...line(
      'scheduler.containerImage',
      options.containerImage,
      value => `container_image = ${quoteValue(value)}`
    ),
    ...requirementsOf(profile),
    {
      text: `notification = ${options.notification ?? 'Never'}`,
      field: options.notification === undefined ? null : 'scheduler.notification'
    },
    ...line(
      'scheduler.notifyUser',
      options.notifyUser,
      value => `notify_user = ${quoteValue(value)}`
    ),
    ...Object.entries(options.attributes).map(([name, value]) => ({
      text: `+${name} = ${quoteExpression(value)}`,
      field: `scheduler.attributes.${name}`
    })),
    ...(options.further === '' ? [] : options.further.replace(/\n$/, '').split('\n')).map(text => ({
      text,
      field: 'scheduler.further'
    })),
    ours(`queue ${pilots}`)
  ];
}

/** What machines must be: as the person says, and such that pilots there can come home. */
function requirementsOf(profile: Profile): ScriptLine[] {
  const { requirements } = optionsOf(profile);
  const port = portToReach(profile);
  const field = 'scheduler.requirements';
  const own = requirements === undefined || requirements === '' ? null : requirements;
  const wanted = own === null ? [] : [quoteExpression(own)];
  if (port === null) {
    return wanted.map(text => ({ text: `requirements = ${text}`, field }));
  }
  const all = [...wanted.map(text => `(${text})`), `(${reaches(port)})`].join(' && ');
  return [
    { text: '# The relay is the only way home: machines that reach its port.', field: RELAY },
    { text: `requirements = ${all}`, field: own === null ? RELAY : field }
  ];
}
const RELAY = 'uplink.relay';

/** The one call; its jobs' name is SUBMISSION_NAME or what stands for it. */
export const submitCommand = (jobName: string): readonly string[] => [
  ...['condor_submit', '-terse', '-batch-name', jobName],
  SUBMIT_FILE
];

/** What submitting so many pilots writes and runs. */
export function htcondorPlan(profile: Profile, pilots: number, makings: IPilotMakings): IPlan {
  return {
    files: [
      { path: SUBMIT_FILE, language: 'submit', lines: submitFile(profile, pilots, makings) },
      {
        path: SCRIPT_FILE,
        language: 'shell',
        lines: pilotScript(profile, {
          header: [],
          // In a container too, this is where the files that came along are.
          prelude: [
            'pilothouse_folder=${_CONDOR_SCRATCH_DIR:?this is run by HTCondor}',
            'pilothouse_home=$pilothouse_folder'
          ],
          makings
        })
      }
    ],
    others: Array.from({ length: pilots }, (_, number) => ({
      path: `${number}/pilot.json`,
      what: 'who the pilot is and how it proves that (private)'
    })),
    command: submitCommand(SUBMISSION_NAME)
  };
}
