import type { TranslationBundle } from '@jupyterlab/translation';
import type { HostConnection, Login, LoginQuestion } from '../../protocol';
import type { IPicture } from '../tokens';
import { age } from './quantities';

const IP_ADDRESS = /^[\d.]+$|:/;

/** A machine's name as people say it: its first label; an address stays whole. */
export function shortName(address: string): string {
  return IP_ADDRESS.test(address) ? address : address.split('.')[0];
}

/** Where a connection stands: `connected 2 h`, `not logged in`, `connection lost 40 s ago`. */
export function connectionState(
  trans: TranslationBundle,
  host: HostConnection,
  nowMs: number
): string {
  const since = whole(age(trans, nowMs - host.sinceMs));
  switch (host.state) {
    case 'away':
      return trans.__('not logged in');
    case 'logging-in':
      return isAsked(host.login) ? trans.__('logging in, asks you') : trans.__('logging in…');
    case 'connected':
      return trans.__('connected %1', since);
    case 'lost':
      return host.nextTryMs === null
        ? trans.__('connection lost %1 ago', since)
        : trans.__('connection lost, tries again in %1', whole(age(trans, host.nextTryMs - nowMs)));
    case 'failed':
      return trans.__('not logged in, the last login failed');
  }
}

/** A quantity that no line ends within. */
const whole = (quantity: string): string => quantity.replaceAll(' ', '\u00a0');

/** The machine that a login is at, as the person knows it: `~/.ssh/config` may have called it otherwise. */
export function machineOf(host: HostConnection, login: Login | null): string {
  return login === null || login.hop.number === login.hop.of ? host.address : login.hop.address;
}

/** Who is where, and how: `ap40 · alice · connected 2 h`. */
export function connectionLine(
  trans: TranslationBundle,
  host: HostConnection,
  nowMs: number
): string {
  const parts = [shortName(host.address), host.user, connectionState(trans, host, nowMs)];
  return parts.filter(Boolean).join(' · ');
}

/** `alice@ap40.example.org:22`, without a user that is not known yet. */
export const hostAddress = ({ user, address, port }: HostConnection): string =>
  `${user === '' ? '' : `${user}@`}${address}:${port}`;

/** Whether a login waits for a person. */
export function isAsked(login: Login | null): boolean {
  return login !== null && login.question.kind !== 'none';
}

/** What a login asks, in a line: `Passcode or option (1-1)`. */
export function questionLine(trans: TranslationBundle, question: LoginQuestion): string {
  switch (question.kind) {
    case 'none':
      return '';
    case 'machine-key':
      return trans.__('is this the right machine?');
    case 'prompts':
      return question.prompts
        .map(({ text }) => promptParts(text).label.replace(/\s*:$/, ''))
        .filter(label => label !== '')
        .join(', ');
  }
}

/** A prompt's last line, which is its field's label, and the text before it, spaces kept. */
export function promptParts(prompt: string): { readonly before: string; readonly label: string } {
  const lines = prompt.trimEnd().split('\n');
  const label = lines.pop() ?? '';
  return { before: lines.join('\n'), label: label.trim() };
}

/** Whether Pilothouse's own SSH cannot do what the host asks, and this machine's OpenSSH may. */
export function mayUseOpenSsh({ transport, trouble }: HostConnection): boolean {
  return transport === 'ssh2' && trouble?.code === 'transport_unfit';
}

/** The button that has a place log in by this machine's OpenSSH. */
export const openSshLabel = (trans: TranslationBundle): string =>
  trans.__('Use OpenSSH for this place');

/** What that button does, before it is pressed. */
export const openSshOffer = (trans: TranslationBundle, place: string): string =>
  trans.__(
    'This machine’s own OpenSSH may. It is then what logs in, as ~/.ssh/config says; the profile of %1 is changed to that: "transport": "openssh".',
    place
  );

/** What of the connections a person should know at once; empty where all is well. */
export function connectionAlert(trans: TranslationBundle, picture: IPicture): string {
  const hosts = [...picture.hosts.values()];
  if (hosts.some(({ login }) => isAsked(login))) {
    return trans.__('a login asks you');
  }
  const lost = hosts.filter(({ state, nextTryMs }) => state === 'lost' && nextTryMs === null);
  return lost.length > 0 ? trans.__('%1: connection lost', shortName(lost[0].address)) : '';
}
