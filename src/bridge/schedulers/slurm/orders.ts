import type { Order } from '../batch';
import { inLines, jobExpressions, readJob } from './jobs';
import { wordsOf, type SchedulerCommands } from '../commands';

/** So many expressions are one call: scancel and scontrol ask slurmctld once for each. */
const ORDERS_MS = 120_000;

/** What one orders of jobs, and the tool that takes it. */
const ORDERS = {
  // `--quiet`: jobs that have ended already are no error.
  remove: ['scancel', '--quiet'],
  // As its owner even where an administrator does: who holds it may release it (scontrol(1), uhold).
  hold: ['scontrol', 'uhold'],
  release: ['scontrol', 'release']
} as const satisfies Record<Order, readonly string[]>;

/** Said of jobs that have ended already, whose elements then are nobody's loss. */
const OVER =
  /no error|invalid job id|already (completing|completed|finished)|job has (already )?finished|job is not pending|no longer pending execution|job is pending execution/i;

/**
 * Orders jobs: whole ranges of arrays in one expression, as few calls as the
 * length of a line allows.
 * @throws PilothouseError with the tool's words for what it refused, but jobs that are over
 */
export async function order(
  commands: SchedulerCommands,
  what: Order,
  jobs: ReadonlyMap<unknown, string>
): Promise<void> {
  for (const line of inLines(jobExpressions([...jobs.values()].map(readJob)))) {
    const argv = [...ORDERS[what], ...line];
    const result = await commands.run(argv, { timeoutMs: ORDERS_MS });
    const said = wordsOf(result)
      .split('\n')
      .filter(text => text.trim() !== '');
    if (result.exitCode !== 0 && !(said.length > 0 && said.every(text => OVER.test(text)))) {
      throw commands.failure(argv, result);
    }
  }
}
