import type { TranslationBundle } from '@jupyterlab/translation';
import { parseWalltime, writeWalltime } from '../../protocol';
import type { FieldProblem, Partition, SiteLimits } from '../../protocol';
import { count, inWords, memory } from '../words';
import type { Offer } from './fields';
import { numberAt, textAt } from './paths';
import type { Written } from './paths';

/** A value that a site offers, with its limits beside. */
export interface IOffered {
  readonly value: string;
  readonly says: string;
}

/** What a site offers for a field. */
export function offersOf(
  trans: TranslationBundle,
  limits: SiteLimits | null,
  written: Written,
  offer: Offer
): IOffered[] {
  if (limits === null) {
    return [];
  }
  switch (offer) {
    case 'partition':
      return limits.partitions.map(partition => ({
        value: partition.name,
        says: partitionSays(trans, partition)
      }));
    case 'account':
      return unique((limits.accounts ?? []).map(({ account }) => account)).map(account => ({
        value: account,
        says: unique(
          (limits.accounts ?? [])
            .filter(one => one.account === account)
            .flatMap(one => [...(one.partition === null ? [] : [one.partition]), ...one.qos])
        ).join(', ')
      }));
    case 'qos': {
      const account = textAt(written, 'scheduler.account').trim();
      const theirs = (limits.accounts ?? []).filter(
        one => account === '' || one.account === account
      );
      const allowed = new Set(theirs.flatMap(one => one.qos));
      return (limits.qos ?? [])
        .filter(({ name }) => allowed.size === 0 || allowed.has(name))
        .map(({ name, maxSeconds, maxSubmit }) => ({
          value: name,
          says: [
            maxSeconds === null ? '' : trans.__('at most %1', inWords(trans, maxSeconds)),
            maxSubmit === null ? '' : trans.__('at most %1 jobs', count(maxSubmit))
          ]
            .filter(part => part !== '')
            .join(' · ')
        }));
    }
    case 'constraint':
    case 'gres': {
      const from = offer === 'gres' ? 'gres' : 'features';
      return unique(chosen(limits, written).flatMap(one => one[from])).map(value => ({
        value,
        says: ''
      }));
    }
  }
}

/** A partition's limits in a line. */
export function partitionSays(trans: TranslationBundle, partition: Partition): string {
  const { maxSeconds, nodes, coresPerNode, memoryMiBPerNode } = partition;
  return [
    partition.isDefault ? trans.__('the default') : '',
    partition.up ? '' : trans.__('down'),
    partition.allowed === false ? trans.__('not for you') : '',
    maxSeconds === null ? '' : trans.__('at most %1', inWords(trans, maxSeconds)),
    nodes === null ? '' : trans._n('1 node', '%2 nodes', nodes, count(nodes)),
    coresPerNode === null ? '' : trans.__('%1 cores a node', count(coresPerNode)),
    memoryMiBPerNode === null ? '' : trans.__('%1 a node', memory(trans, memoryMiBPerNode))
  ]
    .filter(part => part !== '')
    .join(' · ');
}

/** What a profile asks for that its site does not give: each at its field, with the limit. */
export function limitProblems(
  trans: TranslationBundle,
  limits: SiteLimits | null,
  written: Written
): FieldProblem[] {
  if (limits === null || limits.partitions.length === 0) {
    return [];
  }
  const problems: FieldProblem[] = [];
  const say = (field: string, message: string): void => {
    problems.push({ field, message, severity: 'error' });
  };
  const known = limits.partitions.map(({ name }) => name);
  for (const name of named(written)) {
    const partition = limits.partitions.find(one => one.name === name);
    if (partition === undefined) {
      say(
        'scheduler.partition',
        trans.__('There is no partition “%1”. There are: %2.', name, known.join(', '))
      );
    } else if (partition.allowed === false) {
      say(
        'scheduler.partition',
        [trans.__('You may not use %1.', name), partition.why ?? ''].filter(Boolean).join(' ')
      );
    }
  }
  const account = textAt(written, 'scheduler.account').trim();
  const accounts = unique((limits.accounts ?? []).map(one => one.account));
  if (account !== '' && limits.accounts !== null && !accounts.includes(account)) {
    say(
      'scheduler.account',
      trans.__('You have no account “%1”. You have: %2.', account, accounts.join(', '))
    );
  }
  const qos = textAt(written, 'scheduler.qos').trim();
  if (qos !== '' && limits.qos !== null && !limits.qos.some(({ name }) => name === qos)) {
    say('scheduler.qos', trans.__('There is no QOS “%1”.', qos));
  }
  return [...problems, ...shapeProblems(trans, limits, written)];
}

/** A pilot that fits into none of the chosen partitions; the roomiest says what would. */
function shapeProblems(
  trans: TranslationBundle,
  limits: SiteLimits,
  written: Written
): FieldProblem[] {
  const partitions = chosen(limits, written);
  if (partitions.length === 0) {
    return [];
  }
  const problems: FieldProblem[] = [];
  const over = (
    field: string,
    asked: number | null,
    limitOf: (partition: Partition) => number | null,
    says: (partition: string, limit: number, asked: number) => string
  ): void => {
    let most: { name: string; limit: number } | null = null;
    for (const partition of partitions) {
      const limit = limitOf(partition);
      if (limit === null) {
        return;
      }
      if (most === null || limit > most.limit) {
        most = { name: partition.name, limit };
      }
    }
    if (asked !== null && most !== null && asked > most.limit) {
      problems.push({ field, message: says(most.name, most.limit, asked), severity: 'error' });
    }
  };
  const walltime = parseWalltime(textAt(written, 'pilot.walltime'));
  over(
    'pilot.walltime',
    'seconds' in walltime ? walltime.seconds : null,
    partition => partition.maxSeconds,
    (name, limit, asked) =>
      trans.__(
        '%1 allows at most %2 (%3); you asked for %4.',
        name,
        inWords(trans, limit),
        writeWalltime(limit),
        inWords(trans, asked)
      )
  );
  over(
    'pilot.cores',
    numberAt(written, 'pilot.cores'),
    partition => partition.coresPerNode,
    (name, limit, asked) =>
      trans.__('Nodes of %1 have %2 cores; you asked for %3.', name, count(limit), count(asked))
  );
  over(
    'pilot.memoryMiB',
    numberAt(written, 'pilot.memoryMiB'),
    partition => partition.memoryMiBPerNode,
    (name, limit, asked) =>
      trans.__(
        'Nodes of %1 have %2; you asked for %3.',
        name,
        memory(trans, limit),
        memory(trans, asked)
      )
  );
  return problems;
}

/** The partitions that a profile names. */
function named(written: Written): string[] {
  return textAt(written, 'scheduler.partition')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
}

/** The partitions that a pilot may run in: those named, else the site's default. */
export function chosen(limits: SiteLimits, written: Written): Partition[] {
  const names = named(written);
  return limits.partitions.filter(one =>
    names.length === 0 ? one.isDefault : names.includes(one.name)
  );
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
