import type { TranslationBundle } from '@jupyterlab/translation';
import type { UplinkKind, UplinkStep, UplinkVerdict } from '../../protocol';
import { sentence } from './errors';

/** Why a way home was not tried (pilothouse/doctor/ways_home.py says the same on a terminal). */
export function untriedWords(
  trans: TranslationBundle,
  why: Extract<UplinkVerdict, { verdict: 'untried' }>['why']
): string {
  switch (why) {
    case 'consent':
      return trans.__('not tried: nobody has agreed that this machine listens for it');
    case 'unnamed':
      return trans.__('pilots on this machine find it; for others no address is given');
    case 'login':
      return trans.__('not tried: nobody is logged in to the submit host');
    case 'here':
      return trans.__('not needed: the submit host is this machine');
  }
}

/** What trying came to, in a word or two. */
export function verdictWords(
  trans: TranslationBundle,
  verdict: 'works' | 'unproven' | 'fails'
): string {
  switch (verdict) {
    case 'works':
      return trans.__('works');
    case 'unproven':
      return trans.__('opens; whether pilots reach it was not tried');
    case 'fails':
      return trans.__('does not work');
  }
}

/** A step in a sentence, and the words of what went wrong; empty: nothing did. */
export function stepWords(
  trans: TranslationBundle,
  kind: UplinkKind,
  step: UplinkStep
): { readonly says: string; readonly words: string } {
  const where = addressOf(step);
  const took = trans.__('%1 s', (step.tookMs / 1000).toFixed(1));
  if (step.error !== null) {
    const { what, words } = sentence(trans, { kind: 'bridge', error: step.error });
    return step.what === 'open'
      ? { says: `${what} (${took})`, words }
      : {
          says: trans.__('%1 dials %2 in vain (%3)', step.by, where, took),
          words: words === '' ? what : words
        };
  }
  const says =
    step.what === 'dial'
      ? trans.__('%1 dials %2, and this bridge answers (%3)', step.by, where, took)
      : kind === 'relay'
        ? trans.__('%1 has proved itself to %2 (%3)', step.by, where, took)
        : trans.__('%1 listens at %2 (%3)', step.by, where, took);
  return { says, words: '' };
}

/** What helps where a way opens and cannot be dialled. */
export function helpForWay(trans: TranslationBundle, kind: UplinkKind): string {
  switch (kind) {
    case 'direct':
      return trans.__(
        'Is a firewall between, and is this the address by which the site knows this machine? Give it by “Advertise address” and “Advertise port”.'
      );
    case 'submit-host':
      return trans.__(
        'Give the name by which that machine is known inside the site by “Submit host’s address”, and ports that its firewall lets through by “Submit host’s ports”.'
      );
    case 'relay':
      return trans.__('Does a relay run there, and does its firewall let this port through?');
  }
}

/** `relay.example.org:8443`, `[2001:db8::1]:8443`. */
export function addressOf({ host, port }: Pick<UplinkStep, 'host' | 'port'>): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === 0 ? name : `${name}:${port}`;
}
