/** What a login gives. */
const KEPT = ['HOME', 'USER', 'LOGNAME', 'PATH', 'TMPDIR', 'SHELL', 'TZ', 'LANG'];
/** Which scheduler its commands speak to (sbatch(1), ENVIRONMENT VARIABLES; HTCondor manual, "Configuration"). */
const OF_SCHEDULERS = ['SLURM_CONF', 'SLURM_CLUSTERS', 'SLURM_TIME_FORMAT', 'CONDOR_CONFIG'];
const OF_CONDOR = /^_condor_/i;
const FALLBACK_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The environment of commands at a submit host: a login's, and what tells a
 * scheduler's commands where their scheduler is. Nothing else of the process
 * that happened to start the bridge, or of the login's shell: neither a Jupyter
 * token, nor the `SLURM_*` and `SBATCH_*` of a job that the notebook itself may
 * run in, which `sbatch` would take for options.
 */
export function commandEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(own)) {
    const keep =
      KEPT.includes(name) ||
      name.startsWith('LC_') ||
      OF_SCHEDULERS.includes(name) ||
      OF_CONDOR.test(name);
    if (keep) {
      kept[name] = value;
    }
  }
  return { ...kept, PATH: own.PATH ?? FALLBACK_PATH };
}
