import type { SiteLimits } from '../../../../protocol';
import type { IClock } from '../../../tokens';
import type { SchedulerCommands } from '../../commands';
import {
  accountsCommand,
  hasNoAccounts,
  parseAccountLimits,
  parseQos,
  QOS_COMMAND,
  type IAccounts
} from './accounts';
import { allowedIn } from './compare';
import {
  NODES_COMMAND,
  parseGroups,
  parsePartitions,
  PARTITIONS_COMMAND,
  withNodes
} from './partitions';

export { mostInOneArray } from './compare';

const KEPT_MS = 24 * 3600 * 1000;
const CONFIGURATION: readonly string[] = ['scontrol', 'show', 'config'];

/** What this user may ask Slurm for at one submit host; asked once a day. */
export class SlurmLimits {
  constructor(
    private readonly _commands: SchedulerCommands,
    private readonly _clock: IClock
  ) {}

  /** @throws PilothouseError where Slurm cannot be asked */
  get(again: boolean): Promise<SiteLimits> {
    const kept = this._kept;
    if (kept !== null && !again && this._clock.now() - kept.atMs < KEPT_MS) {
      return kept.limits;
    }
    const limits = this._ask();
    this._kept = { limits, atMs: this._clock.now() };
    // Who asks next asks again.
    limits.catch(() => {
      if (this._kept?.limits === limits) {
        this._kept = null;
      }
    });
    return limits;
  }

  private async _ask(): Promise<SiteLimits> {
    const commands = this._commands;
    const text = (stdout: string): string => stdout;
    const configuration = await commands.ask(CONFIGURATION, parseConfiguration);
    const shown = await commands.ask(PARTITIONS_COMMAND, text);
    const nodes = await commands.ask(NODES_COMMAND, text);
    const [user, ...mine] = (await commands.ask(['id', '-un'], text))
      .concat(' ', await commands.ask(['id', '-Gn'], text))
      .trim()
      .split(/\s+/);
    const accounts = await this._accounts(user);
    const qos = accounts === null ? null : await commands.ask(QOS_COMMAND, parseQos);
    const groups = parseGroups(shown);
    const partitions = commands
      .read(NODES_COMMAND, nodes, stdout => withNodes(parsePartitions(shown), stdout))
      .map(partition =>
        allowedIn(partition, accounts?.accounts ?? null, groups.get(partition.name) ?? null, mine)
      );
    return {
      scheduler: 'slurm',
      version: configuration.get('SLURM_VERSION') ?? null,
      partitions,
      accounts: accounts?.accounts ?? null,
      qos,
      maxArray: integer(configuration.get('MaxArraySize')),
      maxSubmit: accounts?.maxSubmit ?? null,
      atMs: this._clock.now()
    };
  }

  private async _accounts(user: string): Promise<IAccounts | null> {
    const argv = accountsCommand(user);
    const result = await this._commands.run(argv);
    if (result.exitCode === 0) {
      return parseAccountLimits(result.stdout);
    }
    if (hasNoAccounts(result.stdout + result.stderr)) {
      return null;
    }
    throw this._commands.failure(argv, result);
  }

  private _kept: { readonly limits: Promise<SiteLimits>; readonly atMs: number } | null = null;
}

/** `scontrol show config`: `Name   = value` lines. */
export function parseConfiguration(stdout: string): Map<string, string> {
  return new Map(
    [...stdout.matchAll(/^(\S+)\s*= (.*)$/gm)].map(found => [found[1], found[2].trim()] as const)
  );
}

const integer = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
