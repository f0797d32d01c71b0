import {
  walltimeSeconds,
  writeWalltime,
  type FieldProblem,
  type Partition,
  type Profile,
  type SiteLimits
} from '../../protocol';
import { error } from './problem';

/** What a profile asks for that its scheduler will not give, each at its field, with the limit. */
export function againstLimits(profile: Profile, limits: SiteLimits): FieldProblem[] {
  const { scheduler } = profile;
  if (scheduler.kind !== 'slurm') {
    return [];
  }
  const named = scheduler.partition?.split(',').map(name => name.trim()) ?? null;
  const chosen =
    named === null
      ? limits.partitions.filter(({ isDefault }) => isDefault)
      : limits.partitions.filter(({ name }) => named.includes(name));
  return [
    ...unknownPartitions(named ?? [], limits),
    ...chosen.flatMap(partitionProblems),
    ...walltimeProblems(profile, chosen),
    ...sizeProblems(profile, chosen),
    ...accountProblems(scheduler.account, scheduler.qos, limits),
    ...qosWalltime(profile, scheduler.qos, limits),
    ...numberProblems(profile, limits)
  ];
}

const warning = (field: string, message: string): FieldProblem => ({
  field,
  message,
  severity: 'warning'
});

const nameList = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.join(', ');

function unknownPartitions(named: readonly string[], { partitions }: SiteLimits): FieldProblem[] {
  const known = partitions.map(({ name }) => name);
  return named
    .filter(name => !known.includes(name))
    .map(name =>
      error('scheduler.partition', `There is no partition ${name}; there are: ${nameList(known)}.`)
    );
}

function partitionProblems({ name, allowed, up, why }: Partition): FieldProblem[] {
  if (allowed === false) {
    const reason = why === null ? '' : `: ${why}`;
    return [error('scheduler.partition', `You may not run in partition ${name}${reason}.`)];
  }
  return up
    ? []
    : [warning('scheduler.partition', `Partition ${name} is not up: pilots wait until it is.`)];
}

/** Of several partitions Slurm takes one that can run the job; all must be too short for an error. */
function walltimeProblems(profile: Profile, chosen: readonly Partition[]): FieldProblem[] {
  const seconds = walltimeSeconds(profile);
  const limited = chosen.filter(({ maxSeconds }) => maxSeconds !== null);
  if (chosen.length === 0) {
    return [];
  }
  if (seconds === null) {
    const unset = chosen.find(({ defaultSeconds }) => defaultSeconds !== null);
    const given = unset?.defaultSeconds ?? null;
    return given === null
      ? []
      : [
          warning(
            'pilot.walltime',
            `Without a walltime pilots of partition ${unset?.name} live for ${writeWalltime(given)}.`
          )
        ];
  }
  const short = limited.filter(({ maxSeconds }) => (maxSeconds ?? Infinity) < seconds);
  if (short.length === 0) {
    return [];
  }
  const said = short
    .map(({ name, maxSeconds }) => `${writeWalltime(maxSeconds ?? 0)} in partition ${name}`)
    .join(', ');
  const message = `At most ${said}; this is ${writeWalltime(seconds)}.`;
  return [(short.length === chosen.length ? error : warning)('pilot.walltime', message)];
}

function sizeProblems({ pilot }: Profile, chosen: readonly Partition[]): FieldProblem[] {
  const most = (of: (partition: Partition) => number | null): number | null => {
    const sizes = chosen.map(of);
    return sizes.length === 0 || sizes.includes(null) ? null : Math.max(...sizes.map(Number));
  };
  const cores = most(partition => partition.coresPerNode);
  const memory = most(partition => partition.memoryMiBPerNode);
  const names = nameList(chosen.map(({ name }) => name));
  const problems: FieldProblem[] = [];
  if (cores !== null && pilot.cores > cores) {
    problems.push(error('pilot.cores', `The largest node of ${names} has ${cores} cores.`));
  }
  if (memory !== null && pilot.memoryMiB !== undefined && pilot.memoryMiB > memory) {
    problems.push(
      error('pilot.memoryMiB', `The largest node of ${names} has ${memory} MiB of memory.`)
    );
  }
  return problems;
}

function accountProblems(
  account: string | undefined,
  qos: string | undefined,
  limits: SiteLimits
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const own = limits.accounts;
  const names = [...new Set(own?.map(each => each.account) ?? [])];
  if (own !== null && account !== undefined && !names.includes(account)) {
    problems.push(
      error('scheduler.account', `You have no account ${account}; yours are: ${nameList(names)}.`)
    );
  }
  const known = limits.qos?.map(({ name }) => name) ?? null;
  if (qos === undefined) {
    return problems;
  }
  const mine = own
    ?.filter(each => account === undefined || each.account === account)
    .flatMap(each => each.qos);
  if (known !== null && !known.includes(qos)) {
    problems.push(error('scheduler.qos', `There is no QOS ${qos}; there are: ${nameList(known)}.`));
  } else if (mine !== undefined && mine.length > 0 && !mine.includes(qos)) {
    const yours = nameList([...new Set(mine)]);
    problems.push(error('scheduler.qos', `You may not use QOS ${qos}; you may: ${yours}.`));
  }
  return problems;
}

function qosWalltime(
  profile: Profile,
  qos: string | undefined,
  limits: SiteLimits
): FieldProblem[] {
  const most = limits.qos?.find(({ name }) => name === qos)?.maxSeconds ?? null;
  const seconds = walltimeSeconds(profile);
  return most !== null && seconds !== null && seconds > most
    ? [
        error(
          'pilot.walltime',
          `At most ${writeWalltime(most)} with QOS ${qos ?? ''}; this is ${writeWalltime(seconds)}.`
        )
      ]
    : [];
}

function numberProblems({ scaling }: Profile, { maxSubmit }: SiteLimits): FieldProblem[] {
  return maxSubmit !== null && scaling.max > maxSubmit
    ? [warning('scaling.max', `You may have ${maxSubmit} jobs at one time here.`)]
    : [];
}
