import type { LogFile, Profile } from '../../../protocol';
import { pilotScript } from '../pilotScript';
import type { IPilotMakings, IPlan } from '../tokens';

/** The script each pilot runs, in the submission's folder. */
const SCRIPT_FILE = 'pilot.sh';

/** What a pilot leaves, seen from its own folder. */
export const localFiles = {
  output: 'output',
  script: `../${SCRIPT_FILE}`
} as const satisfies Partial<Record<LogFile, string>>;

/**
 * Pilots as processes: each is started in its own folder with the one script
 * of its submission.
 */
export function localPlan(profile: Profile, pilots: number, makings: IPilotMakings): IPlan {
  return {
    files: [
      {
        path: SCRIPT_FILE,
        language: 'shell',
        lines: pilotScript(profile, {
          header: [],
          prelude: ['pilothouse_folder=$(pwd -P)', 'pilothouse_home=$(cd ../.. && pwd -P)'],
          makings
        })
      }
    ],
    others: Array.from({ length: pilots }, (_, number) => ({
      path: `${number}/pilot.json`,
      what: 'who the pilot is and how it proves that (private)'
    })),
    command: ['/bin/sh', localFiles.script]
  };
}
