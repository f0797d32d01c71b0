/**
 * Variables by which a batch job or a pod shows itself: there all processes end
 * with the one that the site started, however they are detached.
 */
const SIGNS = [
  'KUBERNETES_SERVICE_HOST',
  'SLURM_JOB_ID',
  '_CONDOR_JOB_AD',
  'PBS_JOBID',
  'LSB_JOBID',
  'JOB_COMPLETION_INDEX'
] as const;

/** Whether the bridge is expected to end with the process that started it. */
export function endsWithServer(environment: NodeJS.ProcessEnv): boolean {
  return SIGNS.some(name => (environment[name] ?? '') !== '');
}
