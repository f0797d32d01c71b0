import type { SiteLimits } from '../../../../protocol';
import { seconds } from './partitions';

type Accounts = NonNullable<SiteLimits['accounts']>;
type Qos = NonNullable<SiteLimits['qos']>;

const ACCOUNT_FIELDS = ['Account', 'Partition', 'QOS', 'MaxSubmit', 'GrpSubmit'];
const QOS_FIELDS = ['Name', 'MaxWall', 'MaxJobsPU', 'MaxSubmitPU', 'GrpSubmit'];

export const accountsCommand = (user: string): readonly string[] => [
  ...['sacctmgr', '-P', 'show', 'assoc', `user=${user}`, `format=${ACCOUNT_FIELDS.join(',')}`]
];
export const QOS_COMMAND: readonly string[] = [
  ...['sacctmgr', '-P', 'show', 'qos', `format=${QOS_FIELDS.join(',')}`]
];

/** A site without slurmdbd has neither accounts nor QOS. */
export const hasNoAccounts = (stderr: string): boolean =>
  /not running a supported accounting_storage plugin|accounting storage is disabled/i.test(stderr);

export interface IAccounts {
  readonly accounts: Accounts;
  /** The most that any of the user's accounts lets be queued and running; null: no limit. */
  readonly maxSubmit: number | null;
}

/** This user's accounts; an empty list is an answer: there are none. */
export function parseAccountLimits(stdout: string): IAccounts {
  const limits: (number | null)[] = [];
  const accounts = rows(stdout).map(([account, partition, qos, maxSubmit, grpSubmit]) => {
    limits.push(least(count(maxSubmit), count(grpSubmit)));
    return {
      account,
      partition: partition === '' ? null : partition,
      qos: qos.split(',').filter(name => name !== '')
    };
  });
  const known = limits.filter(limit => limit !== null);
  return {
    accounts,
    maxSubmit: limits.length === 0 || known.length < limits.length ? null : Math.max(...known)
  };
}

export function parseQos(stdout: string): Qos {
  return rows(stdout).map(([name, wall, maxJobs, maxSubmit, grpSubmit]) => ({
    name,
    maxSeconds: seconds(wall),
    maxJobs: count(maxJobs),
    maxSubmit: least(count(maxSubmit), count(grpSubmit))
  }));
}

/** Lines after the header. */
const rows = (stdout: string): string[][] =>
  stdout
    .split('\n')
    .slice(1)
    .filter(line => line !== '')
    .map(line => line.split('|'));

const count = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : null;

const least = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.min(one, other);
