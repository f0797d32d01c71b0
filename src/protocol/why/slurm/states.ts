import { REMOVE, RELEASE, WAIT, edit, type IExplained } from '../sentence';

/** States in which Slurm is done with a job, or holds it, by their long names (squeue(1), JOB STATE CODES). */
export const SLURM_STATES: Readonly<Record<string, IExplained>> = {
  TIMEOUT: {
    title: 'walltime over',
    says: 'Slurm ended the job because its walltime was over.',
    helps: 'Give pilots a longer walltime, or tasks that are shorter.',
    actions: [edit('pilot.walltime')]
  },
  DEADLINE: {
    title: 'deadline passed',
    says: 'Slurm ended the job at the deadline it was given.',
    helps: 'Change or leave out --deadline among the further lines.',
    actions: [edit('scheduler.further')]
  },
  OUT_OF_MEMORY: {
    title: 'out of memory',
    says: 'The job used more memory than it had asked for, and Slurm ended it.',
    helps: 'Give pilots more memory, or fewer workers each.',
    actions: [edit('pilot.memoryMiB'), edit('pilot.workers')]
  },
  NODE_FAIL: {
    title: 'node failed',
    says: 'A node of the job went down.',
    helps: 'Nothing has to be done; other nodes will do.',
    actions: []
  },
  BOOT_FAIL: {
    title: 'node did not boot',
    says: 'The node that the job was given did not boot.',
    helps: 'Nothing has to be done; other nodes will do.',
    actions: []
  },
  PREEMPTED: {
    title: 'made room for another job',
    says: 'Slurm ended the job so that one of higher priority could run.',
    helps: 'Where that happens often, another partition or QOS, or a shorter walltime, helps.',
    actions: [edit('scheduler.qos'), edit('scheduler.partition')]
  },
  CANCELLED: {
    title: 'cancelled',
    says: 'The job was cancelled, by you or by an administrator.',
    helps: '',
    actions: []
  },
  REVOKED: {
    title: 'runs on another cluster',
    says: 'Another cluster of the federation runs this job.',
    helps: 'Pilothouse follows jobs of one cluster only.',
    actions: []
  },
  FAILED: {
    title: 'failed',
    says: 'The job ended with an error.',
    helps: 'Its output says which.',
    actions: []
  },
  CONFIGURING: {
    title: 'nodes get ready',
    says: 'The job has its node, which is being booted or set up.',
    helps: 'It starts by itself.',
    actions: [WAIT]
  },
  REQUEUED: {
    title: 'queued again',
    says: 'Slurm has taken the job off its node and queues it again.',
    helps: 'It starts by itself.',
    actions: [WAIT]
  },
  REQUEUE_FED: {
    title: 'queued again',
    says: 'Slurm queues the job again because another cluster of the federation gave it up.',
    helps: 'It starts by itself.',
    actions: [WAIT]
  },
  REQUEUE_HOLD: {
    title: 'queued again and held',
    says: 'Slurm has taken the job off its node, queued it again, and holds it.',
    helps: 'Release it to let it start.',
    actions: [RELEASE, REMOVE]
  },
  SPECIAL_EXIT: {
    title: 'ended specially and held',
    says: 'The job ended in a way that the site treats specially: it is queued again, and held.',
    helps: 'Release it to let it start, or ask the site what this means there.',
    actions: [RELEASE, REMOVE]
  },
  RESV_DEL_HOLD: {
    title: 'reservation deleted',
    says: 'The reservation that the job was to run in has been deleted, so it is held.',
    helps: 'Leave the reservation out of the profile, or name another, and ask again.',
    actions: [edit('scheduler.reservation'), REMOVE]
  },
  SUSPENDED: {
    title: 'suspended',
    says: 'Slurm has suspended the job, usually so that one of higher priority can run.',
    helps: 'It goes on by itself.',
    actions: [WAIT]
  },
  STOPPED: {
    title: 'stopped',
    says: 'The job was stopped with SIGSTOP and keeps its node.',
    helps: 'It goes on when it is sent SIGCONT.',
    actions: [REMOVE]
  }
};
