import { BY_ITSELF, NEVER, REMOVE, WAIT, edit, why, type IExplained } from '../sentence';

/** The usual waits. */
export const SLURM_QUEUE: Readonly<Record<string, IExplained>> = {
  None: why(
    'just queued',
    'Slurm has not considered the job in its current round.',
    BY_ITSELF,
    WAIT
  ),
  Priority: why(
    'others come first',
    'Jobs of higher priority wait for the same nodes.',
    'It starts by itself. Smaller pilots with a shorter walltime fit into gaps and often start sooner.',
    WAIT,
    edit('pilot.walltime')
  ),
  Resources: why(
    'no free nodes',
    'It is next in line; what it asks for is in use by other jobs.',
    BY_ITSELF,
    WAIT
  ),
  BeginTime: why(
    'not before its time',
    'The job was told not to start yet, or was queued again a moment ago.',
    BY_ITSELF,
    WAIT
  ),
  Licenses: why(
    'waits for a licence',
    'All licences it asks for are in use.',
    BY_ITSELF,
    WAIT,
    edit('scheduler.further')
  ),
  Cleaning: why(
    'cleans up after its last start',
    'The job is queued again, and what is left of its last start is being cleaned up.',
    BY_ITSELF,
    WAIT
  ),
  Prolog: why('node gets ready', 'The site’s prolog still runs on its node.', BY_ITSELF, WAIT),
  JobArrayTaskLimit: why(
    'as many run as may at once',
    'So many elements of this array run as were allowed at once.',
    'It starts by itself when one of them ends.',
    WAIT
  ),
  SchedDefer: why(
    'not at once',
    'The job asked to start at once, which this site does not do.',
    'Leave --immediate out of the further lines.',
    edit('scheduler.further'),
    REMOVE
  ),
  FedJobLock: why(
    'clusters agree',
    'The clusters of the federation are agreeing on who runs it.',
    BY_ITSELF,
    WAIT
  ),
  MpiPortsBusy: why(
    'no free MPI ports',
    'All ports that the site keeps for MPI are in use.',
    BY_ITSELF,
    WAIT
  ),
  NvidiaImexChannels: why(
    'no free IMEX channel',
    'All NVIDIA IMEX channels are in use.',
    BY_ITSELF,
    WAIT
  ),
  MaxPoweredUpNodes: why(
    'no more nodes may be powered up',
    'The site has powered up as many nodes as it allows.',
    BY_ITSELF,
    WAIT
  ),
  PowerNotAvail: why(
    'not enough power',
    'The cluster’s power limit leaves no room.',
    BY_ITSELF,
    WAIT
  ),
  PowerReserved: why(
    'power is reserved',
    'The cluster’s power is reserved for something else at that time.',
    BY_ITSELF,
    WAIT
  ),
  FrontEndDown: why('front end down', 'The cluster’s front-end node is down.', BY_ITSELF, WAIT),
  BurstBufferResources: why(
    'burst buffer is full',
    'There is too little free burst buffer.',
    BY_ITSELF,
    WAIT
  ),
  BurstBufferStageIn: why(
    'burst buffer gets ready',
    'Files are being brought into the burst buffer.',
    BY_ITSELF,
    WAIT
  ),
  BurstBufferOperation: why(
    'burst buffer failed',
    'An operation on the burst buffer failed.',
    `${NEVER} Change the burst buffer among the further lines.`,
    edit('scheduler.further'),
    REMOVE
  )
};
