import { PilothouseError } from '../../errors';
import { quoteForShell } from '../../schedulers/quote';
import { type ISshSettings, parseJump } from '../config';
import { shellWords } from '../line';
import type { SshTimes } from '../times';
import type { SshTarget } from '../tokens';

/** What ssh(1) is run with beside the target. */
export interface ISshRun {
  readonly controlPath: string;
  readonly configFile: string | null;
  readonly machine: Heeded;
  /** A program that leads to the machine (`jumpScript`); null: as profile and configuration say. */
  readonly through: string | null;
  readonly times: Pick<SshTimes, 'reachMs' | 'keepAliveMs' | 'keepAliveMost'>;
}

/** What of a machine's configuration decides which options it gets. */
type Heeded = Pick<ISshSettings, 'strictHostKeys' | 'forks'>;

const seconds = (ms: number): number => Math.max(1, Math.round(ms / 1000));

/**
 * What holds for every machine on the way, whatever a user's or a site's
 * configuration says (ssh_config(5)).
 */
const always = ({ strictHostKeys, forks }: Heeded): Record<string, string> => ({
  // So that the fingerprint is the one that people know, and can be answered with.
  FingerprintHash: 'sha256',
  BatchMode: 'no',
  // A new key is shown and asked for, a changed one stops, also where sites turn that off.
  StrictHostKeyChecking: strictHostKeys ? 'yes' : 'ask',
  VerifyHostKeyDNS: 'no',
  NoHostAuthenticationForLocalhost: 'no',
  PermitLocalCommand: 'no',
  // ssh would leave its session, and nobody could end it; older ones do not know the word.
  ...(forks ? { ForkAfterAuthentication: 'no' } : {})
});

const written = (options: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);

/** `%` would begin a token (ssh_config(5), TOKENS). */
const untokened = (text: string): string => text.replaceAll('%', '%%');

const proxyCommand = (through: string): string => `${untokened(quoteForShell(through))} %h %p`;

/**
 * The words of a control master that opens no session by itself. What the
 * profile says is given as options, which win; all else is as ssh_config(5)
 * has it. Names were checked before (`routeTo`); each stands where it can be
 * no option.
 *
 * @throws PilothouseError host_unreachable for a jump host that -J cannot name
 */
export function masterWords(target: SshTarget, run: ISshRun): string[] {
  const { address, user, port, keyFile, jumpHosts } = target;
  const { reachMs, keepAliveMs, keepAliveMost } = run.times;
  const options = {
    ControlPersist: 'no',
    ...always(run.machine),
    // Forwards of the user's own sessions are none of this connection's.
    ClearAllForwardings: 'yes',
    Tunnel: 'no',
    ConnectTimeout: seconds(reachMs),
    ServerAliveInterval: seconds(keepAliveMs),
    ServerAliveCountMax: keepAliveMost
  };
  const way =
    run.through !== null
      ? written({ ProxyCommand: proxyCommand(run.through) })
      : jumpHosts.length === 0
        ? []
        : ['-J', jumpHosts.map(jumpWord).join(',')];
  return [
    ...['-M', '-N', '-T', '-x', '-a', '-v'],
    ...['-S', untokened(run.controlPath)],
    ...(run.configFile === null ? [] : ['-F', run.configFile]),
    ...written(options),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(keyFile === undefined ? [] : ['-i', keyFile]),
    ...way,
    ...['--', bare(address)]
  ];
}

const bare = (address: string): string => address.replace(/^\[(.*)\]$/, '$1');

/** Says to the program that asks at which machine of the way it is asked, from 0. */
export const HOP_VARIABLE = 'PILOTHOUSE_SSH_HOP';

/**
 * A program that leads through one machine on the way to the next, whose
 * address and port are its arguments: what ssh makes of `ProxyJump` by itself
 * (ssh.c), but with the options that hold for every machine, and with a word
 * of which machine it is at.
 *
 * @param through the program that leads to this machine; null: it is dialled
 */
export function jumpScript(
  program: string,
  machine: Heeded & Pick<ISshSettings, 'asked'>,
  hop: number,
  { through, configFile, times }: Pick<ISshRun, 'through' | 'configFile' | 'times'>
): string {
  const { address, user, port } = machine.asked;
  const options = { ...always(machine), ConnectTimeout: seconds(times.reachMs) };
  const words = [
    ...[program, '-x', '-a', '-v'],
    ...(configFile === null ? [] : ['-F', configFile]),
    ...written(through === null ? options : { ...options, ProxyCommand: proxyCommand(through) }),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)])
  ];
  const [before, after] = [words, ['--', bare(address)]].map(shellWords);
  return `#!/bin/sh
export ${HOP_VARIABLE}=${hop}
exec ${before} -W "[$1]:$2" ${after}
`;
}

function jumpWord(written: string): string {
  const { address, user, port } = parseJump(written);
  const host = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  const word = `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`;
  if (/[\s,]|^-/.test(word) || user?.includes('/') === true) {
    const words = `${JSON.stringify(written)} is no jump host that ssh can be told: name it in ~/.ssh/config`;
    throw new PilothouseError({ code: 'host_unreachable', params: { address }, words });
  }
  return word;
}

/** Ends ssh when its standard input does: with the bridge, however that ended. */
const SUPERVISE = `exec 3<&0
"$@" </dev/null 3<&- &
ssh=$!
{ read -r _ <&3; kill "$ssh"; } >/dev/null 2>&1 &
reader=$!
exec 3<&-
wait "$ssh"
code=$?
kill "$reader" 2>/dev/null
exit "$code"`;

/** The same by a shell that lives no longer than its standard input. */
export const supervised = (program: string, words: readonly string[]): [string, string[]] => [
  '/bin/sh',
  ['-c', SUPERVISE, 'sh', program, ...words]
];
