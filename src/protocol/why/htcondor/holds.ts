import { RELEASE, REMOVE, WAIT, edit, why, type IExplained } from '../sentence';

const BROKEN = 'Release it to try again; if that repeats, the administrators have to look at it.';
const CLOUD = 'Pilots do not use this universe: remove the pilot and look at the further lines.';
const internal = (title: string, says: string): IExplained =>
  why(title, `${says} {detail}`, BROKEN, RELEASE, REMOVE);
const cloud = (title: string, says: string): IExplained =>
  why(title, `${says} {detail}`, CLOUD, edit('scheduler.further'), REMOVE);

/**
 * Hold codes by number, with their label (HTCondor manual, "Hold Reason
 * Codes"; 23.0 to 25.12). `{detail}` is what the sub-code says, or empty.
 */
export const HOLDS: Readonly<Record<number, readonly [label: string, explained: IExplained]>> = {
  1: [
    'UserRequest',
    why('held by you', 'You hold the pilot.', 'Release it to let it start.', RELEASE, REMOVE)
  ],
  3: [
    'JobPolicy',
    why(
      'held by its own rule',
      'A rule of the submit file (periodic_hold or on_exit_hold) holds the pilot.',
      'Look at the rule among the further lines.',
      edit('scheduler.further'),
      RELEASE,
      REMOVE
    )
  ],
  4: [
    'CorruptedCredential',
    why(
      'credentials not valid',
      'The credentials of the job are not valid.',
      'Renew your credentials on the submit host, then release the pilot.',
      RELEASE,
      REMOVE
    )
  ],
  5: [
    'JobPolicyUndefined',
    why(
      'its own rule has no value',
      'A rule of the submit file came out as undefined: it names an attribute that is not there.',
      'Correct the rule among the further lines or attributes.',
      edit('scheduler.further'),
      REMOVE
    )
  ],
  6: [
    'FailedToCreateProcess',
    internal('could not be started', 'The machine could not start the pilot’s script.')
  ],
  7: [
    'UnableToOpenOutput',
    internal('output not writable', 'The file for the pilot’s output could not be opened.')
  ],
  8: [
    'UnableToOpenInput',
    internal('input not readable', 'The file for the pilot’s input could not be opened.')
  ],
  9: [
    'UnableToOpenOutputStream',
    internal('output not writable', 'The stream for the pilot’s output could not be opened.')
  ],
  10: [
    'UnableToOpenInputStream',
    internal('input not readable', 'The stream for the pilot’s input could not be opened.')
  ],
  11: [
    'InvalidTransferAck',
    internal('file transfer broke', 'HTCondor’s own protocol failed while files were transferred.')
  ],
  12: [
    'TransferOutputError',
    why(
      'output did not come back',
      'Files could not be brought back from the machine. {detail}',
      'See that the submit host has space left, then release the pilot.',
      RELEASE,
      REMOVE
    )
  ],
  13: [
    'TransferInputError',
    why(
      'input did not arrive',
      'Files that the pilot needs could not be brought to the machine. {detail}',
      'See that the files are there and readable; if they are, release the pilot.',
      edit('environment.files'),
      RELEASE,
      REMOVE
    )
  ],
  14: [
    'IwdError',
    internal('folder not there', 'The pilot’s folder on the submit host cannot be entered.')
  ],
  15: [
    'SubmittedOnHold',
    why(
      'submitted on hold',
      'It was submitted on hold.',
      'Release it to let it start.',
      RELEASE,
      REMOVE
    )
  ],
  16: [
    'SpoolingInput',
    why(
      'files on their way',
      'Its files are being brought to the submit host.',
      'It goes on by itself.',
      WAIT,
      REMOVE
    )
  ],
  17: [
    'JobShadowMismatch',
    internal('versions do not fit', 'The submit host’s HTCondor cannot serve this kind of job.')
  ],
  18: [
    'InvalidTransferGoAhead',
    internal('file transfer broke', 'HTCondor’s own protocol failed while files were transferred.')
  ],
  19: [
    'HookPrepareJobFailure',
    internal('machine not ready', 'What the machine runs before each job failed.')
  ],
  20: [
    'MissedDeferredExecutionTime',
    why(
      'missed its time',
      'It was to start at a time that had passed.',
      'Change deferral_time among the further lines, or release the pilot.',
      edit('scheduler.further'),
      RELEASE,
      REMOVE
    )
  ],
  21: [
    'StartdHeldJob',
    why(
      'held by the machine',
      'The rules of the machine it ran on hold the pilot. {detail}',
      'The reason often names memory, disk or time: change that, or release the pilot to try another machine.',
      edit('pilot.memoryMiB'),
      RELEASE,
      REMOVE
    )
  ],
  22: [
    'UnableToInitUserLog',
    internal('event log not writable', 'The submission’s event log cannot be written.')
  ],
  23: [
    'FailedToAccessUserAccount',
    internal('account not usable', 'HTCondor cannot act as your user.')
  ],
  24: [
    'NoCompatibleShadow',
    internal('versions do not fit', 'The submit host’s HTCondor cannot serve this job.')
  ],
  25: [
    'InvalidCronSettings',
    why(
      'times not valid',
      'The times at which it was to start are not valid.',
      'Correct the cron lines among the further lines.',
      edit('scheduler.further'),
      REMOVE
    )
  ],
  26: [
    'SystemPolicy',
    why(
      'held by the site’s rules',
      'A rule of the submit host (SYSTEM_PERIODIC_HOLD) holds the pilot.',
      'The reason says which. Change what it names and ask again; released as it is, it is likely to be held again.',
      edit('pilot.memoryMiB'),
      REMOVE,
      RELEASE
    )
  ],
  27: [
    'SystemPolicyUndefined',
    internal('the site’s rule has no value', 'A rule of the submit host came out as undefined.')
  ],
  32: [
    'MaxTransferInputSizeExceeded',
    why(
      'too much input',
      'The files it brings are larger than the site allows (MAX_TRANSFER_INPUT_MB).',
      'Bring fewer files, or reach them by a URL.',
      edit('environment.files'),
      REMOVE
    )
  ],
  33: [
    'MaxTransferOutputSizeExceeded',
    why(
      'too much output',
      'What it brings back is larger than the site allows (MAX_TRANSFER_OUTPUT_MB).',
      'Let tasks print less.',
      REMOVE,
      RELEASE
    )
  ],
  34: [
    'JobOutOfResources',
    why(
      'used more than it asked for',
      'The pilot used more of something than it had asked for. {detail}',
      'Ask for more of what the reason names.',
      edit('pilot.memoryMiB'),
      edit('pilot.diskMiB'),
      REMOVE
    )
  ],
  35: [
    'InvalidDockerImage',
    why(
      'image not valid',
      'The container image could not be used.',
      'Correct the image’s name.',
      edit('scheduler.containerImage'),
      REMOVE
    )
  ],
  36: ['FailedToCheckpoint', internal('checkpoint failed', 'A checkpoint of the job failed.')],
  37: ['EC2UserError', cloud('cloud: user’s error', 'Amazon EC2 refused what was asked for.')],
  38: ['EC2InternalError', cloud('cloud: internal error', 'HTCondor’s part for EC2 failed.')],
  39: ['EC2AdminError', cloud('cloud: not set up', 'HTCondor’s part for EC2 is not set up.')],
  40: ['EC2ConnectionProblem', cloud('cloud: not reached', 'Amazon EC2 could not be reached.')],
  41: ['EC2ServerError', cloud('cloud: server’s error', 'Amazon EC2 failed.')],
  42: [
    'EC2InstancePotentiallyLost',
    cloud('cloud: machine may be lost', 'A machine of Amazon EC2 may still run, and cost.')
  ],
  43: ['PreScriptFailed', internal('script before it failed', 'What runs before the job failed.')],
  44: ['PostScriptFailed', internal('script after it failed', 'What runs after the job failed.')],
  45: [
    'SingularityTestFailed',
    why(
      'container does not start',
      'The machine’s container program failed before the pilot began.',
      'The machine may be broken: release the pilot to try another, or look at the image.',
      RELEASE,
      edit('scheduler.containerImage'),
      REMOVE
    )
  ],
  46: [
    'JobDurationExceeded',
    why(
      'allowed duration over',
      'The pilot was longer under way than its lines allow (allowed_job_duration).',
      'It is removed by itself. Give pilots a longer walltime, or tasks that are shorter.',
      edit('pilot.walltime'),
      REMOVE
    )
  ],
  47: [
    'JobExecuteExceeded',
    why(
      'walltime over',
      'The pilot ran longer than its walltime.',
      'It is removed by itself. Give pilots a longer walltime, or tasks that are shorter.',
      edit('pilot.walltime'),
      REMOVE
    )
  ],
  48: [
    'HookShadowPrepareJobFailure',
    internal('submit host not ready', 'What the submit host runs before each job failed.')
  ]
};
