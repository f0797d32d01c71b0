import { PilothouseError } from '../../errors';
import { parseJump } from '../config';
import type { SshTimes } from '../times';
import type { SshTarget } from '../tokens';

/** What ssh(1) is run with beside the target. */
export interface ISshRun {
  readonly controlPath: string;
  readonly configFile: string | null;
  /** As the configuration has it: no new machine key may be accepted. */
  readonly strictHostKeys: boolean;
  readonly times: Pick<SshTimes, 'reachMs' | 'keepAliveMs' | 'keepAliveMost'>;
}

const seconds = (ms: number): number => Math.max(1, Math.round(ms / 1000));

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
    // So that the fingerprint is the one that people know, and can be answered with.
    FingerprintHash: 'sha256',
    BatchMode: 'no',
    // A new key is shown and asked for, a changed one stops, also where sites turn that off.
    StrictHostKeyChecking: run.strictHostKeys ? 'yes' : 'ask',
    // Forwards of the user's own sessions are none of this connection's.
    ClearAllForwardings: 'yes',
    PermitLocalCommand: 'no',
    ConnectTimeout: seconds(reachMs),
    ServerAliveInterval: seconds(keepAliveMs),
    ServerAliveCountMax: keepAliveMost
  };
  return [
    ...['-M', '-N', '-T', '-x', '-a', '-v'],
    // `%` would begin a token (ssh_config(5), TOKENS).
    ...['-S', run.controlPath.replaceAll('%', '%%')],
    ...(run.configFile === null ? [] : ['-F', run.configFile]),
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(keyFile === undefined ? [] : ['-i', keyFile]),
    ...(jumpHosts.length === 0 ? [] : ['-J', jumpHosts.map(jumpWord).join(',')]),
    ...['--', address.replace(/^\[(.*)\]$/, '$1')]
  ];
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
