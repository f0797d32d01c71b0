import { shown } from '../shown';

/** What ssh -v says of a login, line by line, on standard error: its own lines, and the machine's words. */
export type Line =
  | { readonly kind: 'version'; readonly major: number; readonly minor: number }
  /** A machine on the way is spoken to; before anything else of it. */
  | {
      readonly kind: 'machine';
      readonly host: string;
      readonly port: number;
      readonly user: string;
    }
  | {
      readonly kind: 'key';
      readonly algorithm: string;
      readonly fingerprint: string;
      /** The fingerprint of who has signed it; null: nobody has. */
      readonly authority: string | null;
    }
  /** The machine is ready to be logged in to: its key was accepted. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly left: readonly string[] }
  /** null: that of `tries` (before OpenSSH 8.8). `in`: that was the last. */
  | { readonly kind: 'passed'; readonly method: string | null; readonly in: boolean }
  | { readonly kind: 'tries'; readonly method: string }
  /** The control socket is there, or a jump host is passed. */
  | { readonly kind: 'ready' }
  /** ssh's own words about an end. */
  | { readonly kind: 'own'; readonly text: string }
  /** Anything else: a machine's banner or the text of a question, once one is spoken to. */
  | { readonly kind: 'other'; readonly text: string };

const DEBUG = /^debug\d: /;
const NOISE = [
  /^Warning: Permanently added /,
  /^Killed by signal /,
  /^Transferred: sent /,
  /^Bytes per second: /
];
/** How ssh tells of an end (packet.c, sshconnect.c, sshconnect2.c, clientloop.c). */
const OWN = [
  /^(\S+@\S+: )?Permission denied[, ]/,
  /^Received disconnect from /,
  /^Disconnected from /,
  /^Disconnecting /,
  /^Connection (closed|reset|to .+ (closed|timed out))/,
  /^Timeout, server /,
  /^client_loop: /,
  /^(kex|ssh)_exchange_identification: /,
  /^(ssh|Kerberos|channel \d+|stdio forwarding|mux[a-z_]*|command-line.*|Bad|Load key|sign_and_send_pubkey|ssh_dispatch_run_fatal|ssh_packet.*|write|banner exchange): /i,
  /^Too many authentication failures/
];

/**
 * Cuts what ssh writes into lines. A machine's text need not end with a line,
 * so that one of ssh's own may stand behind it. All of those end with CR LF, but
 * why Kerberos has failed is one of several lines (gss-genr.c), and is marked here.
 */
export class Lines {
  add(chunk: string): string[] {
    const parts = `${this._rest}${chunk}`.split('\n');
    this._rest = (parts.pop() ?? '').slice(-MOST_CHARS);
    return parts
      .flatMap(part => {
        const behind = /^(.+?)(debug1: .*\r)$/.exec(part);
        return behind === null ? [part] : [behind[1], behind[2]];
      })
      .flatMap(line => this._ofKerberos(line));
  }

  private _ofKerberos(line: string): string[] {
    const next = /^debug1: Next authentication method: (\S+)\r$/.exec(line);
    if (next !== null) {
      this._triesKerberos = next[1].startsWith('gssapi');
    }
    const isWhole = line.endsWith('\r');
    if (this._triesKerberos && !isWhole && DEBUG.test(line)) {
      this._saysWhy = true;
    }
    if (!this._saysWhy || (isWhole && DEBUG.test(line))) {
      this._saysWhy = false;
      return [line];
    }
    this._saysWhy = !isWhole;
    const why = line.replace(DEBUG, '').trim();
    return why === '' ? [] : [`Kerberos: ${why}`];
  }

  private _rest = '';
  private _triesKerberos = false;
  private _saysWhy = false;
}
const MOST_CHARS = 64 * 1024;

/**
 * A machine's text as it was before ssh wrote it down: control characters, and
 * letters that the locale has not got, stand there as bytes in octal (utf8.c).
 */
export const unescaped = (text: string): string =>
  text.replace(/(?:\\[0-3][0-7]{2})+/g, bytes =>
    Buffer.from(
      bytes
        .split('\\')
        .slice(1)
        .map(octal => Number.parseInt(octal, 8))
    ).toString()
  );

/** What ssh passes on of a machine as a person may be shown it. */
export const plain = (text: string, mostChars: number): string => shown(unescaped(text), mostChars);

/** Tells one line. @returns null for what says nothing about a login */
export function tellLine(line: string): Line | null {
  const text = line.replace(/\r$/, '');
  const version = /^OpenSSH_(\d+)\.(\d+)/.exec(text);
  if (version !== null) {
    return { kind: 'version', major: Number(version[1]), minor: Number(version[2]) };
  }
  if (DEBUG.test(text)) {
    return tellDebug(text.replace(DEBUG, ''));
  }
  const partial = /^Authenticated (?:using "(.+)" )?with partial success\.$/.exec(text);
  if (partial !== null) {
    return { kind: 'passed', method: partial.at(1) ?? null, in: false };
  }
  const inside = /^Authenticated to .+?(?: using "([^"]+)")?\.$/.exec(text);
  if (inside !== null) {
    return { kind: 'passed', method: inside.at(1) ?? null, in: true };
  }
  if (NOISE.some(noise => noise.test(text))) {
    return null;
  }
  return { kind: OWN.some(own => own.test(text)) ? 'own' : 'other', text };
}

function tellDebug(text: string): Line | null {
  const machine = /^Authenticating to (.+):(\d+) as '(.+)'$/.exec(text);
  if (machine !== null) {
    const [, host, port, user] = machine;
    return { kind: 'machine', host, port: Number(port), user };
  }
  const key = /^Server host (?:key|certificate): (\S+) (SHA256:[^\s,]+)/.exec(text);
  if (key !== null) {
    const [, algorithm, fingerprint] = key;
    const authority = / CA \S+ (SHA256:\S+)/.exec(text)?.[1] ?? null;
    return { kind: 'key', algorithm, fingerprint, authority };
  }
  const left = /^Authentications that can continue: (.*)$/.exec(text);
  if (left !== null) {
    return { kind: 'refused', left: left[1].split(',').filter(method => method !== '') };
  }
  const next = /^Next authentication method: (.+)$/.exec(text);
  if (next !== null) {
    return { kind: 'tries', method: next[1] };
  }
  if (text === 'SSH2_MSG_SERVICE_ACCEPT received') {
    return { kind: 'accepted' };
  }
  return text.startsWith('Entering interactive session') ? { kind: 'ready' } : null;
}
