import { elementsOf } from './jobs';
import { UnreadableAnswer } from '../commands';

/** A job as sacct shows it. */
export interface IAccount {
  readonly id: string;
  readonly element: number;
  readonly name: string;
  /** The long name. */
  readonly state: string;
  /** Who cancelled it: `1000` of `CANCELLED by 1000`. */
  readonly by: string | null;
  readonly exitCode: number;
  readonly signal: number;
  readonly nodes: string;
}

/** A name may hold what it likes, so it comes last. */
const FIELDS = 'JobID,State,ExitCode,NodeList,JobName';
const HEADER = FIELDS.replaceAll(',', '|');

/** `-D`: every attempt of a job that was queued again, the last one last; `-X`: without steps. */
const SACCT: readonly string[] = ['sacct', '-X', '-D', '-P', '-o', FIELDS];

/**
 * Whole arrays by id, whenever they ran: with ids and no times sacct looks at
 * all time (sacct(1), `-S`). Elements that never started are there as one
 * group, which sacct does not find by one of them.
 */
export const accountsCommand = (ids: readonly string[]): readonly string[] => [
  ...SACCT,
  ...['-j', ids.join(',')]
];

/** Jobs by name, of the last month: longer than the bridge keeps trying to learn of a submission. */
export const namedAccountsCommand = (names: readonly string[]): readonly string[] => [
  ...SACCT,
  ...['-S', 'now-30days', '--name', names.join(',')]
];

/** A site need not keep accounts (slurm.conf(5), AccountingStorageType). */
export const keepsNoAccounts = (stderr: string): boolean =>
  /accounting storage is disabled/i.test(stderr);

/**
 * The last attempt of each element.
 * @throws UnreadableAnswer
 */
export function parseAccounts(stdout: string): IAccount[] {
  const lines = stdout.split('\n');
  if (lines.pop() !== '' || lines.shift() !== HEADER) {
    throw new UnreadableAnswer(stdout.slice(0, 500));
  }
  const last = new Map<string, IAccount>();
  for (const line of lines) {
    const [job, state, exit, nodes, ...name] = line.split('|');
    const code = /^(\d+):(\d+)$/.exec(exit);
    if (code === null || name.length === 0) {
      throw new UnreadableAnswer(line.slice(0, 500));
    }
    const array = elementsOf(job);
    const [said] = state.split(' ', 1);
    for (const element of array?.elements ?? []) {
      const id = array?.id ?? '';
      last.set(`${id}_${element}`, {
        id,
        element,
        name: name.join('|'),
        state: said.replace(/\+$/, ''),
        by: / by (\S+)/.exec(state)?.[1] ?? null,
        exitCode: Number(code[1]),
        signal: Number(code[2]),
        nodes: nodes === 'None assigned' ? '' : nodes
      });
    }
  }
  return [...last.values()];
}
