import { join } from 'node:path/posix';
import type { PilotId } from '../../../protocol';
import type { IHost } from '../../hosts/tokens';
import type { SchedulerCommands } from '../commands';
import { jobNameOf, type IJob, type ISubmission } from '../tokens';
import { callsUnderWay, stillRuns, type ISubmitCommand } from '../underWay';
import { keepsNoAccounts, namedAccountsCommand, parseAccounts } from './accounting';
import { writeJob } from './jobs';
import { OUTPUT_FILE } from './header';
import { namesCommand, parseNames } from './queue';

/** Names in one question. */
const MOST_NAMES = 100;
const SBATCH: ISubmitCommand = { program: 'sbatch', beforeName: '--job-name=' };

/**
 * Jobs of submissions whose reply never came: by their names in the queue,
 * then in the accounts, then by what they left in their folders.
 * @throws PilothouseError where it cannot be known
 */
export async function findJobs(
  commands: SchedulerCommands,
  host: IHost,
  submissions: readonly ISubmission[]
): Promise<Map<PilotId, IJob>> {
  const found = new Map<PilotId, IJob>();
  for (let at = 0; at < submissions.length; at += MOST_NAMES) {
    const some = submissions.slice(at, at + MOST_NAMES);
    const byName = new Map(some.map(submission => [jobNameOf(submission), submission]));
    const underWay = await callsUnderWay(commands, SBATCH, some);
    const rows = await commands.ask(namesCommand([...byName.keys()]), parseNames);
    take(found, byName, rows);
    const left = some.filter(({ pilots }) => !pilots.every(pilot => found.has(pilot)));
    if (left.length > 0) {
      const names = new Map(left.map(submission => [jobNameOf(submission), submission]));
      take(found, names, await accountsOf(commands, [...names.keys()]));
      await takeLeftBehind(found, host, left);
    }
    const waiting = underWay.find(({ pilots }) => !pilots.some(pilot => found.has(pilot)));
    if (waiting !== undefined) {
      throw stillRuns(SBATCH, waiting, host);
    }
  }
  return found;
}

interface INamed {
  readonly id: string;
  readonly element: number;
  readonly name: string | null;
}

function take(
  found: Map<PilotId, IJob>,
  byName: ReadonlyMap<string, ISubmission>,
  rows: readonly INamed[]
): void {
  for (const { id, element, name } of rows) {
    const submission = byName.get(name ?? '');
    const pilot = submission?.pilots.at(element);
    if (submission !== undefined && pilot !== undefined && !found.has(pilot)) {
      const folder = join(submission.folder, String(element));
      found.set(pilot, writeJob({ id, element, folder }));
    }
  }
}

async function accountsOf(
  commands: SchedulerCommands,
  names: readonly string[]
): Promise<readonly INamed[]> {
  const argv = namedAccountsCommand(names);
  const result = await commands.run(argv);
  if (result.exitCode !== 0) {
    if (keepsNoAccounts(result.stderr)) {
      return [];
    }
    throw commands.failure(argv, result);
  }
  return commands.read(argv, result.stdout, parseAccounts);
}

/** Without accounts: a job that ran and was forgotten has left its output. */
async function takeLeftBehind(
  found: Map<PilotId, IJob>,
  host: IHost,
  submissions: readonly ISubmission[]
): Promise<void> {
  const outputs = new Map<string, { pilot: PilotId; element: number; folder: string }>();
  for (const { folder, pilots } of submissions) {
    for (const [element, pilot] of pilots.entries()) {
      if (!found.has(pilot)) {
        const own = join(folder, String(element));
        outputs.set(join(own, OUTPUT_FILE), { pilot, element, folder: own });
      }
    }
  }
  for (const path of (await host.sizes([...outputs.keys()])).keys()) {
    const left = outputs.get(path);
    if (left !== undefined) {
      found.set(left.pilot, writeJob({ id: null, element: left.element, folder: left.folder }));
    }
  }
}
