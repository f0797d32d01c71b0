import { LIMITS } from '../limits';
import { edit, why, type IExplained, type IWhySentence, type Why } from './sentence';

/** By the cause of a pilot's end: what went wrong on its node before its agent was up. */
const CAUSES: Readonly<Record<string, IExplained>> = {
  modules_failed: why(
    'a module failed',
    'An environment module could not be loaded on the pilot’s node; what it said stands below.',
    'Correct the modules: names and versions are those that `module avail` shows on a node.',
    edit('environment.modules'),
    edit('environment.workerInit')
  ),
  worker_init_failed: why(
    'worker_init failed',
    'worker_init ended with an error on the pilot’s node, or left the script; what it said stands below.',
    'Correct worker_init. A last line of “:” says that how it ends does not matter.',
    edit('environment.workerInit')
  ),
  setup_hangs: why(
    'setup hangs',
    'Modules and worker_init were not done in the time that the profile gives them; what they waited for stands below.',
    'Correct worker_init, or give it more seconds.',
    edit('environment.workerInit'),
    edit('environment.setupSeconds')
  ),
  python_missing: why(
    'no Python',
    'The pilot’s node has no Python that can serve the notebook’s kernel.',
    'Name a Python of that machine, or load one by a module or in worker_init.',
    edit('environment.python'),
    edit('environment.modules'),
    edit('environment.workerInit')
  ),
  runtime_unfit: why(
    'node too old or of another kind',
    'The kernel’s Python or Parsl cannot run on the pilot’s node: its C library is older, or it has another architecture.',
    'Ask for other nodes, use a container image, or load a Python of the kernel’s version there.',
    edit('scheduler'),
    edit('environment.python')
  ),
  runtime_failed: why(
    'no room for Parsl, or not all arrived',
    'What the pilot was given could not be unpacked on its node; what went wrong stands below.',
    'If the disk is full, ask for more scratch space, or set TMPDIR in worker_init to a folder with room.',
    edit('pilot.diskMiB'),
    edit('environment.workerInit')
  ),
  folder_missing: why(
    'the pilot’s folder is gone or full',
    'The pilot could not enter its folder on its node, or not write there.',
    'Choose a folder of the submit host that nodes see and that has room.',
    edit('submitHost.folder')
  )
};

/** What pilots themselves tell, whatever their scheduler. Codes begin with `pilot.` */
export const PILOT_WHYS: Readonly<Record<string, IWhySentence>> = Object.fromEntries(
  Object.entries(CAUSES).map(([cause, { title, says, helps }]) => [
    `pilot.${cause}`,
    { title, says, helps }
  ])
);

/** Why a pilot ended by this cause, where its script has found out; else null. */
export function pilotWhy(cause: string, words: string): Why | null {
  const found = Object.hasOwn(CAUSES, cause) ? CAUSES[cause] : undefined;
  return found === undefined
    ? null
    : {
        code: `pilot.${cause}`,
        params: {},
        words: words.slice(-LIMITS.wordsChars),
        actions: [...found.actions]
      };
}
