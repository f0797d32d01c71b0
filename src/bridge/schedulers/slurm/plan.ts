import type { Profile } from '../../../protocol';
import { pilotScript } from '../pilotScript';
import { SUBMISSION_NAME, type IPilotMakings, type IPlan } from '../tokens';
import { headerLines } from './header';
import { prelude } from './prelude';

export const SCRIPT_FILE = 'pilot.sh';

/** The one call; its job's name is SUBMISSION_NAME or what stands for it. */
export const submitCommand = (jobName: string): readonly string[] => [
  'sbatch',
  '--parsable',
  `--job-name=${jobName}`,
  SCRIPT_FILE
];

/**
 * What submitting so many pilots writes and runs.
 * @throws QuoteError for a field that no `#SBATCH` line can hold
 */
export function planSubmission(profile: Profile, pilots: number, makings: IPilotMakings): IPlan {
  return {
    files: [
      {
        path: SCRIPT_FILE,
        language: 'shell',
        lines: pilotScript(profile, {
          header: headerLines(profile, pilots),
          prelude: prelude(profile),
          makings
        })
      }
    ],
    others: [
      { path: '<n>/pilot.json', what: 'who pilot number n is, with its secret' },
      { path: `../${makings.agent}`, what: 'the agent, sent once' },
      ...(makings.runtime === null
        ? []
        : [{ path: `../${makings.runtime.name}`, what: 'Parsl and what it needs, sent once' }])
    ],
    command: submitCommand(SUBMISSION_NAME)
  };
}
