import { parseWalltime, type Partition } from '../../../../protocol';
import { UnreadableAnswer } from '../../commands';

/** `scontrol show partition -o`: one line a partition, `Name=value` words. */
export const PARTITIONS_COMMAND: readonly string[] = ['scontrol', 'show', 'partition', '-a', '-o'];
const MARK = 'pilothouse';
/** One line for each kind of node of a partition. */
export const NODES_COMMAND: readonly string[] = [
  ...['sinfo', '-a', '-h', '-o', `${MARK}|%R|%D|%c|%m|%G|%f`]
];

/** @throws UnreadableAnswer */
export function parsePartitions(stdout: string): Partition[] {
  const lines = stdout.split('\n').filter(line => line.trim() !== '');
  return lines.map(line => {
    const values = new Map(
      [...line.matchAll(/(\S+?)=(\S*)/g)].map(found => [found[1], found[2]] as const)
    );
    const name = values.get('PartitionName');
    if (name === undefined) {
      throw new UnreadableAnswer(line.slice(0, 500));
    }
    return {
      name,
      isDefault: values.get('Default') === 'YES',
      up: values.get('State') === 'UP',
      maxSeconds: seconds(values.get('MaxTime')),
      defaultSeconds: seconds(values.get('DefaultTime')),
      nodes: count(values.get('TotalNodes')),
      coresPerNode: count(values.get('MaxCPUsPerNode')),
      memoryMiBPerNode: count(values.get('MaxMemPerNode')),
      gres: [],
      features: [],
      accounts: names(values.get('AllowAccounts')),
      qos: names(values.get('AllowQos')),
      ...allowance(values)
    };
  });
}

/** What of a partition's own words keeps this user out, before accounts are compared. */
function allowance(values: ReadonlyMap<string, string>): Pick<Partition, 'allowed' | 'why'> {
  const state = values.get('State') ?? 'UP';
  if (state === 'DOWN' || state === 'INACTIVE') {
    return { allowed: null, why: `It is ${state}: it starts no jobs now.` };
  }
  if (state === 'DRAIN') {
    return { allowed: false, why: 'It is DRAIN: it takes no new jobs.' };
  }
  if (values.get('RootOnly') === 'YES') {
    return { allowed: false, why: 'It takes jobs of administrators only.' };
  }
  if (values.get('ReqResv') === 'YES') {
    return { allowed: null, why: 'It takes jobs with a reservation only.' };
  }
  return { allowed: null, why: null };
}

/** Groups that may use each partition; absent: all. */
export function parseGroups(stdout: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const name = /\bPartitionName=(\S+)/.exec(line)?.[1];
    const allowed = names(/\bAllowGroups=(\S+)/.exec(line)?.[1]);
    if (name !== undefined && allowed !== null) {
      groups.set(name, allowed);
    }
  }
  return groups;
}

/** What the nodes of each partition have: the most of each, and all kinds. @throws UnreadableAnswer */
export function withNodes(partitions: readonly Partition[], stdout: string): Partition[] {
  const nodes = new Map<
    string,
    { cores: number; memoryMiB: number; gres: Set<string>; features: Set<string> }
  >();
  for (const line of stdout.split('\n').filter(text => text !== '')) {
    const [mark, partition, , cores, memory, gres, features] = line.split('|');
    if (mark !== MARK) {
      throw new UnreadableAnswer(line.slice(0, 500));
    }
    const of = nodes.get(partition) ?? {
      cores: 0,
      memoryMiB: 0,
      gres: new Set<string>(),
      features: new Set<string>()
    };
    nodes.set(partition, of);
    // `64+`: of several kinds, at least so many.
    of.cores = Math.max(of.cores, parseInt(cores, 10) || 0);
    of.memoryMiB = Math.max(of.memoryMiB, parseInt(memory, 10) || 0);
    for (const kind of split(gres)) {
      of.gres.add(kind.replace(/\(.*$/, ''));
    }
    for (const feature of split(features)) {
      of.features.add(feature);
    }
  }
  return partitions.map(partition => {
    const of = nodes.get(partition.name);
    return of === undefined
      ? partition
      : {
          ...partition,
          coresPerNode: least(partition.coresPerNode, of.cores),
          memoryMiBPerNode: least(partition.memoryMiBPerNode, of.memoryMiB),
          gres: [...of.gres],
          features: [...of.features]
        };
  });
}

const least = (limit: number | null, has: number): number | null =>
  has === 0 ? limit : Math.min(limit ?? has, has);

const split = (text: string): string[] =>
  text === '(null)' || text === '' ? [] : text.split(/,(?![^(]*\))/);

/** A time as Slurm's tools print it; null: none, or no limit. */
export function seconds(text: string | undefined): number | null {
  const read = parseWalltime(text ?? '');
  return 'seconds' in read ? read.seconds : null;
}

const count = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : null;

const names = (text: string | undefined): string[] | null =>
  text === undefined || text === 'ALL' || text === '' ? null : text.split(',');
