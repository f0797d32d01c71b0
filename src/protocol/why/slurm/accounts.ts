import { BY_ITSELF, NEVER, REMOVE, WAIT, edit, why, type IExplained } from '../sentence';

/** Accounts and QOS, beyond the limits that have a grammar. */
export const SLURM_ACCOUNTS: Readonly<Record<string, IExplained>> = {
  InvalidAccount: why(
    'account is not valid',
    'Slurm does not know the account, or you are not in it.',
    `${NEVER} Choose one of your accounts.`,
    edit('scheduler.account'),
    REMOVE
  ),
  AccountNotAllowed: why(
    'account may not run here',
    'The partition does not take jobs of this account.',
    `${NEVER} Choose another partition or account.`,
    edit('scheduler.partition'),
    edit('scheduler.account'),
    REMOVE
  ),
  InvalidQOS: why(
    'QOS is not valid',
    'Slurm does not know the QOS, or your account may not use it.',
    `${NEVER} Choose another QOS, or leave it out.`,
    edit('scheduler.qos'),
    REMOVE
  ),
  QOSNotAllowed: why(
    'QOS may not run here',
    'The account or the partition does not allow this QOS.',
    `${NEVER} Choose another QOS or partition.`,
    edit('scheduler.qos'),
    edit('scheduler.partition'),
    REMOVE
  ),
  QOSUsageThreshold: why(
    'used too much lately',
    'Your account has used too much lately for this QOS.',
    'It starts when past use has been forgotten; another QOS may take it now.',
    WAIT,
    edit('scheduler.qos')
  ),
  QOSJobLimit: why(
    'limit of jobs reached',
    'So many jobs run under the QOS as may at once.',
    'It starts by itself when one of them ends.',
    WAIT,
    edit('scheduler.qos')
  ),
  QOSResourceLimit: why(
    'limit of the QOS reached',
    'Jobs under the QOS have as much of a resource as they may.',
    BY_ITSELF,
    WAIT,
    edit('scheduler.qos')
  ),
  QOSTimeLimit: why(
    'time of the QOS used up',
    'The time that the QOS may use is used up, or the walltime is over its limit.',
    'Give pilots a shorter walltime, or use another QOS.',
    edit('pilot.walltime'),
    edit('scheduler.qos')
  ),
  AssociationJobLimit: why(
    'limit of jobs reached',
    'So many jobs of your account run as may at once.',
    'It starts by itself when one of them ends.',
    WAIT,
    edit('scheduler.account')
  ),
  AssociationResourceLimit: why(
    'limit of the account reached',
    'Jobs of your account have as much of a resource as they may.',
    BY_ITSELF,
    WAIT,
    edit('scheduler.account')
  ),
  AssociationTimeLimit: why(
    'time of the account used up',
    'The time that your account may use is used up, or the walltime is over its limit.',
    'Give pilots a shorter walltime, or use another account.',
    edit('pilot.walltime'),
    edit('scheduler.account')
  ),
  AccountingPolicy: why(
    'a limit of the account',
    'A limit of the account or the QOS, which Slurm does not name, keeps it waiting.',
    'The site can say which.',
    WAIT,
    edit('scheduler.account')
  )
};
