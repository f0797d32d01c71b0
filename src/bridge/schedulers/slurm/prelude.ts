import { walltimeSeconds, type Profile } from '../../../protocol';
import { EXIT_FILE } from '../pilotScript';

/**
 * The first commands of a pilot's script at Slurm. The job starts in its
 * submission's folder, with `--export=NIL`: from Slurm 23 on that is a nearly
 * empty environment, before it is that of a login (sbatch(1), `--export`).
 */
export function prelude(profile: Profile): string[] {
  const seconds = walltimeSeconds(profile);
  return [
    'pilothouse_folder=$SLURM_SUBMIT_DIR/$SLURM_ARRAY_TASK_ID',
    'pilothouse_home=${SLURM_SUBMIT_DIR%/*}',
    `rm -f "$pilothouse_folder/${EXIT_FILE}"`,
    '[ -n "${PATH-}" ] || PATH=/usr/local/bin:/usr/bin:/bin',
    '[ -n "${HOME-}" ] || HOME=$(getent passwd "$(id -u)" | cut -d: -f6)',
    '[ -n "${USER-}" ] || USER=$(id -un)',
    '[ -n "${LOGNAME-}" ] || LOGNAME=$USER',
    'export PATH HOME USER LOGNAME',
    '# Else an srun in a task would start without the task’s environment.',
    'unset SLURM_EXPORT_ENV SLURM_GET_USER_ENV',
    ...(seconds === null
      ? []
      : [
          '# Slurm says so itself from 23.02 on.',
          `[ -n "\${SLURM_JOB_END_TIME-}" ] || SLURM_JOB_END_TIME=$(($(date +%s) + ${seconds}))`,
          'export SLURM_JOB_END_TIME'
        ])
  ];
}
