import { join } from 'node:path/posix';
import { PilothouseError } from '../../errors';
import type { IHost } from '../../hosts/tokens';
import type { SchedulerCommands } from '../commands';
import { EXIT_FILE } from '../pilotScript';
import type { JobReport } from '../tokens';
import { accountsCommand, keepsNoAccounts, parseAccounts, type IAccount } from './accounting';
import { detailsCommand, parseDetails, type IDetails } from './details';
import { elementId } from './jobs';
import { OUTPUT_FILE } from './header';
import { parseQueue, queueCommand, type IQueueRow } from './queue';
import {
  gone,
  neverStarted,
  reportOfAccount,
  reportOfEnd,
  reportOfExitFile,
  reportOfRow
} from './report';
import type { ITracked, Look } from './watch';

/** Accounts are written a little after slurmctld forgets: so often they are asked for one job. */
const ACCOUNTS_ROUNDS = 3;
/** Exit files read at one time. */
const READ_TOGETHER = 16;

/**
 * One round of questions, their number independent of that of jobs: squeue for
 * all; squeue again for the exit codes of those that have just ended; sacct
 * for those that squeue has forgotten, or where there are no accounts what the
 * pilots wrote themselves.
 */
export function lookAt(commands: SchedulerCommands, host: IHost): Look {
  let accounts = true;

  const accountsOf = async (missing: readonly ITracked[]): Promise<Map<string, IAccount>> => {
    const argv = accountsCommand(idsOf(missing));
    const result = await commands.run(argv);
    if (result.exitCode !== 0) {
      if (keepsNoAccounts(result.stderr)) {
        accounts = false;
        return new Map();
      }
      throw commands.failure(argv, result);
    }
    return byElement(commands.read(argv, result.stdout, parseAccounts));
  };

  return async (tracked, report) => {
    const asked = tracked.filter(({ job, settled }) => job.id !== null && settled === null);
    const rows = asked.length === 0 ? new Map<string, IQueueRow>() : await queue(asked);
    const changed: { one: ITracked; row: IQueueRow }[] = [];
    const missing: ITracked[] = [];
    for (const one of tracked) {
      const row = one.settled === null ? rows.get(elementId(one.job)) : undefined;
      if (row === undefined) {
        missing.push(one);
        continue;
      }
      one.missing = 0;
      const said = reportOfRow(row, one.restarts);
      if (said === null || wasQueuedAgain(one, said)) {
        changed.push({ one, row });
      } else {
        one.state = row.state;
        one.ran ||= said.state === 'running';
        report(one, said);
      }
    }
    await tellChanged(changed, report);
    await tellMissing(missing, report);
  };

  async function queue(asked: readonly ITracked[]): Promise<Map<string, IQueueRow>> {
    return byElement(await commands.ask(queueCommand(idsOf(asked)), parseQueue));
  }

  /** Ended, or queued again: how, and how often before, only the columns of fixed width say. */
  async function tellChanged(
    changed: readonly { one: ITracked; row: IQueueRow }[],
    report: (one: ITracked, said: JobReport) => void
  ): Promise<void> {
    if (changed.length === 0) {
      return;
    }
    const ids = idsOf(changed.map(({ one }) => one));
    const details = byElement<IDetails>(await commands.ask(detailsCommand(ids), parseDetails));
    for (const { one, row } of changed) {
      const its = details.get(elementId(one.job));
      one.state = row.state;
      one.restarts = its?.restarts ?? one.restarts;
      report(one, reportOfRow(row, one.restarts) ?? reportOfEnd(row, its));
    }
  }

  async function tellMissing(
    missing: readonly ITracked[],
    report: (one: ITracked, said: JobReport) => void
  ): Promise<void> {
    const open = missing.filter(({ settled }) => settled === null);
    const known = open.filter(({ job }) => job.id !== null);
    const ends = known.length > 0 && accounts ? await endsOf(known) : new Map<string, IAccount>();
    const unknown: ITracked[] = [];
    for (const one of open) {
      one.missing += 1;
      const account = ends.get(elementId(one.job));
      const said = account === undefined ? null : reportOfAccount(account);
      if (said !== null) {
        report(one, said);
      } else {
        unknown.push(one);
      }
    }
    await tellUnknown(unknown, report);
    for (const { one, said } of missing.flatMap(one =>
      one.settled === null ? [] : [{ one, said: one.settled }]
    )) {
      report(one, said);
    }
  }

  /** Accounts that do not answer do not make slurmctld's answer less true: they are asked again later. */
  async function endsOf(known: readonly ITracked[]): Promise<Map<string, IAccount>> {
    try {
      return await accountsOf(known);
    } catch (error) {
      if (error instanceof PilothouseError) {
        return new Map();
      }
      throw error;
    }
  }

  /** What lies in their folders is the last word: Slurm makes `output` when a job starts. */
  async function tellUnknown(
    unknown: readonly ITracked[],
    report: (one: ITracked, said: JobReport) => void
  ): Promise<void> {
    if (unknown.length === 0) {
      return;
    }
    const path = (one: ITracked, name: string): string => join(one.job.folder, name);
    const left = await host.sizes(
      unknown.flatMap(one => [path(one, OUTPUT_FILE), path(one, EXIT_FILE)])
    );
    const started = unknown.filter(one => left.has(path(one, EXIT_FILE)));
    const exits = new Map<ITracked, JobReport | null>();
    for (let at = 0; at < started.length; at += READ_TOGETHER) {
      await Promise.all(
        started.slice(at, at + READ_TOGETHER).map(async one => {
          const file = await host.read(path(one, EXIT_FILE), 0, 16);
          exits.set(one, reportOfExitFile(file?.bytes.toString('latin1') ?? ''));
        })
      );
    }
    for (const one of unknown) {
      const id = elementId(one.job);
      const exit = exits.get(one) ?? null;
      if (exit !== null) {
        report(one, exit);
      } else if (!one.ran && !left.has(path(one, OUTPUT_FILE))) {
        report(one, neverStarted(id));
      } else if (!accounts || one.job.id === null || one.missing >= ACCOUNTS_ROUNDS) {
        one.settled = gone(id, accounts);
      }
    }
  }
}

/** Taken off its node, or just queued after that: how often now, only its details say. */
const wasQueuedAgain = (one: ITracked, said: JobReport): boolean =>
  said.state !== 'running' &&
  said.state !== 'suspended' &&
  one.state !== null &&
  !['PENDING', 'CONFIGURING'].includes(one.state);

const idsOf = (tracked: readonly ITracked[]): string[] => [
  ...new Set(tracked.flatMap(({ job }) => (job.id === null ? [] : [job.id])))
];

const byElement = <T extends { readonly id: string; readonly element: number }>(
  rows: readonly T[]
): Map<string, T> => new Map(rows.map(row => [elementId(row), row]));
