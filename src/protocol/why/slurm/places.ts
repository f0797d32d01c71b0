import { BY_ITSELF, NEVER, REMOVE, WAIT, edit, why, type IExplained } from '../sentence';

/** Nodes, partitions, reservations. */
export const SLURM_PLACES: Readonly<Record<string, IExplained>> = {
  PartitionDown: why(
    'partition is down',
    'Its partition takes jobs but starts none now.',
    'It starts when the site opens the partition again; or use another.',
    WAIT,
    edit('scheduler.partition')
  ),
  PartitionInactive: why(
    'partition is inactive',
    'Its partition is inactive and starts no jobs.',
    'Use another partition, or ask the site when it opens.',
    edit('scheduler.partition'),
    WAIT
  ),
  PartitionTimeLimit: why(
    'walltime over the partition’s limit',
    'A pilot’s walltime is longer than its partition allows.',
    `${NEVER} Give pilots a shorter walltime, or use another partition.`,
    edit('pilot.walltime'),
    edit('scheduler.partition'),
    REMOVE
  ),
  PartitionNodeLimit: why(
    'partition has no such nodes now',
    'A pilot asks for another number of nodes than its partition allows, or its nodes are down.',
    'Use another partition, or wait where nodes are down.',
    edit('scheduler.partition'),
    WAIT
  ),
  PartitionConfig: why(
    'partition does not allow this',
    'A pilot breaks a limit of its partition.',
    `${NEVER} Compare cores, memory and walltime with the partition’s limits, or use another.`,
    edit('scheduler.partition'),
    REMOVE
  ),
  ReqNodeNotAvail: why(
    'nodes are not available',
    'Nodes it needs are reserved, down, drained or do not answer; often a maintenance is near.',
    'It waits for them. Before a maintenance, a walltime that ends before it begins lets pilots start now.',
    WAIT,
    edit('pilot.walltime')
  ),
  NodesUnavailable: why(
    'nodes are down or reserved',
    'Nodes it needs are down, drained, or kept for jobs in partitions of higher priority.',
    'It starts when nodes are there again; another partition may have some now.',
    WAIT,
    edit('scheduler.partition')
  ),
  NodeDown: why(
    'node is down',
    'A node that it needs is down.',
    'It starts when the node is back.',
    WAIT,
    edit('scheduler.further')
  ),
  BadConstraints: why(
    'no node is like that',
    'No node of the site can fulfil what a pilot asks for.',
    `${NEVER} Compare cores, memory, GPUs and the constraint with what nodes have.`,
    edit('scheduler.constraint'),
    edit('pilot.cores'),
    edit('pilot.memoryMiB'),
    REMOVE
  ),
  Constraints: why(
    'no such node now',
    'No node that fulfils its constraint can be had now.',
    'It starts when there is one; a weaker constraint helps.',
    WAIT,
    edit('scheduler.constraint')
  ),
  Reservation: why(
    'waits for its reservation',
    'The reservation it is to run in has not begun, or is full.',
    BY_ITSELF,
    WAIT,
    edit('scheduler.reservation')
  ),
  ReservationDeleted: why(
    'reservation deleted',
    'The reservation it is to run in is no longer there.',
    `${NEVER} Leave the reservation out, or name another.`,
    edit('scheduler.reservation'),
    REMOVE
  ),
  ReservationInvalid: why(
    'reservation cannot be used',
    'The reservation it is to run in cannot be used for it.',
    `${NEVER} Leave the reservation out, or name another.`,
    edit('scheduler.reservation'),
    REMOVE
  ),
  BlockMaxError: why(
    'too many errors on the machine',
    'The part of the machine it would use has had too many errors.',
    BY_ITSELF,
    WAIT
  ),
  BlockFreeAction: why(
    'the machine gets ready',
    'The part of the machine it would use is being set free.',
    BY_ITSELF,
    WAIT
  ),
  MaxMemPerLimit: why(
    'asks for too much memory',
    'A pilot asks for more memory, per core or on a node, than the site allows.',
    `${NEVER} Give pilots less memory, or more cores for it.`,
    edit('pilot.memoryMiB'),
    edit('pilot.cores'),
    REMOVE
  )
};
