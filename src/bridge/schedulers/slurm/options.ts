/**
 * sbatch's options, for what further `#SBATCH` lines may not say. Long names
 * may be abbreviated, so all have to be known (slurm/src/common/slurm_opt.c,
 * 22.05 to 26.05).
 */
export const LONG_OPTIONS: readonly string[] = `account acctg-freq array autocomplete batch bb bbf
  begin chdir cluster cluster-constraint clusters comment consolidate-segments constraint container
  container-id context contiguous core-spec cores-per-socket cpu-freq cpus-per-gpu cpus-per-task
  deadline delay-boot dependency distribution error exclude exclusive export export-file external
  extra extra-node-info get-user-env gid gpu-bind gpu-freq gpus gpus-per-node gpus-per-socket
  gpus-per-task gres gres-flags help hint hold ignore-pbs input job-name kill-on-invalid-dep
  licenses mail-type mail-user mcs-label mem mem-bind mem-per-cpu mem-per-gpu mem-update mincpus
  network nice no-kill no-requeue nodefile nodelist nodes ntasks ntasks-per-core ntasks-per-gpu
  ntasks-per-node ntasks-per-socket ntasks-per-tres oom-kill-step open-mode output overcommit
  oversubscribe parsable partition power prefer priority profile propagate qos quiet reboot requeue
  reservation resources resv-ports runtime segment signal sockets-per-node spread-job
  spread-segments stepmgr switches tasks-per-node test-only thread-spec threads-per-core time
  time-min tmp tres-bind tres-per-task uid usage use-min-nodes verbose version wait wait-all-nodes
  wckey wrap`.split(/\s+/);

/** Letters, and what they are short for. */
export const SHORT_OPTIONS: Readonly<Partial<Record<string, string>>> = {
  A: 'account',
  a: 'array',
  B: 'extra-node-info',
  b: 'begin',
  C: 'constraint',
  c: 'cpus-per-task',
  D: 'chdir',
  d: 'dependency',
  e: 'error',
  F: 'nodefile',
  G: 'gpus',
  H: 'hold',
  h: 'help',
  i: 'input',
  J: 'job-name',
  k: 'no-kill',
  L: 'licenses',
  M: 'clusters',
  m: 'distribution',
  N: 'nodes',
  n: 'ntasks',
  O: 'overcommit',
  o: 'output',
  p: 'partition',
  Q: 'quiet',
  q: 'qos',
  S: 'core-spec',
  s: 'oversubscribe',
  t: 'time',
  V: 'version',
  v: 'verbose',
  W: 'wait',
  w: 'nodelist',
  x: 'exclude'
};

/** Those that take no value, or one only after `=`. */
export const TAKES_NO_VALUE: ReadonlySet<string> = new Set(
  `consolidate-segments contiguous exclusive external get-user-env help hold ignore-pbs nice no-kill
  no-requeue oom-kill-step overcommit oversubscribe parsable propagate quiet reboot requeue
  resv-ports spread-job spread-segments stepmgr test-only usage use-min-nodes verbose version
  wait`.split(/\s+/)
);
