import { AGENT_EXITS, type PilotEnd } from '../../protocol';
import type { JobReport } from '../schedulers';
import { SCRIPT_EXIT } from '../schedulers/pilotScript';

/** Why a pilot ended: for a person, and as the cause that like failures share. */
export interface IPilotEnding {
  readonly end: PilotEnd;
  readonly cause: string;
}

/**
 * What the end of a job means. What the bridge or the agent has said before
 * counts for more than the exit code, which is then what they made of it.
 */
export function endingOf(
  report: Extract<JobReport, { state: 'ended' }>,
  told: PilotEnd | null
): IPilotEnding {
  if (told !== null) {
    return { end: told, cause: told };
  }
  const verdict = report.end ?? null;
  if (verdict !== null && !(verdict === 'failed' && saysMore(report.exitCode))) {
    return { end: verdict, cause: report.why?.code ?? verdict };
  }
  if (report.signal !== null) {
    return { end: 'failed', cause: `signal_${report.signal}` };
  }
  switch (report.exitCode) {
    case 0:
      return { end: 'finished', cause: 'finished' };
    case null:
      return { end: 'failed', cause: 'gone' };
    case SCRIPT_EXIT.pythonMissing:
      return { end: 'failed', cause: 'python_missing' };
    case SCRIPT_EXIT.workerInitFailed:
      return { end: 'failed', cause: 'worker_init_failed' };
    case SCRIPT_EXIT.folderMissing:
      return { end: 'failed', cause: 'folder_missing' };
    case SCRIPT_EXIT.modulesFailed:
      return { end: 'failed', cause: 'modules_failed' };
    case SCRIPT_EXIT.setupHangs:
      return { end: 'failed', cause: 'setup_hangs' };
    case SCRIPT_EXIT.runtimeUnfit:
      return { end: 'failed', cause: 'runtime_unfit' };
    case SCRIPT_EXIT.runtimeFailed:
      return { end: 'failed', cause: 'runtime_failed' };
    default:
      return ofAgent(report.exitCode);
  }
}

/** Exit codes by which script and agent say more than that the job failed. */
const saysMore = (exitCode: number | null): boolean => exitCode !== null && exitCode !== 0;

/** An agent that could not say why it ended says it by its exit code. */
function ofAgent(exitCode: number): IPilotEnding {
  switch (exitCode) {
    case AGENT_EXITS.idle_timeout:
      return { end: 'idle_timeout', cause: 'idle_timeout' };
    case AGENT_EXITS.walltime:
      return { end: 'walltime', cause: 'walltime' };
    case AGENT_EXITS.no_contact:
      return { end: 'no_contact', cause: 'no_contact' };
    case AGENT_EXITS.removed:
      return { end: 'removed', cause: 'removed' };
    case AGENT_EXITS.refused:
      return { end: 'failed', cause: 'agent_refused' };
    case AGENT_EXITS.failed:
      return { end: 'failed', cause: 'agent_failed' };
    case AGENT_EXITS.bad_file:
      return { end: 'failed', cause: 'agent_bad_file' };
    default:
      return { end: 'failed', cause: `exit_${exitCode}` };
  }
}
