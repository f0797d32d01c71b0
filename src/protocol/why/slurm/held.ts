import { RELEASE, REMOVE, WAIT, edit, why, type IExplained } from '../sentence';

/** Jobs that are held, that wait for others, and how jobs ended. */
export const SLURM_HELD: Readonly<Record<string, IExplained>> = {
  JobHeldUser: why(
    'held by you',
    'You, or a coordinator of your account, hold the job.',
    'Release it to let it start.',
    RELEASE,
    REMOVE
  ),
  JobHeldAdmin: why(
    'held by the site',
    'An administrator or the site’s rules hold the job.',
    'Releasing it may be refused; the site can say why it is held.',
    RELEASE,
    REMOVE
  ),
  JobHoldMaxRequeue: why(
    'started too often',
    'The job was queued again so often that Slurm holds it.',
    'Look at what ended its last starts before releasing it.',
    RELEASE,
    REMOVE
  ),
  LaunchFailedHeld: why(
    'could not be started, held',
    'Slurm could not start the job on its node, queued it again, and holds it.',
    'A node may have been broken: release it to try again. If that repeats, the site has to look at it.',
    RELEASE,
    REMOVE
  ),
  RequeuedHeld: why(
    'queued again and held',
    'The job was queued again and is held.',
    'Release it to let it start.',
    RELEASE,
    REMOVE
  ),
  EnvironmentHeld: why(
    'login environment not found, held',
    'Slurm could not read your login environment on the node, queued the job again, and holds it.',
    'A slow or waiting login script is the usual cause: release it to try again.',
    RELEASE,
    REMOVE
  ),
  Dependency: why(
    'waits for another job',
    'It was told to wait for other jobs.',
    'It starts when they have ended as they should.',
    WAIT,
    edit('scheduler.further')
  ),
  DependencyNeverSatisfied: why(
    'waits for what will not happen',
    'It was told to wait for another job to end in a way in which it did not end.',
    'It will not start. Change --dependency among the further lines and ask again.',
    edit('scheduler.further'),
    REMOVE
  ),
  DeadLine: why(
    'cannot meet its deadline',
    'It cannot end before the deadline that it was given.',
    'Give pilots a shorter walltime, or change --deadline among the further lines.',
    edit('pilot.walltime'),
    edit('scheduler.further'),
    REMOVE
  ),
  JobLaunchFailure: why(
    'could not be started',
    'Slurm could not start the job on its node.',
    'A missing or full folder, or a broken node, is what it usually is; ask again.'
  ),
  SystemFailure: why(
    'Slurm or a node failed',
    'Slurm itself, a file system or the network failed.',
    'Nothing has to be done; if it repeats, the site has to look at it.'
  ),
  NonZeroExitCode: why(
    'ended with an error',
    'The job’s script ended with an exit code other than 0.',
    'Its output says why.'
  ),
  RaisedSignal: why('ended by a signal', 'A signal ended the job.', 'Its output may say why.'),
  TimeLimit: why(
    'walltime over',
    'Slurm ended the job because its walltime was over.',
    'Give pilots a longer walltime, or tasks that are shorter.',
    edit('pilot.walltime')
  ),
  OutOfMemory: why(
    'out of memory',
    'The job used more memory than it had asked for, and Slurm ended it.',
    'Give pilots more memory, or fewer workers each.',
    edit('pilot.memoryMiB'),
    edit('pilot.workers')
  ),
  InactiveLimit: why(
    'inactive for too long',
    'Slurm ended the job because it seemed inactive for longer than the site allows.',
    'Ask the site for its InactiveLimit.'
  ),
  InvalidReason: why(
    'no reason given',
    'Slurm gives a reason that it does not know itself.',
    '',
    WAIT
  )
};
