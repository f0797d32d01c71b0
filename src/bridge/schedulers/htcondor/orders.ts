import type { Order } from '../batch';
import { wordsOf, type SchedulerCommands } from '../commands';
import { jobConstraints, readJob } from './jobs';

/** What one orders of jobs, and the tool that takes it. */
const ORDERS = {
  remove: 'condor_rm',
  hold: 'condor_hold',
  release: 'condor_release'
} as const satisfies Record<Order, string>;

/** The schedd marks jobs one by one, thousands in some seconds. */
const ORDERS_MS = 120_000;

/** Said where no job is left for an order: it has ended, or is as it is wanted. */
const OVER =
  /^(couldn't find\/\w+ all jobs matching constraint .*|\w+:0:there are no jobs in the queue)$/i;

/**
 * Orders jobs: all of them by one constraint, or as few as may be.
 * @throws PilothouseError with the tool's words for what it refused, but jobs that are over
 */
export async function order(
  commands: SchedulerCommands,
  what: Order,
  jobs: ReadonlyMap<unknown, string>
): Promise<void> {
  for (const constraint of jobConstraints([...jobs.values()].map(readJob))) {
    const argv = [ORDERS[what], '-constraint', constraint];
    const result = await commands.run(argv, { timeoutMs: ORDERS_MS });
    if (result.exitCode !== 0 && !isOver(wordsOf(result))) {
      throw commands.failure(argv, result);
    }
  }
}

/** Whether a tool has found nothing to do, and nothing else is wrong. */
export function isOver(words: string): boolean {
  const lines = words.split('\n').filter(line => line.trim() !== '');
  return lines.length > 0 && lines.every(line => OVER.test(line.trim()));
}
